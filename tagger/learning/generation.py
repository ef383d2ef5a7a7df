"""Text that a character model writes, and how well it predicts a text."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch

from ..errors import InputError
from .checkpoint import TrainedCharLM
from .data.batching import BucketSampler, Loader
from .data.char_lm import WindowDataset, encode
from .nets.char_lm import sample
from .systems.char_lm import next_char_loss


def write(
    trained: TrainedCharLM, prompt: str, *, length: int, temperature: float, seed: int, line: bool = False
) -> Iterator[str]:
    """A text, in parts as they are ready: the prompt, then at most `length` characters; with `line` it ends with its
    line. A character costs one step of the net, which keeps its states.

    Raises InputError for a length below 0 or a temperature that is no number of 0 or more.
    """
    if length < 0 or not 0 <= temperature < math.inf:
        raise InputError(
            f"expected --length and --temperature of 0 or more, got {length} and {temperature}; correct them"
        )
    generator = torch.Generator().manual_seed(seed)
    ids = sample(
        trained.net,
        encode(trained.net.alphabet, prompt).tolist(),
        known=trained.forms,
        temperature=temperature,
        generator=generator,
    )
    yield prompt
    for form in map(trained.forms.__getitem__, islice(ids, length)):
        if line and form == "\n":
            break
        yield form


@torch.inference_mode()
def score(trained: TrainedCharLM, text: str) -> dict[str, Any]:
    """How well the model predicts a text, each character from at least `context` before it, where there are so many.

    `perplexity` is that of a choice as hard as the average character; `unigram_perplexity` is the text's own without
    any context, to compare with; `unknown` is the share of characters that the model knows only as a class.
    """
    if not text:
        raise InputError("expected some text to score, got none; give a file that has some")
    net, context = trained.net, trained.context
    ids = encode(net.alphabet, text)
    dataset = WindowDataset(ids, context=context, warm_up=context)
    sampler = BucketSampler(dataset.lengths, max_chars=64 * context, max_sentences=32, shuffle=False)
    nats = sum(float(next_char_loss(net, batch).double().sum()) for batch in Loader(dataset, sampler)) / len(ids)
    counts = Counter(ids.tolist())
    own = -sum(n * math.log(n / len(ids)) for n in counts.values()) / len(ids)
    unknown = sum(n for id, n in counts.items() if id not in trained.forms) / len(ids)
    return {
        "n_characters": len(ids),
        "perplexity": math.exp(nats),
        "bits_per_character": nats / math.log(2),
        "unigram_perplexity": math.exp(own),
        "unknown": unknown,
    }


def describe_score(values: dict[str, Any]) -> str:
    """What `score` returns, as a sentence."""
    return (
        f"{values['n_characters']:,} characters: perplexity {values['perplexity']:.2f}, "
        f"{values['bits_per_character']:.3f} bits per character; without any context "
        f"{values['unigram_perplexity']:.2f}; {values['unknown']:.2%} known only by their class"
    )

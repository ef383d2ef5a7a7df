"""`python -m tagger.generate -c RUN/best.ckpt`: text that a character model makes up, or how well it predicts one."""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from .errors import InputError, TaggerError
from .files.atomic import write_json
from .learning.checkpoint import TrainedCharLM, load_char_lm
from .learning.data.batching import BucketSampler, Loader
from .learning.data.char_lm import CharData, WindowDataset, encode, texts
from .learning.nets.char_lm import sample
from .learning.systems.char_lm import next_char_loss


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m tagger.generate",
        description="Write text with a character model (python -m tagger.train experiment=next_char), character by "
        "character, each drawn from those that the model finds likely after what is there.",
        epilog="exit status: 0 done, 1 an error (named on stderr), 2 wrong usage",
    )
    p.add_argument("-c", "--checkpoint", required=True, metavar="NAME.ckpt", help="of a character model")
    p.add_argument("--prompt", default="", help="what the text begins with; default: nothing")
    p.add_argument("--length", type=int, default=200, metavar="N", help="characters to write; default %(default)s")
    p.add_argument(
        "--temperature",
        type=float,
        default=0.8,
        metavar="T",
        help="1: as likely as the model says; lower: the likelier ones more often; 0: always the likeliest; "
        "default %(default)s",
    )
    p.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same text; default %(default)s")
    p.add_argument("--samples", type=int, default=1, metavar="N", help="texts to write; default %(default)s")
    p.add_argument("--line", action="store_true", help="end at the end of a line")
    p.add_argument("--score", metavar="FILE", help="write no text: give the perplexity of this one")
    return p


def write(
    trained: TrainedCharLM, prompt: str, *, length: int, temperature: float, seed: int, line: bool = False
) -> str:
    """A text of the prompt and at most `length` characters more; with `line` it ends with its line.

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
    text = prompt
    for _, id in zip(range(length), ids, strict=False):
        if line and trained.forms[id] == "\n":
            break
        text += trained.forms[id]
    return text


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


def shown(values: dict[str, Any]) -> str:
    return (
        f"{values['n_characters']:,} characters: perplexity {values['perplexity']:.2f}, "
        f"{values['bits_per_character']:.3f} bits per character; without any context "
        f"{values['unigram_perplexity']:.2f}; {values['unknown']:.2%} known only by their class"
    )


def publish(checkpoint: Path, data: CharData) -> None:
    """Score the best checkpoint on dev, and let it write a line."""
    trained = load_char_lm(checkpoint)
    values = score(trained, data.text["dev"])
    write_json(checkpoint.with_suffix(".dev.json"), {"corpus": data.name, "split": "dev", **values})
    print(f"dev, {shown(values)}")
    print(write(trained, "", length=60, temperature=0.8, seed=1, line=True))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        trained = load_char_lm(options.checkpoint)
        if options.score:
            text = "".join(f"{line}\n" for line in texts(Path(options.score)))
            print(f"{options.score}, {shown(score(trained, text))}")
            return 0
        for number in range(options.samples):
            text = write(
                trained,
                options.prompt,
                length=options.length,
                temperature=options.temperature,
                seed=options.seed + number,
                line=options.line,
            )
            print(text)
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

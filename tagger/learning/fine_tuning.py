"""Going on from a trained net with another corpus: what it knows is carried over, what is new begins as unknown.

Before its first step the new net answers as the trained one does: a new character has the vector of its class, a new
bigram that of unknown ones, a new standard the mean of the others; words, to a net that had none, say nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from ..errors import CorpusError, ModelError
from .checkpoint import Trained
from .data.tagging import TaggingData
from .data.words import WordData
from .nets.encoder import widened
from .nets.tagger import BiLSTM


def extend_vocabulary(data: TaggingData | WordData, trained: Trained) -> None:
    """Give the data the alphabet, tags, runs and standards of a trained net, widened by those of its corpus.

    Raises CorpusError for tags that the net does not have, ModelError for another task, for a corpus that does not
    say which of the net's standards it follows, and for pretrained vectors or a second lexicon beside the net.
    """
    if not isinstance(data, TaggingData | WordData):
        raise ModelError("expected a corpus of words for init=, which begins from a tagger, got another; leave it out")
    old = trained.net
    if not isinstance(old, BiLSTM) or not isinstance(data, TaggingData):
        raise ModelError(
            f"expected init= and a corpus of one tagger of texts, got a net over {old.unit}s and a corpus of "
            f"{data.unit}s; leave init= out"
        )
    if bool(old.scheme.pos) != (data.corpus.task == "joint"):
        have, got = ("joint", "seg") if old.scheme.pos else ("seg", "joint")
        raise ModelError(
            f"expected data.task={have}, as of the net of init=, got {got}; "
            "a corpus without tags trains a net of words and tags as format=partial"
        )
    if unknown := sorted(set(data.scheme.pos) - set(old.scheme.pos)):
        raise CorpusError(
            f"expected the tags of the net of init=, {', '.join(old.scheme.pos)}, got {', '.join(unknown)} too; "
            "rename them in the corpus, or train without init="
        )
    if old.standards and not data.standards:
        raise ModelError(
            f"expected a corpus of one of the standards {', '.join(old.standards)} of the net of init=, or of a new "
            "one, got a corpus without; give data=several +data@data.parts.STANDARD=files data.parts.STANDARD.train=…"
        )
    if data.vectors:
        raise ModelError(
            "expected init= or data.vectors=, got both; the net of init= has vectors: leave data.vectors out"
        )
    if data.lexicon and old.embedding.word is not None:
        raise ModelError(
            "expected init= of a net without words of a lexicon, or no data.lexicon=, got both; the net of init= keeps "
            "the words that it knows: leave data.lexicon out"
        )
    names = tuple(dict.fromkeys((*old.standards, *data.standards)))
    alphabet = old.alphabet.merged(data.alphabet)
    if data.lexicon:  # with the words of characters that the net alone knows
        alphabet = alphabet.with_words(data.lexicon.forms, data.lexicon.kinds)
    scheme = replace(old.scheme, inner_spaces=old.scheme.inner_spaces or data.scheme.inner_spaces)
    data.extend(alphabet, scheme, trained.presegmenter & data.presegmenter, names)


def init_from(net: BiLSTM, trained: Trained) -> None:
    """Set the weights of a net over the widened alphabet from those of the trained one.

    Raises ModelError when the nets differ in more than dropout, with the options that make them agree.
    """
    old = trained.net
    assert isinstance(old, BiLSTM)  # `extend_vocabulary` refuses others
    free = {name for name in net.architecture if name.endswith("dropout")} | {"forget_bias", "standards"}
    if old.embedding.word is None:
        free.add("word_size")
    wanted = {name: value for name, value in old.architecture.items() if name not in free}
    got = {name: value for name, value in net.architecture.items() if name not in free}
    if wanted != got:
        differ = [name for name in {**wanted, **got} if wanted.get(name) != got.get(name)]
        options = (f"{'' if name == 'head' else 'net.'}{name}={wanted.get(name)}".replace(" ", "") for name in differ)
        raise ModelError(
            f"expected the net of init=, got one with {', '.join(f'{name} {got.get(name)}' for name in differ)}; "
            f"give {' '.join(options)}"
        )
    with torch.no_grad():
        n_new = net.embedding.size - old.embedding.size  # what words say, where the old net had none
        for name, value in old.named_parameters():
            if name.startswith("encoder.layers.0."):
                net.get_parameter(name).copy_(widened(value, n_new, name))
            elif not name.startswith(("embedding.", "standard.")):
                net.get_parameter(name).copy_(value)
        classes = net.embedding.classes.clone()
        classes[: old.alphabet.n_chars] = torch.arange(old.alphabet.n_chars)
        net.embedding.char.weight.copy_(old.embedding.char.weight[classes])
        if net.embedding.bigram is not None and old.embedding.bigram is not None:
            rows = torch.zeros(net.alphabet.n_bigrams, dtype=torch.int64)
            rows[: old.alphabet.n_bigrams] = torch.arange(old.alphabet.n_bigrams)
            net.embedding.bigram.weight.copy_(old.embedding.bigram.weight[rows])
        if net.embedding.word is not None and old.embedding.word is not None:
            net.embedding.word.weight.copy_(old.embedding.word.weight)
        if net.standard is not None:
            known = None if old.standard is None else nn.functional.pad(old.standard.weight, (0, n_new))
            net.standard.weight.copy_(torch.zeros(1) if known is None else known.mean(0))
            if known is not None:
                net.standard.weight[: len(known)] = known


def freeze(net: nn.Module, names: Sequence[str]) -> None:
    """Leave parts of a net as they are in training: modules by name, such as `embedding` or `encoder.layers.0`.

    Raises ModelError for a part that there is not, and when nothing is left to train.
    """
    parts = {name: part for name, part in net.named_modules() if name and any(True for _ in part.parameters())}
    for name in names:
        if name not in parts:
            raise ModelError(f"expected freeze= parts of the net, {', '.join(parts)}, got {name!r}; choose among them")
        parts[name].requires_grad_(False)
    if not any(weight.requires_grad for weight in net.parameters()):
        raise ModelError(f"expected something left to train, got freeze={list(names)}; freeze less")

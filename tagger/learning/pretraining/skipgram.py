"""Vectors of characters and bigrams by skip-gram with negative sampling (Mikolov et al. 2013), with gensim.

Each character predicts those around it, and each pair of neighbours the pairs around it.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corpus.raw import RawText, ngrams
from ...extras import needed_for
from ..resources.vectors import Vectors

log = logging.getLogger(__name__)


class _Tokens:
    """Characters (`width` 1) or pairs of neighbours (2) of every line, as gensim wants them."""

    def __init__(self, text: RawText, width: int) -> None:
        self.text, self.width = text, width

    def __iter__(self) -> Iterator[list[str]]:
        for line in self.text:
            yield list(ngrams(line, self.width))


def skipgram(
    text: RawText, width: int, state: Path, *, size: int, window: int, negative: int, epochs: int, min_count: int,
    limit: int, seed: int, workers: int,
) -> tuple[list[str], NDArray[np.float32]]:  # fmt: skip
    """The tokens of `width` characters seen at least `min_count` times, most frequent first, `limit` of them at
    most, and their vectors `[n_tokens, size]`. After every epoch the model lies in the folder `state`, to go on from.
    """
    with needed_for("skip-gram"):
        from gensim.models import Word2Vec
    logging.getLogger("gensim").setLevel(logging.WARNING)  # it logs what only its developers read
    tokens, path = _Tokens(text, width), state / f"skipgram{width}"
    model: Any
    if path.exists():
        model = Word2Vec.load(str(path))
        log.info("%s: going on after epoch %d of %d", path, model.epochs_done, epochs)
    else:
        model = Word2Vec(
            vector_size=size, window=window, negative=negative, sg=1, min_count=min_count, max_final_vocab=limit,
            seed=seed, workers=workers,
        )  # fmt: skip
        model.build_vocab(tokens)
        model.epochs_done = 0
    rates = np.linspace(model.alpha, model.min_alpha, epochs + 1)
    for epoch in range(model.epochs_done, epochs):
        model.train(
            tokens, total_examples=model.corpus_count, epochs=1, start_alpha=rates[epoch], end_alpha=rates[epoch + 1]
        )
        model.epochs_done = epoch + 1
        model.save(str(path))
        log.info("vectors of %s: epoch %d of %d", {1: "characters", 2: "bigrams"}[width], epoch + 1, epochs)
    return list(model.wv.index_to_key), np.asarray(model.wv.vectors, np.float32)


def pretrain(
    text: RawText, state: Path, *, char: Mapping[str, int], bigram: Mapping[str, int], negative: int, epochs: int,
    seed: int, workers: int,
) -> Vectors:  # fmt: skip
    """Vectors of characters and of bigrams; `char` and `bigram` are the options of `skipgram` that they do not share.
    Raises CorpusError without gensim."""
    found = [
        skipgram(text, width, state, negative=negative, epochs=epochs, seed=seed, workers=workers, **options)
        for width, options in ((1, char), (2, bigram))
    ]
    return Vectors(*found[0], *found[1])

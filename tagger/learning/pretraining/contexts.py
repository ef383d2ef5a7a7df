"""Vectors of words from what stands beside them: counts, of which a singular value decomposition keeps the most.

A word is a distribution over the words at each of the four nearest places (Schütze 1995) and over the ways to write it
(small, with a capital, in capitals). The lines of a text follow one another, with an edge between two. Distributions
come as square roots (Lebret and Collobert 2014), so that distances between words are those of Hellinger, and as
differences from all words' distributions. A word counts as if it were seen `prior` times more as all words are, so that
the vector of a rare word is a short one.
"""

import logging
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...corpus.raw import RawText
from ...corpus.raw_words import cut_words, fold_word
from ...errors import CorpusError
from ..resources.vectors import Vectors

log = logging.getLogger(__name__)

EDGE = 0  # the id between two lines
PLACES = (-1, 1, -2, 2)


def _shape(word: str) -> int:
    """How a word is written: 0 small, 1 with a capital first, 2 in capitals."""
    begins = word[:1] != word[:1].lower()
    return begins + (word == word.upper() != word.lower())


class _Tokens:
    """All tokens of a text in order, as ids of their folded forms with an EDGE after each line, and how they are
    written."""

    def __init__(self, lines: Iterable[str]) -> None:
        index, ids, shapes = {"": EDGE}, array("i", [EDGE]), bytearray([0])
        for line in lines:
            words = cut_words(line)
            ids.extend([index.setdefault(fold_word(word), len(index)) for word in words])
            ids.append(EDGE)
            shapes.extend([_shape(word) for word in words])
            shapes.append(0)
        self.forms = list(index)
        self.ids = np.frombuffer(ids, np.int32)
        self.shapes = np.frombuffer(shapes, np.uint8)
        self.counts = np.bincount(self.ids, minlength=len(index))

    def rank(self, min_count: int, limit: int) -> NDArray[np.int64]:
        """The ids of words seen at least `min_count` times, most frequent first, `limit` of them at most."""
        order = np.argsort(-self.counts, kind="stable")
        ranked: NDArray[np.int64] = order[(self.counts[order] >= min_count) & (order != EDGE)]
        return ranked[:limit]

    def contexts(self, words: NDArray[np.int64], n_contexts: int) -> Iterator[NDArray[np.int64]]:
        """For each place, and for how words are written, how often each of the words has each context: `[n_words, n]`.

        Contexts are the `n_contexts` most frequent words, the edge of a line, and all others together.
        """
        n = len(words)
        row_of = np.full(len(self.forms), n, np.int64)  # the last row: other words
        row_of[words] = np.arange(n)
        column_of = np.minimum(row_of, n_contexts)
        column_of[EDGE] = n_contexts + 1
        rows, columns = row_of[self.ids], column_of[self.ids]
        for place in PLACES:
            width = n_contexts + 2
            beside = np.full(len(columns), n_contexts + 1)
            if place < 0:
                beside[-place:] = columns[:place]
            else:
                beside[:-place] = columns[place:]
            yield np.bincount(rows * width + beside, minlength=(n + 1) * width).reshape(n + 1, width)[:n]
        yield np.bincount(rows * 3 + self.shapes, minlength=(n + 1) * 3).reshape(n + 1, 3)[:n]


def _distances(counts: NDArray[np.int64], prior: float) -> NDArray[np.float32]:
    """Square roots of the distributions that rows of counts are, less that of all rows together."""
    total = counts.sum(0, dtype=np.float64)
    overall = total / total.sum()
    smoothed = counts.astype(np.float32) + np.float32(prior) * overall.astype(np.float32)
    smoothed /= smoothed.sum(1, keepdims=True)
    distances: NDArray[np.float32] = np.sqrt(smoothed, out=smoothed) - np.sqrt(overall).astype(np.float32)
    return distances


def decompose(table: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Vectors `[n, size]` of the rows of a table: a truncated singular value decomposition, whose directions count by
    the square roots of their singular values (Levy et al. 2015)."""
    variances, directions = np.linalg.eigh((table.T @ table).astype(np.float64))
    largest = np.argsort(-variances)[:size]
    scales = np.maximum(variances[largest], 1e-12) ** -0.25
    vectors: NDArray[np.float32] = table @ (directions[:, largest] * scales).astype(np.float32)
    return vectors


def pretrain(
    text: RawText, state: Path, *, size: int, n_contexts: int, min_count: int, limit: int, prior: float
) -> Vectors:  # fmt: skip
    """Vectors of the words that raw text has at least `min_count` times, `limit` of them at most. Nothing is kept in
    `state`: it takes a minute or two. Raises CorpusError for too little text."""
    tokens = _Tokens(text)
    words = tokens.rank(min_count, limit)
    if len(words) < size:
        raise CorpusError(
            f"expected raw text with at least {size} words seen {min_count} times, got {len(words)}; give more text, "
            "or a smaller pretrain.size or pretrain.min_count"
        )
    log.info(
        "%d words of %d seen %d times, %d of them known", len(tokens.ids), len(tokens.forms), min_count, len(words)
    )
    table = np.concatenate([_distances(counts, prior) for counts in tokens.contexts(words, n_contexts)], 1)
    return Vectors.of_words([tokens.forms[id] for id in words], decompose(table, size))

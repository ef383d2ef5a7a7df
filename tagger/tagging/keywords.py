"""Keywords of documents, from their words: by TF-IDF over several documents, by TextRank within one.

TF-IDF multiplies the frequency of a word in its document by its inverse document frequency (Spärck Jones 1972), here
log((1 + documents) / (1 + documents with the word)) + 1. TextRank (Mihalcea and Tarau 2004) joins two words that stand
near each other by an edge, and gives words the scores of PageRank (Brin and Page 1998) in this undirected graph.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

DAMPING = 0.85  # and WINDOW: the values of Mihalcea and Tarau
WINDOW = 2
_MAX_CHANGE = 1e-6  # of a score, in the last iteration
_N_ITERATIONS = 200  # enough: a change shrinks by DAMPING at each


class Keyword(NamedTuple):
    """A word of a document, and how much it says of the document: more is more."""

    form: str
    score: float


def tf_idf(documents: Sequence[Sequence[str]]) -> list[list[Keyword]]:
    """The words of each document by their TF-IDF, the highest first, then by their first place in the document."""
    counts = [Counter(words) for words in documents]
    n_holding = Counter(form for count in counts for form in count)
    idf = {form: log((1 + len(counts)) / (1 + n)) + 1 for form, n in n_holding.items()}
    return [_ranked(Keyword(form, n / count.total() * idf[form]) for form, n in count.items()) for count in counts]


def text_rank(lines: Iterable[Sequence[str | None]], *, window: int = WINDOW) -> list[Keyword]:
    """The words of a document by their TextRank, the highest first, then by their first place.

    None stands for a word that can be no keyword. Two words are joined if they stand among `window` words in a row of
    a line; a word that is joined to none has the score 0.15. Raises InputError for a `window` below 2.
    """
    if window < 2:
        raise InputError(f"expected a window of 2 words or more, got {window}; the usual one is {WINDOW}")
    numbers: dict[str, int] = {}
    pairs: set[tuple[int, int]] = set()
    for line in lines:
        places = [None if form is None else numbers.setdefault(form, len(numbers)) for form in line]
        for i, first in enumerate(places):
            for second in places[i + 1 : i + window]:
                if first is not None and second is not None and first != second:
                    pairs |= {(first, second), (second, first)}
    scores = _page_rank(np.array(sorted(pairs), np.int64).reshape(-1, 2), len(numbers))
    return _ranked(map(Keyword, numbers, scores))


def _page_rank(edges: NDArray[np.int64], n: int) -> list[float]:
    """The scores of `n` vertices; `edges [n_edges, 2]` has each edge in both directions."""
    sources, targets = edges.T
    degrees = np.bincount(sources, minlength=n)
    scores: NDArray[np.float64] = np.ones(n)
    for _ in range(_N_ITERATIONS):
        received = np.bincount(targets, scores[sources] / degrees[sources], n).astype(np.float64)
        before, scores = scores, 1 - DAMPING + DAMPING * received
        if not n or np.abs(scores - before).max() < _MAX_CHANGE:
            break
    return [float(score) for score in scores]


def _ranked(keywords: Iterable[Keyword]) -> list[Keyword]:
    return sorted(keywords, key=lambda keyword: -keyword.score)  # a stable sort

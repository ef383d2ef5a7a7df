"""Words of decoded tags, and spans that may be words, as columns."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, SINGLE
from .transitions import Places, Table, Tags


class Candidates(NamedTuple):
    """Spans that may be words: code points `start` to `end` (half-open) of row `row`, and the probability
    `weight [n, n_pos]` that this is a word of that POS."""

    row: Places
    start: Places
    end: Places
    weight: Table


class WordRates(NamedTuple):
    """Row and first character of words, `[n_words]`, and how likely each is with its POS and with any,
    `probability [2, n_words]`."""

    row: Places
    start: Places
    probability: Table


@dataclass(frozen=True)
class WordCharacters:
    """Row, place, letter and POS number of characters that lie in words, row by row, `[n]` each."""

    row: Places
    time: Places
    letter: Places
    pos: Places

    @classmethod
    def of(cls, tags: Tags, n_pos: int) -> Self:
        """All such characters of `tags [rows, time]`."""
        row, time = np.nonzero(tags)
        tag = tags[row, time].astype(np.int64) - 1
        block = tag // n_pos  # for one divisor faster than divmod
        return cls(row, time, block + BEGIN, tag - block * n_pos)

    def __getitem__(self, part: slice) -> Self:
        return type(self)(self.row[part], self.time[part], self.letter[part], self.pos[part])

    def moved(self, n_rows: int) -> Self:
        """The same with row numbers higher by `n_rows`."""
        return replace(self, row=self.row + n_rows)

    @cached_property
    def firsts(self) -> NDArray[np.intp]:
        """Which of these characters are the first of a word, `[n_words]`."""
        return np.flatnonzero((self.letter == BEGIN) | (self.letter == SINGLE))

    @cached_property
    def lasts(self) -> NDArray[np.intp]:
        """Which are the last of the word that begins at each of `firsts`, `[n_words]`."""
        firsts = self.firsts
        return np.append(firsts[1:] - 1, len(self.row) - 1)[: len(firsts)]

"""A table of pairs of ids, held in three arrays, so that numpy, torch and ONNX look pairs up in the same way."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

SCANNED = 4096  # bases that are tried at once
# A left id with more pairs comes after the one that was placed before it: to try all bases takes long and saves little.
FEW = 64


class PairTable(NamedTuple):
    """A table from pairs of ids to numbers, which count from 1.

    The pair `(left, right)` can only lie in slot `bases[left] + right`. If it does, `lefts [n_slots]` holds `left`
    there, and `rows [n_slots]` its number. An empty slot has the left id -1. There is a slot for every sum of a base
    and a right id, also of pairs that are not in the table.
    """

    bases: NDArray[np.int64]
    lefts: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], n_left: int, n_right: int) -> Self:
        """The table of distinct pairs of ids below `n_left` and `n_right`, by row displacement, first fit decreasing
        (Tarjan and Yao 1979): left ids with the most pairs first, each gets the smallest base at which its slots are
        free.
        """
        left, right = np.array(pairs, np.int64).reshape(-1, 2).T
        order = np.lexsort((right, left))
        ids, first, sizes = np.unique(left[order], return_index=True, return_counts=True)
        bases, taken, start, size = np.zeros(n_left, np.int64), np.zeros(n_right + SCANNED, bool), 0, 0
        for index in np.argsort(-sizes, kind="stable").tolist():
            if sizes[index] != size and sizes[index] <= FEW:
                start = 0
            size = sizes[index]
            rights = right[order[first[index] : first[index] + size]]
            start, taken = _find_base(rights, taken, start)
            taken[start + rights] = True
            bases[ids[index]] = start
        n_slots = int(bases.max(initial=0)) + n_right
        lefts, rows = np.full(n_slots, -1, np.int64), np.zeros(n_slots, np.int64)
        slots = bases[left] + right
        lefts[slots], rows[slots] = left, np.arange(1, len(pairs) + 1)
        return cls(bases, lefts, rows)

    @property
    def is_taken(self) -> NDArray[np.bool_]:
        """Which slots hold a pair, `[n_slots]`."""
        return taken(self.lefts)

    def in_order(self) -> Self:
        """The same pairs, numbered in the order of their slots."""
        return self._replace(rows=np.where(self.is_taken, np.cumsum(self.is_taken), 0))

    def numbers(self, pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
        """The numbers of pairs that the table holds."""
        left, right = np.array(pairs, np.int64).reshape(-1, 2).T
        numbers: NDArray[np.int64] = self.rows[self.bases[left] + right]
        return numbers


def taken(lefts: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Which slots hold a pair, by their left ids in any number of bits: of unsigned ones -1 is the largest."""
    found: NDArray[np.bool_] = lefts != np.array(-1).astype(lefts.dtype)
    return found


def _find_base(rights: NDArray[np.int64], taken: NDArray[np.bool_], start: int) -> tuple[int, NDArray[np.bool_]]:
    """The first base from `start` at which the slots of ascending right ids are free, and the slots, more of them where
    they were too few."""
    while True:
        if start + SCANNED + rights[-1] > len(taken):
            taken = np.append(taken, np.zeros(len(taken), bool))
        bases = start + np.flatnonzero(~taken[start + rights[0] : start + SCANNED + rights[0]])
        for right in rights[1:].tolist():
            if len(bases) == 0:
                break
            bases = bases[~taken[bases + right]]
        if len(bases):
            return int(bases[0]), taken
        start += SCANNED

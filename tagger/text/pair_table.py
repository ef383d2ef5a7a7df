"""A hash table of pairs of ids, held in two arrays, so that numpy, torch and ONNX look pairs up in the same way."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Multipliers = tuple[tuple[int, int], ...]

EXACT = 2**24  # integers below it are exact in float32, in which some runtimes compute


def choose_multipliers(n_left: int, n_right: int) -> Multipliers:
    """Multipliers of two hash functions whose sums of products stay below EXACT for ids below `n_left` and `n_right`.

    Each product has half of that range. The numbers are odd, as in Knuth's multiplicative hashing. The smaller ones are
    5/8 and 3/4 of the larger ones: with one ratio for both, pairs share both slots far more often.
    """
    left, right = (max(1, EXACT // 2 // max(n, 1)) for n in (n_left, n_right))
    return (_round_to_odd(left), _round_to_odd(right * 3 // 4)), (_round_to_odd(left * 5 // 8), _round_to_odd(right))


def _round_to_odd(number: int) -> int:
    """The largest odd number up to `number`, and at least 1."""
    return max(1, (number - 1) | 1)


class PairTable(NamedTuple):
    """A hash table from pairs of ids to numbers, which count from 1.

    Hash function `(a, b)` of `multipliers` sends the pair `(left, right)` to slot `(left * a + right * b) % n_slots`.
    A pair lies in one of its slots: there `keys [n_slots]` holds `left * n_right + right`, and `rows [n_slots]` its
    number. An empty slot has the key -1.
    """

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    multipliers: Multipliers

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], n_right: int, multipliers: Multipliers) -> Self:
        """The table of distinct pairs, by cuckoo hashing (Pagh and Rodler 2004): a new pair whose slots are taken
        moves another pair to its other slot.

        `n_right` must be above every right id. Keys are stored, so a pair that is not in the table is never taken for
        one that is.
        """
        n_slots = 16 + len(pairs) * 9 // 4
        while True:
            slots = [[(left * a + right * b) % n_slots for a, b in multipliers] for left, right in pairs]
            taken: dict[int, int] = {}
            if all(_settle(index, slots, taken) for index in range(len(pairs))):
                break
            n_slots += 1 + n_slots // 64
        keys, rows = np.full(n_slots, -1, np.int64), np.zeros(n_slots, np.int64)
        for slot, index in taken.items():
            left, right = pairs[index]
            keys[slot], rows[slot] = left * n_right + right, index + 1
        return cls(keys, rows, multipliers)


def _settle(index: int, slots: Sequence[Sequence[int]], taken: dict[int, int]) -> bool:
    """Put the pair `index` into one of its slots and move others where needed; False if the moves seem endless."""
    slot = slots[index][0]
    for _ in range(500):
        if (free := next((s for s in slots[index] if s not in taken), None)) is not None:
            taken[free] = index
            return True
        slot = slots[index][slots[index][0] == slot]  # the other slot than the one that it was moved from
        index, taken[slot] = taken[slot], index
    return False

"""A hash table of pairs of ids, held in two arrays, so that numpy, torch and ONNX look pairs up in the same way."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Multipliers = tuple[tuple[int, int], ...]

# Odd multipliers of the two hash functions (Knuth's multiplicative hashing). The first number of each pair is small
# enough for the sum of products to fit into 32 bits up to a left id of 60,000.
MULTIPLIERS: Multipliers = ((30011, 40503), (27449, 52711))


class PairTable(NamedTuple):
    """A hash table from pairs of ids to numbers, which count from 1.

    Hash function `(a, b)` of `multipliers` sends the pair `(left, right)` to slot `(left * a + right * b) % n_slots`.
    A pair lies in one of its slots: there `keys [n_slots]` holds `left * n_right + right`, and `rows [n_slots]` its
    number. An empty slot has the key -1.
    """

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    multipliers: Multipliers = MULTIPLIERS

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], n_right: int, multipliers: Multipliers = MULTIPLIERS) -> Self:
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
            n_slots += 1 + n_slots // 8
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

"""A hash table of pairs of ids in two arrays, the same in numpy, torch and ONNX."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

# Odd multipliers of the two hash functions of a table of pairs (Knuth's multiplicative hashing); the first ones are
# small, so that the sum of products fits 32 bits up to a left number of 60,000.
MULTIPLIERS = ((30011, 40503), (27449, 52711))


class PairTable(NamedTuple):
    """A hash table of pairs of ids: a pair lies in one of its two slots, `keys` (left * n_right + right, or -1), and
    its number, counted from 1, is in `rows`."""

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], n_right: int) -> Self:
        """Cuckoo hashing (Pagh and Rodler 2004): what lies in both slots of a new pair makes room for it.

        Verifying the key keeps unseen pairs from borrowing another's number. No pair comes twice; `n_right` is above
        every right id.
        """
        n_slots = 16 + len(pairs) * 9 // 4
        while True:
            slots = [[(left * a + right * b) % n_slots for a, b in MULTIPLIERS] for left, right in pairs]
            taken: dict[int, int] = {}
            if all(_settle(pair, slots, taken) for pair in range(len(pairs))):
                break
            n_slots += 1 + n_slots // 8
        keys, rows = np.full(n_slots, -1, np.int64), np.zeros(n_slots, np.int64)
        for slot, pair in taken.items():
            keys[slot], rows[slot] = pairs[pair][0] * n_right + pairs[pair][1], pair + 1
        return cls(keys, rows)


def _settle(pair: int, slots: Sequence[Sequence[int]], taken: dict[int, int]) -> bool:
    """Give a pair one of its slots, moving others as need be; False where they seem to go in circles."""
    slot = slots[pair][0]
    for _ in range(500):
        if (free := next((s for s in slots[pair] if s not in taken), None)) is not None:
            taken[free] = pair
            return True
        slot = slots[pair][slots[pair][0] == slot]  # not the one that it was driven from
        pair, taken[slot] = taken[slot], pair
    return False

"""The words of a corpus as 64 bits each, so that a large vocabulary takes little memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...text.hashes import hash_text

_N_SEEN = 1 << 16  # hashes that are known to be there, as most words come again soon
_WAITING = 1 << 20  # hashes that wait to be sorted in among the others


class KnownForms:
    """Words by their hashes, as a container: `"北京" in forms`. It remembers the answers that it gave."""

    def __init__(self, hashes: Sequence[NDArray[np.uint64]], others: frozenset[str] = frozenset()) -> None:
        """The words of sorted tables of hashes, and others."""
        self.hashes, self.answers = hashes, dict.fromkeys(others, True)

    def __contains__(self, form: object) -> bool:
        if not isinstance(form, str):
            return False
        if form not in self.answers:
            wanted = np.uint64(hash_text(form))
            self.answers[form] = any(_is_in(wanted, hashes) for hashes in self.hashes)
        return self.answers[form]


def _is_in(wanted: np.uint64, hashes: NDArray[np.uint64]) -> bool:
    place = int(np.searchsorted(hashes, wanted))
    return place < len(hashes) and bool(hashes[place] == wanted)


class FormHashes:
    """Collects the hashes of distinct words."""

    def __init__(self) -> None:
        self.hashes = np.zeros(0, np.uint64)
        self.waiting: list[NDArray[np.uint64]] = []
        self.n_waiting = 0
        self.seen = np.arange(_N_SEEN, dtype=np.uint64) ^ np.uint64(1)  # each in the slot of another one

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Add those of words, which may come more than once."""
        slots = (hashes % _N_SEEN).astype(np.int64)
        is_new = self.seen[slots] != hashes
        self.seen[slots[is_new]] = hashes[is_new]
        self.waiting.append(np.unique(hashes[is_new]))
        self.n_waiting += len(self.waiting[-1])
        if self.n_waiting > max(_WAITING, len(self.hashes)):
            self.table()

    def table(self) -> NDArray[np.uint64]:
        """All hashes, in order."""
        self.hashes, self.waiting, self.n_waiting = np.unique(np.concatenate([self.hashes, *self.waiting])), [], 0
        return self.hashes

"""The words of a corpus as 64 bits each, so that a large vocabulary takes little memory."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_RECENT = 1 << 18  # words that are remembered as strings while a corpus is read


def hash_form(form: str) -> int:
    """64 bits that stand for a word. Of ten million words two share theirs with a probability of 3 in a million."""
    return int.from_bytes(hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class KnownForms:
    """Words by their hashes, as a container: `"北京" in forms`. It remembers the answers that it gave."""

    def __init__(self, hashes: Sequence[NDArray[np.uint64]], others: frozenset[str] = frozenset()) -> None:
        """The words of sorted tables of hashes, and others."""
        self.hashes, self.answers = hashes, dict.fromkeys(others, True)

    def __contains__(self, form: object) -> bool:
        if not isinstance(form, str):
            return False
        if form not in self.answers:
            wanted = np.uint64(hash_form(form))
            self.answers[form] = any(_is_in(wanted, hashes) for hashes in self.hashes)
        return self.answers[form]


def _is_in(wanted: np.uint64, hashes: NDArray[np.uint64]) -> bool:
    place = int(np.searchsorted(hashes, wanted))
    return place < len(hashes) and bool(hashes[place] == wanted)


class FormHashes:
    """Collects the hashes of distinct words, of which memory holds few as strings."""

    def __init__(self) -> None:
        self.hashes = np.zeros(0, np.uint64)
        self.recent: set[str] = set()
        self.fresh: list[int] = []

    def add(self, forms: Iterable[str]) -> None:
        new = set(forms) - self.recent
        self.fresh += map(hash_form, new)
        self.recent |= new
        if len(self.recent) > _RECENT:
            self.recent.clear()
            self.table()

    def table(self) -> NDArray[np.uint64]:
        """All hashes, in order."""
        self.hashes = np.union1d(self.hashes, np.array(self.fresh, np.uint64))
        self.fresh.clear()
        return self.hashes

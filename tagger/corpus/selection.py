"""How like a corpus texts are: the difference in cross-entropy of Moore and Lewis (2010)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..text.characters import code_points

Ids = NDArray[np.int64]


class Bigrams:
    """Probabilities of a character after another: bigrams with Witten-Bell interpolation, counted in the pairs `left`,
    `right` (ids below `n_chars`) of a text."""

    def __init__(self, left: Ids, right: Ids, n_chars: int) -> None:
        self.n_chars = n_chars
        self.alone = (np.bincount(right, minlength=n_chars) + 1) / (len(right) + n_chars)
        self.keys, self.counts = np.unique(left * n_chars + right, return_counts=True)
        self.kinds = np.bincount(self.keys // n_chars, minlength=n_chars)
        self.total = np.bincount(left, minlength=n_chars) + self.kinds

    def log(self, left: Ids, right: Ids) -> NDArray[np.float64]:
        """The logarithm of the probability of each `right` after its `left`."""
        key = left * self.n_chars + right
        index = np.searchsorted(self.keys, key).clip(max=len(self.keys) - 1)
        count = np.where(self.keys[index] == key, self.counts[index], 0)
        new = np.where(self.total[left], self.kinds[left], 1) * self.alone[right]
        probability: NDArray[np.float64] = np.log((count + new) / np.maximum(self.total[left], 1))
        return probability


def differences(texts: Sequence[str], like: Sequence[str], other: Sequence[str]) -> NDArray[np.float64]:
    """Cross-entropy of each text under character bigrams of `like`, minus that under those of `other`, in nats per
    character: lower for texts that are more like `like`. No text holds a line end, and none of the three is empty.
    """
    codes = code_points("\n".join(["", *texts, *like, *other, ""]))
    chars, ids = np.unique(codes, return_inverse=True)
    starts = np.flatnonzero(codes[:-1] == ord("\n"))
    a, b = starts[len(texts)], starts[len(texts) + len(like)]
    left, right = ids[:-1], ids[1:]
    model_like, model_other = (Bigrams(left[part], right[part], len(chars)) for part in (slice(a, b), slice(b, None)))
    gaps = model_other.log(left[:a], right[:a]) - model_like.log(left[:a], right[:a])
    means: NDArray[np.float64] = np.add.reduceat(gaps, starts[: len(texts)]) / np.diff(starts[: len(texts) + 1])
    return means

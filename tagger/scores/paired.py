"""Whether one of two taggers is better by more than chance: the paired bootstrap over sentences (Koehn, Statistical
Significance Tests for Machine Translation Evaluation, EMNLP 2004)."""

from collections.abc import Sequence

import numpy as np

from .resampling import resampled_sums
from .words import Counts, Interval, Overlap


def f1_difference(
    first: Sequence[Counts],
    second: Sequence[Counts],
    *,
    joint: bool,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The interval of the F1 of `first` minus that of `second`, of words, or of words with tags (`joint`).

    Both have a `Counts` for each of the same sentences, and each resample draws the same sentences for both. An F1
    without any words is 0. ValueError when the numbers of sentences differ.
    """
    pairs = zip(first, second, strict=True)
    rows = np.array([[*_ratio(ours, joint), *_ratio(theirs, joint)] for ours, theirs in pairs], dtype=np.float64)
    sums = resampled_sums(rows.reshape(len(first), 4), n_resamples=n_resamples, seed=seed)
    f1 = sums[:, ::2] / np.maximum(sums[:, 1::2], 1)
    levels = (1 - confidence) / 2, (1 + confidence) / 2
    return Interval(*np.quantile(f1[:, 0] - f1[:, 1], levels).tolist())


def _ratio(counts: Counts, joint: bool) -> tuple[int, int]:
    """The numerator and the denominator of F1."""
    overlap: Overlap = counts.joint if joint else counts.words
    return 2 * overlap.correct, overlap.gold + overlap.predicted

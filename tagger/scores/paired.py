"""Whether one of two taggers is better by more than chance: the paired bootstrap over sentences (Koehn, Statistical
Significance Tests for Machine Translation Evaluation, EMNLP 2004)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .resampling import resampled_sums
from .words import Counts, Interval, Overlap


class Difference(NamedTuple):
    """The F1 of one tagger minus that of another, its interval, and how likely chance is to turn its sign.

    `p` is twice the share of resamples in which the tagger with the lower F1 has at least that of the other, the given
    sentences counted as one of them: small where hardly any draw orders the two otherwise, 1 where both are equal.
    """

    f1: float
    interval: Interval
    p: float


def f1_difference(
    first: Sequence[Counts],
    second: Sequence[Counts],
    *,
    joint: bool,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Of `first` minus `second`, of words, or of words with tags (`joint`).

    Both have a `Counts` for each of the same sentences, and each resample draws the same sentences for both. An F1
    without any words is 0. ValueError when the numbers of sentences differ.
    """
    pairs = zip(first, second, strict=True)
    rows = np.array([[*_ratio(ours, joint), *_ratio(theirs, joint)] for ours, theirs in pairs], dtype=np.float64)
    rows = rows.reshape(len(first), 4)
    sums = np.concatenate([rows.sum(0, keepdims=True), resampled_sums(rows, n_resamples=n_resamples, seed=seed)])
    f1 = sums[:, ::2] / np.maximum(sums[:, 1::2], 1)
    whole, resampled = f1[0, 0] - f1[0, 1], f1[1:, 0] - f1[1:, 1]
    levels = (1 - confidence) / 2, (1 + confidence) / 2
    interval = Interval(*np.quantile(resampled, levels).tolist())
    n_turned = int(min((resampled <= 0).sum(), (resampled >= 0).sum()))
    return Difference(float(whole), interval, min(1.0, 2 * (n_turned + 1) / (n_resamples + 1)))


def _ratio(counts: Counts, joint: bool) -> tuple[int, int]:
    """The numerator and the denominator of F1."""
    overlap: Overlap = counts.joint if joint else counts.words
    return 2 * overlap.correct, overlap.gold + overlap.predicted

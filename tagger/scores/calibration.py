"""Whether probabilities mean what they say: pure functions of probabilities and of what came true."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Truths = NDArray[np.bool_]


def expected_calibration_error(probability: Probabilities, true: Truths, n_bins: int = 15) -> float:
    """The mean distance between probabilities and the share that came true, over bins of equal width weighted by their
    size (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). 0 without probabilities."""
    bins = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    off = np.bincount(bins, probability, n_bins) - np.bincount(bins, true, n_bins)
    return float(np.abs(off).sum() / max(1, len(true)))


def log_loss(probability: Probabilities, true: Truths, least: float = 1e-6) -> float:
    """The mean negative logarithm of the probability of what came about; probabilities are at least `least`."""
    outcome = np.where(true, probability, 1 - probability).clip(least, 1)
    return float(-np.log(outcome).mean()) if len(outcome) else 0.0


def lowest(function: Callable[[float], float], low: float, high: float, tolerance: float = 0.01) -> float:
    """The argument between `low` and `high` at which a function with one minimum is lowest, to a tolerance: golden
    section search (Kiefer 1953)."""
    ratio = (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > tolerance:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return (low + high) / 2

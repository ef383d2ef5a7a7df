"""Do probabilities mean what they say? Pure functions of probabilities and of what came true."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Truths = NDArray[np.bool_]


def expected_calibration_error(probability: Probabilities, true: Truths, n_bins: int = 15) -> float:
    """How far probabilities are, on average, from the share that came true: over bins of equal width, by their
    number (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). 0 for none at all."""
    bins = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    off = np.bincount(bins, probability, n_bins) - np.bincount(bins, true, n_bins)
    return float(np.abs(off).sum() / max(1, len(true)))


def log_loss(probability: Probabilities, true: Truths, least: float = 1e-6) -> float:
    """The mean negative logarithm of the probability of what came about, none taken as below `least`."""
    sure = np.where(true, probability, 1 - probability).clip(least, 1)
    return float(-np.log(sure).mean()) if len(sure) else 0.0


def lowest(function: Callable[[float], float], low: float, high: float, tolerance: float = 0.01) -> float:
    """Where a function of one valley is lowest between two places, to a tolerance: golden section (Kiefer 1953)."""
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

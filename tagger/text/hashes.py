"""Hashes of many short strings at once, from their code points."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .characters import code_points


@lru_cache(maxsize=8)
def _factors(n: int) -> NDArray[np.uint64]:
    """A factor for each place in a string, `[n]`: the numbers of SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def hash_text(text: str) -> int:
    """64 bits that stand for a string: the sum of its code points (plus 1), each times the factor of its place."""
    codes = code_points(text).astype(np.uint64) + np.uint64(1)
    return int((codes * _factors(len(codes))).sum(dtype=np.uint64))


def hash_spans(codes: NDArray[np.int32], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """`hash_text` of parts of a text, `[n]`: half-open, none of them empty."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    offsets = np.arange(lengths.sum()) - np.repeat(before, lengths)
    chars = codes[np.repeat(starts, lengths) + offsets].astype(np.uint64) + np.uint64(1)
    size = 1 << int(lengths.max()).bit_length()  # few sizes, so that the factors are there already
    hashes: NDArray[np.uint64] = np.add.reduceat(chars * _factors(size)[offsets], before)
    return hashes

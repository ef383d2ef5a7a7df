"""Rows of different lengths as one batch."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pad(rows: Sequence[NDArray[Any]], fill: int = 0, *, length: int = 0) -> NDArray[Any]:
    """Rows `[time, …]` as a batch `[n_rows, longest time, …]` of their type, filled up with `fill`, and with a time of
    at least `length`. ValueError without rows.
    """
    if not rows:
        raise ValueError("expected one row or more to pad, got none")
    time, *others = np.array([row.shape for row in rows]).max(0).tolist()
    batch = np.full((len(rows), max(time, length), *others), fill, rows[0].dtype)
    for padded, row in zip(batch, rows, strict=True):
        padded[tuple(map(slice, row.shape))] = row
    return batch


def batches(lengths: NDArray[Any], budget: int) -> Iterator[tuple[int, int]]:
    """Cuts rows, the longest first and none empty, into batches `first` to `last` (half-open): each of at most `budget`
    padded places, or of one row."""
    first = 0
    while first < len(lengths):
        last = min(len(lengths), first + max(1, budget // int(lengths[first])))
        yield first, last
        first = last

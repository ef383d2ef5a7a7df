"""Batches of scores put together for work step by step."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .transitions import Scores


def stack_steps(parts: Sequence[Scores], columns: Any = slice(None), dtype: Any = np.float32) -> NDArray[Any]:
    """Some columns of scores in parts, `[rows, time, n_scores]` each, as `[time, columns, rows]`.

    The rows of the parts follow one another. No part is longer in time than the first; where a part ends earlier its
    rows are filled with 0.
    """
    _, time, n_scores = parts[0].shape
    n_columns = len(np.arange(n_scores)[columns])
    steps = np.zeros((time, n_columns, sum(len(part) for part in parts)), dtype)
    first = 0
    for part in parts:
        steps[: part.shape[1], :, first : first + len(part)] = part.transpose(1, 2, 0)[:, columns]
        first += len(part)
    return steps


def active_rows(lengths: NDArray[Any], time: int) -> list[int]:
    """How many rows, the longest first, have a step 0, 1, …, `time`; of the last one none has any."""
    return [*np.searchsorted(-lengths, -np.arange(time), side="left").tolist(), 0]

"""Scores under which words must go on, or end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    pass
from .transitions import FORBIDDEN, Scores


def join(scores: Scores, joined: NDArray[np.bool_], n_pos: int) -> None:
    """Forbid, in place, that a word begins at the characters `joined [batch, time]`, or ends before them.

    `scores [batch, time, n_scores]` begin with the blocks of a scheme of `n_pos`. The first character of
    a row cannot go on.
    """
    _forbid(scores, joined, n_pos, here=(0, 1, 4), before=(3, 4))


def cut(scores: Scores, begins: NDArray[np.bool_], n_pos: int) -> None:
    """The opposite of `join`: no word goes on at the characters `begins [batch, time]`, none the first of a row."""
    _forbid(scores, begins, n_pos, here=(2, 3), before=(1, 2))


def _forbid(scores: Scores, at: NDArray[np.bool_], n_pos: int, *, here: Sequence[int], before: Sequence[int]) -> None:
    """Forbid blocks of tags at characters, and others at the characters before them."""
    row, time = np.nonzero(at)
    for place, block in (*((time, block) for block in here), *((time - 1, block) for block in before)):
        columns = slice(max(0, 1 + (block - 1) * n_pos), 1 + block * n_pos)
        scores[row, place, columns] = FORBIDDEN

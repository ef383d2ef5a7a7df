"""Scores under which a word must go on, or must end, at given characters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, MIDDLE, OUTSIDE, SINGLE, Blocks, Scheme
from ..text.symbol_words import NO_SYMBOL, symbol_tags
from .transitions import FORBIDDEN, Scores


def join(scores: Scores, joined: NDArray[np.bool_], blocks: Blocks, *, outside: bool = False) -> None:
    """Forbid, in place, every word boundary before the characters `joined [batch, time]`.

    `scores [batch, time, n_scores]` begin with the columns of `blocks`. The first character of a row cannot be joined.
    With `outside` both characters may lie outside of all words.
    """
    here = (BEGIN, SINGLE) if outside else (OUTSIDE, BEGIN, SINGLE)
    _forbid(scores, joined, blocks, here=here, before=(END, SINGLE))


def cut(scores: Scores, begins: NDArray[np.bool_], blocks: Blocks) -> None:
    """The opposite of `join`: forbid words across the boundaries before the characters `begins [batch, time]`."""
    _forbid(scores, begins, blocks, here=(MIDDLE, END), before=(BEGIN, MIDDLE))


def allow_spaces(scores: Scores, spaces: NDArray[np.bool_], blocks: Blocks) -> None:
    """Let the whitespace `spaces [batch, time]` lie within words, in place: a model may have forbidden that."""
    row, time = np.nonzero(spaces)
    scores[row, time, blocks.middle] = 0


def cover(scores: Scores, covered: NDArray[np.bool_], blocks: Blocks) -> None:
    """Forbid, in place, that the characters `covered [batch, time]` lie outside of all words."""
    row, time = np.nonzero(covered)
    scores[row, time, blocks.outside.start] = FORBIDDEN


def keep_pos(scores: Scores, pos: NDArray[np.int16], first: int, scheme: Scheme) -> None:
    """Forbid, in place, all other POS at characters whose POS is known: `pos [batch, time]`, -1 where it is not, and
    `NO_SYMBOL` where it is none of symbols (for entities: where any type may be). From column `first` on, scores have
    one or more groups of a column per POS.
    """
    row, time = np.nonzero(pos != -1)
    if not len(row):
        return
    known, firsts = pos[row, time], np.arange(first, scores.shape[2], scheme.n_pos)[:, None]  # shape: [groups, 1]
    if known.min() == NO_SYMBOL:  # the least of all values
        is_open = known == NO_SYMBOL
        for number in symbol_tags(scheme).values():
            scores[row[is_open], time[is_open], firsts + number] = FORBIDDEN
        row, time, known = row[~is_open], time[~is_open], known[~is_open]
    columns = known + firsts  # shape: [groups, n]
    kept = scores[row, time, columns]
    scores[row, time, first:] = FORBIDDEN
    scores[row, time, columns] = kept


def _forbid(
    scores: Scores, mask: NDArray[np.bool_], blocks: Blocks, *, here: Sequence[int], before: Sequence[int]
) -> None:
    """Forbid some letters at characters, and others at the characters before them."""
    if not mask.any():
        return
    row, time = np.nonzero(mask)
    for letter in here:
        scores[row, time, blocks[letter]] = FORBIDDEN
    for letter in before:
        scores[row, time - 1, blocks[letter]] = FORBIDDEN

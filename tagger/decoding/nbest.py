"""The n best legal sequences of tags, exactly: Viterbi with lists (Seshadri and Sundberg 1994), one row at a time.

Each tag keeps its n best paths instead of one. Each path has an identity, a number: of paths with the same identity
only the best is kept, so that the n best differ in their words (or, if asked for, in their tags). This is exact,
because what follows a tag depends on that tag alone: a path with n better ones of other identities is never needed.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, OUTSIDE, SINGLE, Blocks
from .transitions import (
    BEGIN_END,
    BEGIN_MIDDLE,
    FORBIDDEN,
    MIDDLE_END,
    MIDDLE_MIDDLE,
    UNREACHABLE,
    Places,
    Scores,
    Table,
    Tags,
    Transitions,
)


class Readings(NamedTuple):
    """The best readings of a row, the best first: what the decoder adds up for each `[k]`, the logarithms of the
    probabilities of its tags and of its words with any tags `[k]`, and the tags `[k, time]`."""

    scores: Table
    log_tags: Table
    log_words: Table
    tags: Tags


def n_best(scores: Scores, transitions: Transitions, n: int, *, by_tags: bool = False) -> tuple[Table, Tags]:
    """The n highest sums of scores `[k]`, the best first, and their tags `[k, time]`, for scores `[time, n_tags]` of a
    row that is not empty.

    Of the sequences with the same words only the best one, unless `by_tags`. Fewer than n if there are no more
    that keep to what is forbidden.
    """
    time, n_tags = scores.shape
    blocks, tag = Blocks(transitions.n_pos), np.arange(n_tags)
    boundary, inside, start, end = (table.astype(np.float64) for table in vars(transitions).values())
    open_ = np.stack([tag[blocks.begin], tag[blocks.middle]], 1)  # shape: [n_pos, 2]
    # Steps to the tags of a group: these tags, the tags they come from, and the transitions, [n_to, n_from].
    steps: list[tuple[Places, Places, Table]] = [
        (blocks.starting, np.broadcast_to(blocks.closing, boundary.T.shape), boundary.T),
        (tag[blocks.middle], open_, inside[[BEGIN_MIDDLE, MIDDLE_MIDDLE]].T),
        (tag[blocks.end], open_, inside[[BEGIN_END, MIDDLE_END]].T),
    ]
    event = _events(blocks, by_tags=by_tags)
    value, identity = np.full((n_tags, n), UNREACHABLE), np.zeros((n_tags, n), np.int64)
    value[blocks.starting, 0] = start + scores[0, blocks.starting]
    identity[:] = event[:, None]
    origins = np.zeros((time, n_tags, n), np.int64)
    for t in range(1, time):
        before, known = value, identity
        value, identity = np.full((n_tags, n), UNREACHABLE), np.zeros((n_tags, n), np.int64)
        for to, from_, table in steps:
            sums = (before[from_] + table[:, :, None]).reshape(len(to), -1)  # shape: [n_to, n_from * n]
            names = known[from_].reshape(len(to), -1)
            taken = _top(sums, names, n)
            value[to, : taken.shape[1]] = _pick(sums, taken) + scores[t, to, None]
            identity[to, : taken.shape[1]] = _pick(names, taken)
            origins[t, to, : taken.shape[1]] = _pick(from_, taken // n) * n + taken % n
        value[value < UNREACHABLE / 2] = UNREACHABLE
        identity = np.unique(identity * n_tags + event[:, None], return_inverse=True)[1].reshape(n_tags, n)
    sums = (value[blocks.closing] + end[:, None]).reshape(1, -1)
    taken = _top(sums, identity[blocks.closing].reshape(1, -1), n)[0]
    best = sums[0, taken]
    taken = taken[best > best[0] + FORBIDDEN / 2]
    return sums[0, taken], _trace_back(origins, blocks.closing[taken // n] * n + taken % n)


def _events(blocks: Blocks, *, by_tags: bool) -> Places:
    """What tells two paths apart at each tag, `[n_tags]`: the tag itself, or whether a word begins or there is none."""
    tag = np.arange(blocks.n_tags)
    if by_tags:
        return tag
    letters = blocks.letters(tag)
    return np.where(letters == OUTSIDE, 2, ((letters == BEGIN) | (letters == SINGLE)).astype(int))


def _trace_back(origins: Places, places: Places) -> Tags:
    """The tags `[k, time]` of the paths that end at `places [k]`; a place is a tag times n, plus a rank."""
    time, _, n = origins.shape
    tags = np.empty((len(places), time), np.int16)
    for t in range(time - 1, -1, -1):
        tags[:, t] = places // n
        places = origins[t].ravel()[places]
    return tags


def _top(sums: NDArray[np.float64], names: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The places of the n highest sums of each row `[rows, paths]`, the highest first, and of those with one name the
    first alone. Where there are fewer, others follow, whose sums are made unreachable in place."""
    order = np.argsort(-sums, axis=1, kind="stable")
    by_rank = _pick(names, order)
    by_name = np.argsort(by_rank, axis=1, kind="stable")
    sorted_names = _pick(by_rank, by_name)
    again = np.zeros(sums.shape, bool)
    again[:, 1:] = sorted_names[:, 1:] == sorted_names[:, :-1]
    repeated = np.empty_like(again)
    repeated[np.arange(len(order))[:, None], _pick(order, by_name)] = again
    sums[repeated] = UNREACHABLE
    order = _pick(order, np.argsort(_pick(repeated, order), axis=1, kind="stable"))
    return order[:, :n]


def _pick(table: NDArray[Any], places: Places) -> NDArray[Any]:
    """Of each row of a table those at its places `[rows, k]`; `np.take_along_axis` takes three times as long for it."""
    return table[np.arange(len(places))[:, None], places]

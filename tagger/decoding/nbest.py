"""The n best legal sequences of tags, exactly: Viterbi with lists (Seshadri and Sundberg 1994), one row at a time.

Each tag keeps its n best ways to get there instead of one. What ways have to differ in is their identity, a number
per way: sequences that differ in their words alone are kept once, as their best tagging. That stays exact, because
what follows a tag depends on that tag alone: a way that n better ones of other words precede is never needed.
"""

import numpy as np
from numpy.typing import NDArray

from .transitions import FORBIDDEN, Scores, Tags, Transitions

_NONE = -1e30


def n_best(
    scores: Scores, transitions: Transitions, n: int, *, by_tags: bool = False
) -> tuple[NDArray[np.float64], Tags]:
    """The n highest sums of scores `[k]`, the best first, and their tags `[k, time]`, for scores `[time, n_tags]` of a
    row that is not empty.

    Of the sequences with the same words only the best one, unless `by_tags`. Fewer than n if there are no more
    that keep to what is forbidden.
    """
    time, n_tags = scores.shape
    p = (n_tags - 1) // 4
    tag = np.arange(n_tags)
    # In the order of the transition tables: O, E…, S… end words, O, B…, S… begin them.
    closed, starting = np.r_[0, 1 + 2 * p : 1 + 4 * p], np.r_[0, 1 : 1 + p, 1 + 3 * p : 1 + 4 * p]
    open_ = np.stack([tag[1 : 1 + p], tag[1 + p : 1 + 2 * p]], 1)  # [p, 2]: B, M
    boundary, inside, start, end = (table.astype(np.float64) for table in vars(transitions).values())
    # What makes two ways different, at each tag: that tag, or whether a word begins there, or none is.
    event = tag if by_tags else np.where(tag == 0, 2, ((tag <= p) | (tag > 3 * p)).astype(int))
    value, identity = np.full((n_tags, n), _NONE), np.zeros((n_tags, n), np.int64)
    value[starting, 0] = start + scores[0, starting]
    identity[:] = event[:, None]
    origins = np.zeros((time, n_tags, n), np.int64)
    for t in range(1, time):
        before, known = value, identity
        value, identity = np.full((n_tags, n), _NONE), np.zeros((n_tags, n), np.int64)
        ways = [(starting, np.broadcast_to(closed, (len(starting), len(closed))), boundary.T)]
        ways += [(tag[a : a + p], open_, inside[rows].T) for a, rows in ((1 + p, [0, 2]), (1 + 2 * p, [1, 3]))]
        for to, from_, step in ways:
            sums = (before[from_] + step[:, :, None]).reshape(len(to), -1)
            names = known[from_].reshape(len(to), -1)
            taken = _top(sums, names, n)
            value[to, : taken.shape[1]] = np.take_along_axis(sums, taken, 1) + scores[t, to, None]
            identity[to, : taken.shape[1]] = np.take_along_axis(names, taken, 1)
            origin = np.take_along_axis(from_, taken // n, 1) * n + taken % n
            origins[t, to, : taken.shape[1]] = origin
        value[value < _NONE / 2] = _NONE
        identity = np.unique(identity * n_tags + event[:, None], return_inverse=True)[1].reshape(n_tags, n)
    sums = (value[closed] + end[:, None]).reshape(1, -1)
    taken = _top(sums, identity[closed].reshape(1, -1), n)[0]
    best = sums[0, taken]
    taken = taken[best > best[0] + FORBIDDEN / 2]
    places = closed[taken // n] * n + taken % n
    tags = np.empty((len(taken), time), np.int16)
    for t in range(time - 1, -1, -1):
        tags[:, t] = places // n
        places = origins[t].ravel()[places]
    return sums[0, taken], tags


def _top(sums: NDArray[np.float64], names: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The places of the n highest sums of each row `[rows, ways]`, the highest first; of those of one name only the
    first. Where there are fewer, others follow, whose sums are set to none."""
    order = np.argsort(-sums, axis=1, kind="stable")
    by_rank = np.take_along_axis(names, order, 1)
    by_name = np.argsort(by_rank, axis=1, kind="stable")
    sorted_names = np.take_along_axis(by_rank, by_name, 1)
    again = np.zeros(sums.shape, bool)
    again[:, 1:] = sorted_names[:, 1:] == sorted_names[:, :-1]
    repeated = np.empty_like(again)
    np.put_along_axis(repeated, np.take_along_axis(order, by_name, 1), again, 1)
    sums[repeated] = _NONE
    order = np.take_along_axis(order, np.argsort(np.take_along_axis(repeated, order, 1), axis=1, kind="stable"), 1)
    return order[:, :n]

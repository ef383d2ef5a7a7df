"""The best legal tags of a batch of scored characters: numpy, all sentences at once, step by step.

A tag is either *open* (`B-p`, `M-p`: its word goes on) or *closed* (`O`, `E-p`, `S-p`). After a closed
tag comes any of `O`, `B-q`, `S-q`; after an open one only `M-p` or `E-p`. So a step costs a
`(2 n_pos + 1)²` table for word boundaries and four additions per POS inside words, and no illegal
path is ever looked at. The tag blocks of `scheme` make every group a slice."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .weighted_words import WeightedWords
from .transitions import Scores, Tags, Transitions


def viterbi(scores: Scores, lengths: NDArray[Any], transitions: Transitions) -> Tags:
    """The highest scoring legal tags `[batch, time]` for scores `[batch, time, n_tags]` (Viterbi 1967).

    Positions past a sentence's length get 0. On ties the lower tag id wins, boundary before inside.
    Only best scores are kept on the way forward; the way back finds again, for the one tag taken, where
    its score came from. Rows are innermost, so that a step costs a few calls however many sentences.
    """
    return _viterbi(_steps([scores]), lengths, transitions)


def _steps(parts: Sequence[Scores], columns: Any = slice(None), dtype: Any = np.float32) -> NDArray[Any]:
    """Some columns of scores `[rows, time, n_scores]` as `[time, columns, rows]`: the rows of the parts one after
    the other, none longer in time than the first part's; 0 where a part ends before it."""
    _, time, n_scores = parts[0].shape
    n_columns = len(np.arange(n_scores)[columns])
    steps = np.zeros((time, n_columns, sum(len(part) for part in parts)), dtype)
    first = 0
    for part in parts:
        steps[: part.shape[1], :, first : first + len(part)] = part.transpose(1, 2, 0)[:, columns]
        first += len(part)
    return steps


def _viterbi(
    steps: Scores, lengths: NDArray[Any], transitions: Transitions, words: "WeightedWords | None" = None
) -> Tags:
    """`viterbi` for scores `[time, n_tags, batch]`, with words that have a weight of their own."""
    time, n_tags, batch = steps.shape
    n = (n_tags - 1) // 4
    tags = np.zeros((batch, time), np.int16)
    if not batch or not time:
        return tags
    # Numbers of the tags in the order of the transition tables.
    closed_ids = np.r_[0, 1 + 2 * n : 1 + 4 * n].astype(np.int16)
    boundary, inside = transitions.boundary[:, :, None], transitions.inside[:, :, None]
    free = not transitions.boundary.any()
    closed = np.empty((time, 2 * n + 1, batch), np.float32)  # O, E…, S…
    open_ = np.empty((time, 2, n, batch), np.float32)  # B…, M…
    starts, path = np.empty((2, 2 * n + 1, batch), np.float32)  # O, B…, S…
    arcs = words.arcs(steps, transitions.inside) if words else None
    for t, step in enumerate(steps):
        if t == 0:
            starts[:] = transitions.start[:, None]
            open_[0, 1] = closed[0, 1 : 1 + n] = -1e30
        else:
            before, (begun, middle) = closed[t - 1], open_[t - 1]
            if arcs and t - 1 in arcs.blocked:
                begun = begun.copy()
                begun[:, arcs.blocked[t - 1]] = -1e30
            if free:
                starts[:] = before.max(0)
            else:
                np.add(before[0], boundary[0], out=starts)
                for i in range(1, 2 * n + 1):
                    np.maximum(starts, np.add(before[i], boundary[i], out=path), out=starts)
            np.maximum(begun + inside[0], middle + inside[2], out=open_[t, 1])
            np.maximum(begun + inside[1], middle + inside[3], out=closed[t, 1 : 1 + n])
            open_[t, 1] += step[1 + n : 1 + 2 * n]
            closed[t, 1 : 1 + n] += step[1 + 2 * n : 1 + 3 * n]
            if arcs:
                arcs.enter(t, open_[:, 0], open_[t, 1], closed[t, 1 : 1 + n])
        np.add(starts[0], step[0], out=closed[t, 0])
        np.add(starts[1 : 1 + n], step[1 : 1 + n], out=open_[t, 0])
        np.add(starts[1 + n :], step[1 + 3 * n :], out=closed[t, 1 + n :])
    rows = np.arange(batch)
    current = np.zeros(batch, np.int64)
    from_boundary, from_inside = transitions.boundary.T, transitions.inside
    for t in range(time - 1, -1, -1):
        ending = np.flatnonzero(lengths == t + 1)
        if len(ending):
            current[ending] = closed_ids[(closed[t][:, ending] + transitions.end[:, None]).argmax(0)]
        tags[:, t] = current
        if t:
            letter, pos = np.divmod(current - 1, n)
            # To B or S, or to O, from the best closed tag; to M or E from the better of B and M.
            column = np.where(letter < 0, 0, 1 + pos + n * (letter == 3))
            closed_before = closed[t - 1] if free else closed[t - 1] + from_boundary[column].T
            begun, middle = open_[t - 1, :, pos, rows].T
            if arcs and t - 1 in arcs.blocked:
                begun[arcs.blocked[t - 1]] = -1e30
            to_end = (letter == 2).astype(np.int64)
            inner = middle + from_inside[2 + to_end, pos] > begun + from_inside[to_end, pos]
            joined = (letter == 1) | (letter == 2)
            earlier = np.where(joined, 1 + pos + n * inner, closed_ids[closed_before.argmax(0)])
            if arcs:
                arcs.leave(t, letter, pos, earlier, n)
            current = earlier
            current[lengths <= t] = 0
    return tags


# The five tags in the order B, O, S, E, M: those that may follow a word's end lie together, and so do those
# that end a word or are none.
_TAGS = np.array([1, 0, 4, 3, 2], np.int16)
_B, _O, _S, _E, _M = range(5)


def segment(scores: Scores, lengths: NDArray[Any], transitions: Transitions) -> Tags:
    """`viterbi` for segmentation alone, scores `[batch, time, 5]`: the same tags, several times faster.

    With five tags it is cheaper to note where each came from than to find it again.
    """
    order = np.argsort(-lengths, kind="stable")
    tags = np.zeros(scores.shape[:2], np.int16)
    tags[order] = _segment(_steps([scores[order]], _TAGS), lengths[order], transitions)
    return tags


def _segment(steps: Scores, lengths: NDArray[Any], transitions: Transitions) -> Tags:
    """`segment` for scores `[time, 5, batch]`, the tags in the order `_TAGS`, the longest sentences first."""
    time, _, batch = steps.shape
    if not batch or not time:
        return np.zeros((batch, time), np.int16)
    # The sentences under way are the first `active`.
    actives = [*np.searchsorted(-lengths, -np.arange(time), side="left").tolist(), 0]
    to_start = transitions.boundary[[0, 2, 1]][:, [1, 0, 2], None]  # from O, S, E to B, O, S
    from_begin, from_middle = transitions.inside[1::-1], transitions.inside[:1:-1]  # to E, M
    later, latest = np.zeros((time, 5, batch), bool), np.zeros((time, 3, batch), bool)
    last = np.empty((5, batch), np.float32)  # scores at each sentence's end
    best = np.full((5, batch), -1e30, np.float32)
    best[:_E] = transitions.start[[1, 0, 2], None]
    for t, step in enumerate(steps):
        active = actives[t]
        if t:
            before = best[:, :active]
            nothing, single, end = before[_O : _E + 1, None] + to_start
            begun, middle = before[_B] + from_begin, before[_M] + from_middle
            best = np.empty((5, active), np.float32)
            np.greater(end, nothing, out=later[t, :_E, :active])
            np.maximum(end, nothing, out=end)
            np.greater(single, end, out=latest[t, :, :active])
            np.maximum(single, end, out=best[:_E])
            np.greater(middle, begun, out=later[t, _E:, :active])
            np.maximum(middle, begun, out=best[_E:])
        best += step[:, :active]
        if (following := actives[t + 1]) < active:
            last[:, following:active] = best[:, following:active]
    # For B, O and S: S if it was latest, else E if it was later, else O. For E and M: M if later, else B.
    later[:, :_E] &= ~latest
    origins = later.view(np.uint8) << 1
    origins[:, :_E] += latest.view(np.uint8) + np.uint8(_O)
    origins[:, _E:] <<= 1
    places = np.array([_O, _E, _S])[(last[[_O, _E, _S]] + transitions.end[:, None]).argmax(0)]
    found = np.full((time, batch), _O)
    rows = np.arange(batch)
    for t in range(time - 1, -1, -1):
        active = actives[t]
        found[t, :active] = places[:active]
        if t:
            places[:active] = origins[t].ravel().take(places[:active] * batch + rows[:active])
    return np.ascontiguousarray(_TAGS[found].T)

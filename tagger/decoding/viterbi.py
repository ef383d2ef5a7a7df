"""The best legal tags of a batch of scored characters: numpy, all sentences at once, step by step.

A tag is *open* (`B-p`, `M-p`: its word continues) or *closing* (`O`, `E-p`, `S-p`). After a closing tag comes any of
`O`, `B-q`, `S-q`; after an open one only `M-p` or `E-p`. So a step costs a `(2 n_pos + 1)²` table for word boundaries
and four additions per POS inside words, and no illegal path is ever looked at.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, MIDDLE, OUTSIDE, SINGLE, Blocks
from .steps import stack_steps
from .transitions import (
    BEGIN_END,
    BEGIN_MIDDLE,
    MIDDLE_END,
    MIDDLE_MIDDLE,
    UNREACHABLE,
    Groups,
    Places,
    Scores,
    Tags,
    Transitions,
)
from .weighted_words import Arcs, WeightedWords


def viterbi(scores: Scores, lengths: NDArray[Any], transitions: Transitions) -> Tags:
    """The highest scoring legal tags `[batch, time]` for scores `[batch, time, n_tags]` (Viterbi 1967).

    Positions past a sentence's length get 0. On ties the lower tag id wins, boundary before inside.
    Only best scores are kept on the way forward; the way back finds again, for the one tag taken, where
    its score came from. Rows are innermost, so that a step costs a few calls however many sentences.
    """
    return best_tags(stack_steps([scores]), lengths, transitions)


def best_tags(
    steps: Scores, lengths: NDArray[Any], transitions: Transitions, words: WeightedWords | None = None
) -> Tags:
    """`viterbi` for scores `[time, n_tags, batch]`, with words that have a weight of their own."""
    time, _, batch = steps.shape
    if not batch or not time:
        return np.zeros((batch, time), np.int16)
    arcs = words.arcs(steps, transitions.inside) if words else None
    closing, open_ = _best_scores(steps, transitions, arcs)
    return _trace_back(closing, open_, lengths, transitions, arcs)


def _best_scores(steps: Scores, transitions: Transitions, arcs: Arcs | None) -> tuple[Scores, Scores]:
    """The best score of a path to every tag: `closing [time, 2 n_pos + 1, batch]` (O, E…, S…) and
    `open_ [time, 2, n_pos, batch]` (B…, M…)."""
    time, _, batch = steps.shape
    n = transitions.n_pos
    blocks, (outside, word, single) = Blocks(n), Groups.of(n)
    boundary, inside = transitions.boundary[:, :, None], transitions.inside[:, :, None]
    free = not transitions.boundary.any()
    closing = np.empty((time, 2 * n + 1, batch), np.float32)
    open_ = np.empty((time, 2, n, batch), np.float32)
    starts, path = np.empty((2, 2 * n + 1, batch), np.float32)  # O, B…, S…
    for t, step in enumerate(steps):
        if t == 0:
            starts[:] = transitions.start[:, None]
            open_[0, 1] = closing[0, word] = UNREACHABLE
        else:
            before, (begun, middle) = closing[t - 1], open_[t - 1]
            if arcs and t - 1 in arcs.blocked:
                begun = begun.copy()
                begun[:, arcs.blocked[t - 1]] = UNREACHABLE
            if free:
                starts[:] = before.max(0)
            else:
                np.add(before[0], boundary[0], out=starts)
                for i in range(1, 2 * n + 1):
                    np.maximum(starts, np.add(before[i], boundary[i], out=path), out=starts)
            np.maximum(begun + inside[BEGIN_MIDDLE], middle + inside[MIDDLE_MIDDLE], out=open_[t, 1])
            np.maximum(begun + inside[BEGIN_END], middle + inside[MIDDLE_END], out=closing[t, word])
            open_[t, 1] += step[blocks.middle]
            closing[t, word] += step[blocks.end]
            if arcs:
                arcs.enter(t, open_[:, 0], open_[t, 1], closing[t, word])
        np.add(starts[outside], step[OUTSIDE], out=closing[t, outside])
        np.add(starts[word], step[blocks.begin], out=open_[t, 0])
        np.add(starts[single], step[blocks.single], out=closing[t, single])
    return closing, open_


def _trace_back(
    closing: Scores, open_: Scores, lengths: NDArray[Any], transitions: Transitions, arcs: Arcs | None
) -> Tags:
    """The tags `[batch, time]` of the paths with the best scores, from their ends to their beginnings."""
    time, _, batch = closing.shape
    tags = np.zeros((batch, time), np.int16)
    blocks = Blocks(transitions.n_pos)
    closing_ids = blocks.closing.astype(np.int16)
    free = not transitions.boundary.any()
    to_starting = transitions.boundary.T
    rows, current = np.arange(batch), np.zeros(batch, np.int64)
    for t in range(time - 1, -1, -1):
        ending = np.flatnonzero(lengths == t + 1)
        if len(ending):
            current[ending] = closing_ids[(closing[t][:, ending] + transitions.end[:, None]).argmax(0)]
        tags[:, t] = current
        if not t:
            break
        letter, pos = np.divmod(current - 1, blocks.n_pos)
        letter += BEGIN
        # To B or S, or to O, from the best closing tag; to M or E from the better of B and M.
        column = np.where(letter == OUTSIDE, 0, 1 + pos + blocks.n_pos * (letter == SINGLE))
        closing_before = closing[t - 1] if free else closing[t - 1] + to_starting[column].T
        begun, middle = open_[t - 1, :, pos, rows].T
        if arcs and t - 1 in arcs.blocked:
            begun[arcs.blocked[t - 1]] = UNREACHABLE
        from_middle = _came_from_middle(begun, middle, letter, pos, transitions.inside)
        continues = (letter == MIDDLE) | (letter == END)
        open_before = np.where(from_middle, blocks.middle.start, blocks.begin.start) + pos
        before = np.where(continues, open_before, closing_ids[closing_before.argmax(0)])
        if arcs:
            arcs.leave(t, letter, pos, before)
        current = before
        current[lengths <= t] = 0
    return tags


def _came_from_middle(begun: Scores, middle: Scores, letter: Places, pos: Places, inside: Scores) -> NDArray[np.bool_]:
    """Whether `M` is the better way than `B` to the tag of each row; of no meaning for rows not at `M` or `E`."""
    to_end = (letter == END).astype(np.int64)  # the row of `inside` for E follows that for M
    after_middle, after_begin = inside[MIDDLE_MIDDLE + to_end, pos], inside[BEGIN_MIDDLE + to_end, pos]
    better: NDArray[np.bool_] = middle + after_middle > begun + after_begin
    return better

"""Words with a weight of their own on the Viterbi lattice: a bonus for exactly that word, or a bar against it.

Scores of characters cannot tell a word from its parts: what the `B` of a word gains, every longer and shorter
word from there gains too. So a weighted word is an arc from its first character to its last one, which carries
the scores of its tags and its weight, and competes with the best path to its end (the step of a semi-Markov
model, Sarawagi and Cohen 2004). A barred word must not come out of single steps either: where one begins, `B`
leaves by arcs alone, one to every end before that of the barred word, and one that continues after it.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, MIDDLE, SINGLE, Blocks
from .transitions import FORBIDDEN, Places, Scores, Tags


@dataclass(frozen=True)
class WeightedWords:
    """Weighted words of a batch: word `k` is columns `firsts[k]` to `lasts[k]` (inclusive) of row `rows[k]`.

    A weight is added to the score of every path with that word, and with that POS unless `pos[k]` is -1. A negative
    weight bars the word: it is so low that no sum of other scores makes up for it. A bonus also lets its word hold
    whitespace.
    """

    rows: Places
    firsts: Places
    lasts: Places
    weights: Scores
    pos: NDArray[np.int16]

    def arcs(self, steps: Scores, inside: Scores) -> "Arcs":
        """For scores `[time, n_tags, batch]` and transitions inside words `[4, n_pos]`. A word of one character
        needs no arc: its weight is added to the scores, in place."""
        time, _, batch = steps.shape
        blocks = Blocks(inside.shape[1])
        with_pos = (self.pos[:, None] < 0) | (self.pos[:, None] == np.arange(blocks.n_pos))
        weights = np.where(with_pos, self.weights[:, None], 0)  # shape: [n_words, n_pos]
        single = self.firsts == self.lasts
        columns = np.arange(blocks.n_tags)[blocks.single]
        np.add.at(steps, (self.firsts[single, None], columns, self.rows[single, None]), weights[single])
        arcs = np.stack([self.lasts, np.zeros_like(self.rows), self.rows, self.firsts])[:, ~single]
        barred = arcs[:, self.weights[~single] < 0]
        beside, blocked = _arcs_beside(barred[2], barred[3], barred[0])
        arcs = np.concatenate([arcs, beside], axis=1)
        arc_weights = np.zeros((arcs.shape[1], blocks.n_pos), np.float32)
        arc_weights[: int((~single).sum())] = weights[~single]
        order = np.argsort(((arcs[0] * 2 + arcs[1]) * batch + arcs[2]) * time + arcs[3])
        (lasts, middle, rows, firsts), arc_weights = arcs[:, order], arc_weights[order]
        spaces = arc_weights.max(1) > 0
        scores = arc_weights + _scores_inside(steps, inside, rows, firsts, lasts, middle > 0, spaces)
        return Arcs(rows, firsts, lasts, middle > 0, scores.astype(np.float32), blocks, blocked)

    @property
    def untagged(self) -> Self:
        """The same words, whatever their POS."""
        return replace(self, pos=np.full_like(self.pos, -1))

    def decoded(self, letters: Tags, first: int) -> NDArray[np.intp]:
        """The numbers of the words with a POS that came out in segmentation tags `letters [n_rows, time]`, which are
        those of the rows from `first` on."""
        words = np.flatnonzero((self.pos >= 0) & (self.rows >= first) & (self.rows < first + len(letters)))
        if not len(words):
            return words
        rows, begin, last = self.rows[words] - first, self.firsts[words], self.lasts[words]
        begins = (letters == BEGIN) | (letters == SINGLE)
        ends = (letters == END) | (letters == SINGLE)
        n_begun = np.cumsum(begins, axis=1)
        came_out: NDArray[np.bool_] = begins[rows, begin] & ends[rows, last]
        came_out &= n_begun[rows, begin] == n_begun[rows, last]
        return words[came_out]


def _arcs_beside(rows: Places, firsts: Places, lasts: Places) -> tuple[Places, dict[int, Places]]:
    """The arcs beside barred words, `[4, n]`: last column, whether that is in the middle of the word, row, first
    column; and by column the rows in which `B` leaves by arcs alone."""
    if not len(rows):
        return np.zeros((4, 0), np.int64), {}
    time = int(lasts.max()) + 1
    starts, longest = np.unique(firsts * (int(rows.max()) + 1) + rows, return_inverse=True)
    ends = np.zeros(len(starts), np.int64)
    np.maximum.at(ends, longest, lasts)
    first_of, row_of = np.divmod(starts, int(rows.max()) + 1)
    sizes = ends - first_of - 1  # shorter words that begin there
    word = np.repeat(np.arange(len(starts)), sizes)
    shorter = np.arange(len(word)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + first_of[word] + 1
    kept = ~np.isin(word * time + shorter, longest * time + lasts)
    word, shorter = word[kept], shorter[kept]
    beyond = np.stack([ends, np.ones_like(ends), row_of, first_of])
    arcs = np.stack([shorter, np.zeros_like(shorter), row_of[word], first_of[word]])
    columns, counts = np.unique(first_of, return_counts=True)
    blocked = np.split(row_of, np.cumsum(counts)[:-1])
    return np.concatenate([beyond, arcs], axis=1), dict(zip(columns.tolist(), blocked, strict=True))


def _scores_inside(
    steps: Scores,
    inside: Scores,
    rows: Places,
    firsts: Places,
    lasts: Places,
    middle: NDArray[np.bool_],
    spaces: NDArray[np.bool_],
) -> Scores:
    """What each arc adds to the score of its `B`, without its weight: `[n_arcs, n_pos]`."""
    blocks = Blocks(inside.shape[1])
    sizes = lasts - firsts
    begin_middle, begin_end, middle_middle, middle_end = inside
    scores: Scores = np.where((middle | (sizes > 1))[:, None], begin_middle, begin_end)
    scores += np.where((sizes > 1)[:, None], np.where(middle[:, None], middle_middle, middle_end), 0)
    scores += np.maximum(sizes - 2, 0).astype(np.float32)[:, None] * middle_middle
    for k in range(1, int(sizes.max(initial=1))):
        longer = np.flatnonzero(sizes > k)
        step = steps[firsts[longer] + k, blocks.middle, rows[longer]]
        scores[longer] += np.where((step <= FORBIDDEN) & spaces[longer, None], 0, step)
    columns = np.where(middle, blocks.middle.start, blocks.end.start)[:, None] + np.arange(blocks.n_pos)
    scores += steps[lasts[:, None], columns, rows[:, None]]
    return scores


@dataclass
class Arcs:
    """The arcs of a batch in the order of their last columns, as `viterbi` takes them into its steps.

    `blocked` are the rows, by column, in which a `B` is left by arcs alone.
    """

    rows: Places
    firsts: Places
    lasts: Places
    middle: NDArray[np.bool_]
    scores: Scores
    blocks: Blocks
    blocked: dict[int, Places]

    def __post_init__(self) -> None:
        # Arcs that end in the same place are taken in turns, so that a turn has every place once.
        n_arcs = len(self.rows)
        ends = self.lasts * 2 + self.middle
        new = np.ones(n_arcs, bool)
        new[1:] = (ends[1:] != ends[:-1]) | (self.rows[1:] != self.rows[:-1])
        turn = np.arange(n_arcs) - np.maximum.accumulate(np.where(new, np.arange(n_arcs), 0))
        keys = ends * (n_arcs + 1) + turn
        order = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(np.diff(keys[order])) + 1
        self._turns: dict[int, list[NDArray[np.intp]]] = {}
        for group in np.split(order, cuts) if n_arcs else ():
            self._turns.setdefault(int(self.lasts[group[0]]), []).append(group)
        self._taken: dict[int, list[tuple[NDArray[np.intp], NDArray[np.bool_]]]] = {}
        self._until: Places = np.zeros(0, np.int64)

    def enter(self, t: int, begun: Scores, middles: Scores, ends: Scores) -> None:
        """Take the arcs that end in column `t` into the scores of `M` and `E` there, `[n_pos, batch]`, in place.
        `begun` are the scores of `B` in every column, `[time, n_pos, batch]`."""
        taken = self._taken[t] = []
        for group in self._turns.get(t, ()):
            rows = self.rows[group]
            scores = begun[self.firsts[group], :, rows] + self.scores[group]
            into = (middles if self.middle[group[0]] else ends).T
            better = scores > into[rows]
            into[rows] = np.where(better, scores, into[rows])
            taken.append((group, better))

    def leave(self, t: int, letter: Places, pos: Places, before: Places) -> None:
        """On the way back from column `t` with tags of these letters and POS `[batch]`: make `before`, the tags of
        column `t - 1`, those of the arc that was taken, in place."""
        if not len(self._until):
            self._until = np.full(len(letter), -1)
        for group, better in reversed(self._taken[t]):
            rows = self.rows[group]
            arrives = letter[rows] == (MIDDLE if self.middle[group[0]] else END)
            took = arrives & (self._until[rows] < 0) & better[np.arange(len(rows)), pos[rows]]
            self._until[rows[took]] = self.firsts[group[took]]
        held = np.flatnonzero(self._until >= 0)
        until = self._until[held]
        block = np.where(until < t - 1, self.blocks.middle.start, self.blocks.begin.start)
        before[held] = block + pos[held]
        self._until[held[until == t - 1]] = -1

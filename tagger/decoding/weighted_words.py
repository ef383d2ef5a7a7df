"""Words with a weight of their own on the Viterbi lattice: a bonus, or a bar, for exactly that word.

Scores of characters cannot tell a word from its parts: what the `B` of a word gains, every longer and shorter
word from there gains too. So a weighted word is an arc from its first character to its last one, which carries
the scores of its tags and its weight, and competes with the best path to its end (the step of a semi-Markov
model, Sarawagi and Cohen 2004). A barred word must not come out of single steps either: where one begins, `B`
leaves by arcs alone, one to every end up to that of the barred word, and one that goes on after it.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .transitions import FORBIDDEN, Scores, Tags

Places = NDArray[np.int64]


@dataclass(frozen=True)
class WeightedWords:
    """Weighted words of a batch: word `k` is columns `firsts[k]` to `lasts[k]` of row `rows[k]`.

    A weight is added to the score of every path with that word, and with that POS unless `pos[k]` is -1. One
    below 0 bars the word: so low that no sum of other scores makes up for it. A bonus also lets its word hold
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
        n = inside.shape[1]
        own = np.where((self.pos[:, None] < 0) | (self.pos[:, None] == np.arange(n)), self.weights[:, None], 0)
        single = self.firsts == self.lasts
        at = self.firsts[single, None], np.arange(1 + 3 * n, 1 + 4 * n), self.rows[single, None]
        np.add.at(steps, at, own[single])
        arcs = np.stack([self.lasts, np.zeros_like(self.rows), self.rows, self.firsts])[:, ~single]
        barred = arcs[:, self.weights[~single] < 0]
        beside, blocked = _beside(barred[2], barred[3], barred[0])
        arcs = np.concatenate([arcs, beside], axis=1)
        weights = np.zeros((arcs.shape[1], n), np.float32)
        weights[: int((~single).sum())] = own[~single]
        time, _, batch = steps.shape
        order = np.argsort(((arcs[0] * 2 + arcs[1]) * batch + arcs[2]) * time + arcs[3])
        lasts, middle, rows, firsts = arcs[:, order]
        scores = weights[order] + _inner(steps, inside, rows, firsts, lasts, middle > 0, weights[order].max(1) > 0)
        return Arcs(rows, firsts, lasts, middle > 0, scores.astype(np.float32), blocked)

    @property
    def untagged(self) -> Self:
        """The same words, whatever their POS."""
        return replace(self, pos=np.full_like(self.pos, -1))

    def add_to_pos(self, scores: Scores, letters: Tags, first: int) -> None:
        """Of the words that came out in the segmentation tags `[rows, time]` of the rows from `first` on: add the
        weights to the scores that their POS have where they begin, in place (of the factored head)."""
        own = np.flatnonzero((self.pos >= 0) & (self.rows >= first) & (self.rows < first + len(letters)))
        if not len(own):
            return
        rows, begin, last, pos = self.rows[own] - first, self.firsts[own], self.lasts[own], self.pos[own]
        begins, ends = (letters == 1) | (letters == 4), (letters == 3) | (letters == 4)
        n_begun = np.cumsum(begins, axis=1)
        came = begins[rows, begin] & ends[rows, last] & (n_begun[rows, begin] == n_begun[rows, last])
        np.add.at(scores, (rows[came], begin[came], 5 + pos[came]), self.weights[own[came]])


def _beside(rows: Places, firsts: Places, lasts: Places) -> tuple[Places, dict[int, Places]]:
    """The arcs beside barred words, `[4, n]`: last column, whether it is in the middle of the word, row, first
    column; and by column the rows in which `B` leaves by arcs alone."""
    barred = set(zip(rows.tolist(), firsts.tolist(), lasts.tolist(), strict=True))
    longest: dict[tuple[int, int], int] = {}
    for row, first, last in barred:
        longest[row, first] = max(last, longest.get((row, first), 0))
    blocked: dict[int, list[int]] = {}
    arcs = []
    for (row, first), end in longest.items():
        blocked.setdefault(first, []).append(row)
        arcs.append((end, 1, row, first))
        arcs += [(last, 0, row, first) for last in range(first + 1, end) if (row, first, last) not in barred]
    return np.array(arcs, np.int64).reshape(-1, 4).T, {t: np.array(each, np.int64) for t, each in blocked.items()}


def _inner(
    steps: Scores,
    inside: Scores,
    rows: Places,
    firsts: Places,
    lasts: Places,
    middle: NDArray[np.bool_],
    spaces: NDArray[np.bool_],
) -> Scores:
    """What each arc adds to the score of its `B`, without its weight: `[n_arcs, n_pos]`."""
    n = inside.shape[1]
    sizes = lasts - firsts
    begin_middle, begin_end, middle_middle, middle_end = inside
    scores: Scores = np.where((middle | (sizes > 1))[:, None], begin_middle, begin_end)
    scores += np.where((sizes > 1)[:, None], np.where(middle[:, None], middle_middle, middle_end), 0)
    scores += np.maximum(sizes - 2, 0).astype(np.float32)[:, None] * middle_middle
    for k in range(1, int(sizes.max(initial=1))):
        own = np.flatnonzero(sizes > k)
        step = steps[firsts[own] + k, 1 + n : 1 + 2 * n, rows[own]]
        scores[own] += np.where((step <= FORBIDDEN) & spaces[own, None], 0, step)
    block = np.where(middle, 1 + n, 1 + 2 * n)[:, None] + np.arange(n)
    scores += steps[lasts[:, None], block, rows[:, None]]
    return scores


@dataclass
class Arcs:
    """The arcs of a batch in the order of their last columns, as `decoding` takes them into its steps.

    `blocked` are the rows, by column, in which a `B` goes on by arcs alone.
    """

    rows: Places
    firsts: Places
    lasts: Places
    middle: NDArray[np.bool_]
    scores: Scores
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

    def leave(self, t: int, letter: Places, pos: Places, before: Places, n: int) -> None:
        """On the way back from column `t` with tags of these letters and POS `[batch]`: make `before`, the tags of
        column `t - 1`, those of the arc that was taken, in place."""
        if not len(self._until):
            self._until = np.full(len(letter), -1)
        for group, better in reversed(self._taken[t]):
            rows = self.rows[group]
            ends_so = letter[rows] == (1 if self.middle[group[0]] else 2)
            took = ends_so & (self._until[rows] < 0) & better[np.arange(len(rows)), pos[rows]]
            self._until[rows[took]] = self.firsts[group[took]]
        held = np.flatnonzero(self._until >= 0)
        until = self._until[held]
        before[held] = 1 + pos[held] + n * (until < t - 1)
        self._until[held[until == t - 1]] = -1

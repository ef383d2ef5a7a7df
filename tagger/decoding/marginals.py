"""How likely tags and words are: marginals of the sequences that a decoder chooses from, by forward-backward.

A legal sequence of tags has the probability `exp(score / temperature)` over the sum of all legal ones: the
distribution of a CRF (Lafferty 2001), whose mode is what `viterbi` finds; for the `softmax` head, which has no
transitions, it is the product of its characters' distributions, given that the tags are legal. Of the `factored` head
this module sees the chain over five tags. Rabiner (1989), section V.A: products of exponentials in float64, each
step divided by its sum, so that a long sentence is as exact as a short one. Scores over the temperature may lie 700
apart, at one character and between a legal sequence and the best one that ends illegally; what is further below counts
as impossible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, MIDDLE, OUTSIDE, SINGLE, Blocks
from .steps import active_rows, stack_steps
from .transitions import (
    BEGIN_END,
    BEGIN_MIDDLE,
    MIDDLE_END,
    MIDDLE_MIDDLE,
    Groups,
    Places,
    Scores,
    Table,
    Transitions,
)
from .words import Candidates, WordCharacters

N_VALUES = 1 << 18  # scores of rows that are worked on together: so many stay near the caches


@dataclass(frozen=True)
class _Order:
    """The tags in the order E, O, S, B, M: so the closing ones (E, O, S) lie together, and the starting ones (O, S, B).
    Then a step is one product of matrices over contiguous rows."""

    n_pos: int

    @cached_property
    def ids(self) -> Places:
        """The ids that the tags have in a scheme, in this order."""
        blocks = Blocks(self.n_pos)
        ids = np.arange(blocks.n_tags)
        return np.concatenate([ids[blocks[letter]] for letter in (END, OUTSIDE, SINGLE, BEGIN, MIDDLE)])

    @cached_property
    def firsts(self) -> Places:
        """Where the tags of each letter (O B M E S) begin in this order, `[5]`."""
        n = self.n_pos
        return np.array([n, 2 * n + 1, 3 * n + 1, 0, n + 1])

    def __getitem__(self, letter: int) -> slice:
        first = int(self.firsts[letter])
        return slice(first, first + (1 if letter == OUTSIDE else self.n_pos))

    @property
    def closing(self) -> slice:
        return slice(0, 2 * self.n_pos + 1)

    @property
    def starting(self) -> slice:
        return slice(self.n_pos, 3 * self.n_pos + 1)

    def closing_rows(self) -> Places:
        """The rows of a boundary table (O, E…, S…) as E, O, S."""
        outside, word, single = Groups.of(self.n_pos)
        rows = np.arange(2 * self.n_pos + 1)
        return np.concatenate([rows[word], [outside], rows[single]])

    def starting_columns(self) -> Places:
        """The columns of a boundary table (O, B…, S…) as O, S, B."""
        outside, word, single = Groups.of(self.n_pos)
        columns = np.arange(2 * self.n_pos + 1)
        return np.concatenate([[outside], columns[single], columns[word]])

    def follows(self, boundary: Table, inside: Table) -> Table:
        """The weight of each tag after each tag, `[n_tags, n_tags]`, row before column: 0 for what is illegal."""
        n_tags, pos = Blocks(self.n_pos).n_tags, np.arange(self.n_pos)
        begins, middles, ends = (self.firsts[letter] + pos for letter in (BEGIN, MIDDLE, END))
        follows = np.zeros((n_tags, n_tags))
        follows[self.closing, self.starting] = boundary[self.closing_rows()][:, self.starting_columns()]
        follows[begins, middles], follows[begins, ends] = inside[BEGIN_MIDDLE], inside[BEGIN_END]
        follows[middles, middles], follows[middles, ends] = inside[MIDDLE_MIDDLE], inside[MIDDLE_END]
        return follows


@dataclass(frozen=True)
class ForwardBackward:
    """All legal tags of rows of characters, and how likely they are.

    Tables are `[time, tags, rows]`, the tags in the order E, O, S, B, M. `forward · backward` is the marginal of a tag;
    `forward[t] · Π inside · emission · backward[u]` that of a word from `t` to `u`. Rows of which no tags are legal
    have NaN.
    """

    n_pos: int
    lengths: Places
    inside: Table  # [4, n_pos]: B→M, B→E, M→M, M→E
    emission: Table  # divided by the sum of its step
    forward: Table
    backward: Table
    log_total: Table  # [rows]: logarithm of the sum over all legal sequences

    @classmethod
    def of(
        cls, parts: Sequence[Scores], lengths: NDArray[Any], transitions: Transitions, temperature: float = 1.0
    ) -> Self:
        """From scores in parts, the longest rows first, whose first columns are the tags of `transitions`."""
        order = _Order(transitions.n_pos)
        steps = stack_steps(parts, order.ids, np.float64)  # shape: [time, tags, rows]
        time, _, n_rows = steps.shape
        steps *= 1 / temperature
        best = steps.max(1) if time else np.zeros((0, n_rows))
        steps -= best[:, None]
        emission = np.exp(steps, out=steps)
        tables = (np.exp(table.astype(np.float64) / temperature) for table in vars(transitions).values())
        boundary, inside, start, end = tables
        follows = order.follows(boundary, inside)
        lengths = np.asarray(lengths, np.int64)
        actives = active_rows(lengths, time)
        forward, backward = np.zeros(
            (2, *emission.shape)
        )  # in one piece: the allocator then keeps it for the next rows
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            start_rows = np.zeros(len(follows))
            start_rows[order.starting] = start[order.starting_columns()]
            scale = _run_forward(emission, forward, follows, start_rows, actives)
            end_rows = end[order.closing_rows()]
            log_total = _run_backward(emission, forward, backward, follows, end_rows, actives)
            log_total += np.log(scale).sum(0) + np.where(np.arange(time)[:, None] < lengths, best, 0).sum(0)
        return cls(order.n_pos, lengths, inside, emission, forward, backward, log_total)

    @property
    def order(self) -> _Order:
        return _Order(self.n_pos)

    def tags(self, row: int) -> Table:
        """The marginals `[length, n_tags]` of a row's tags, in the order of the scheme."""
        length = int(self.lengths[row])
        marginals = np.empty((length, Blocks(self.n_pos).n_tags))
        marginals[:, self.order.ids] = self.forward[:length, :, row] * self.backward[:length, :, row]
        return marginals

    def words(self, characters: WordCharacters) -> Table:
        """How likely the words of these characters are with each POS, `[n_words, n_pos]`."""
        row, time, letter = characters.row, characters.time, characters.letter
        firsts, lasts = characters.firsts, characters.lasts
        rest = np.flatnonzero((letter == MIDDLE) | (letter == END))
        tag = self.order.firsts[letter, None] + np.arange(self.n_pos)  # shape: [n, n_pos]
        weight = np.empty((len(row), self.n_pos))
        weight[firsts] = self.forward[time[firsts, None], tag[firsts], row[firsts, None]]
        step = 2 * (letter[rest - 1] == MIDDLE) + (letter[rest] == END)  # the row of `inside`
        weight[rest] = self.inside[step] * self.emission[time[rest, None], tag[rest], row[rest, None]]
        product: Table = np.multiply.reduceat(weight, firsts, axis=0) if len(row) else weight
        product *= self.backward[time[lasts, None], tag[lasts], row[lasts, None]]
        return product

    def candidates(self, least: float) -> Candidates:
        """Every span that is a word with a probability of at least `least`, whatever its POS, row by row.

        A word up to `t` is at least as likely as any that extends beyond, so few spans are looked at: of
        all those that reach a character no more than `1 / least`.
        """
        ends, singles, begins, middles = (self.order[letter] for letter in (END, SINGLE, BEGIN, MIDDLE))
        time, row = np.nonzero(np.arange(len(self.emission))[:, None] < self.lengths)
        single = self.forward[:, singles] * self.backward[:, singles]
        spans = [(row, time, time + 1, single[time, :, row])]
        start, weight = time, self.forward[time, begins, row]
        mass = (weight * self.backward[time, begins, row]).sum(1)
        to_middle, to_end = self.inside[BEGIN_MIDDLE], self.inside[BEGIN_END]
        while True:
            likely = np.flatnonzero((mass >= least) & (mass > 0))
            row, start, time, weight = row[likely], start[likely], time[likely] + 1, weight[likely]
            if not len(row):
                break
            end = weight * to_end * self.emission[time, ends, row]
            spans.append((row, start, time + 1, end * self.backward[time, ends, row]))
            weight = weight * to_middle * self.emission[time, middles, row]
            mass = (weight * self.backward[time, middles, row]).sum(1)
            to_middle, to_end = self.inside[MIDDLE_MIDDLE], self.inside[MIDDLE_END]
        rows, starts, stops, weights = (np.concatenate(column) for column in zip(*spans, strict=True))
        order = np.flatnonzero(weights.sum(1) >= least)
        order = order[np.lexsort((stops[order], starts[order], rows[order]))]
        return Candidates(rows[order], starts[order], stops[order], weights[order])


def _run_forward(emission: Table, forward: Table, follows: Table, start: Table, actives: list[int]) -> Table:
    """Fills in the forward table. Its steps and those of `emission` are divided to sum to 1; returns the divisors,
    `[time, rows]`."""
    scale = np.ones((emission.shape[0], emission.shape[2]))
    from_before = np.ascontiguousarray(follows.T)
    for t in range(len(emission)):
        k = actives[t]
        here = forward[t, :, :k]
        if t:
            np.matmul(from_before, forward[t - 1, :, :k], out=here)
        else:
            here[:] = start[:, None]
        here *= emission[t, :, :k]
        share = 1 / here.sum(0, out=scale[t, :k])
        here *= share
        emission[t, :, :k] *= share
    return scale


def _run_backward(
    emission: Table, forward: Table, backward: Table, follows: Table, end: Table, actives: list[int]
) -> Table:
    """Fills in the backward table. Returns the logarithm of what is left of each row's sum at its end, `[rows]`."""
    log_total = np.zeros(emission.shape[2])
    closing = slice(0, len(end))
    for t in range(len(emission) - 1, -1, -1):
        k, following = actives[t], actives[t + 1]
        if following < k:
            total = end @ forward[t, closing, following:k]
            backward[t, closing, following:k] = end[:, None] / total
            log_total[following:k] = np.log(total)
        if following:
            after = emission[t + 1, :, :following] * backward[t + 1, :, :following]
            np.matmul(follows, after, out=backward[t, :, :following])
    return log_total


def lattices(
    parts: Sequence[Scores],
    lengths: NDArray[Any],
    transitions: Transitions,
    temperature: float = 1.0,
    *,
    n_values: int = N_VALUES,
) -> Iterator[tuple[slice, ForwardBackward]]:
    """The legal tags of scores in parts, the longest rows first: for some rows at a time, which come with them, so that
    about `n_values` scores are worked on together."""
    n_tags = Blocks(transitions.n_pos).n_tags
    first, group, size = 0, list[Scores](), 0
    for number, part in enumerate(parts, 1):
        group.append(part)
        size += part.shape[0] * part.shape[1] * n_tags
        if size >= n_values or number == len(parts):
            rows = slice(first, first + sum(map(len, group)))
            yield rows, ForwardBackward.of(group, lengths[rows], transitions, temperature)
            first, group, size = rows.stop, [], 0

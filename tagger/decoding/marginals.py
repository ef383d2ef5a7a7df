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
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import BEGIN, END, MIDDLE, SINGLE
from .transitions import Scores, Tags, Transitions
from .viterbi import _steps

Table = NDArray[np.float64]
Places = NDArray[np.int64]
VALUES = 1 << 18  # scores in a lattice: so many stay near the caches


class Candidates(NamedTuple):
    """Spans that may be words: code points `start` to `end` (half-open) of row `row`, and the probability
    `weight [n, n_pos]` that this is a word of that POS."""

    row: Places
    start: Places
    end: Places
    weight: Table


@dataclass(frozen=True)
class ForwardBackward:
    """All legal tags of rows of characters, and how likely they are.

    The tags lie in the blocks E, O, S, B, M, so that those that a word's end (or none) comes before lie together, and
    those after: `closed`, E, O, S, and `starting`, O, S, B. Shapes: tables `[time, tags, rows]`.
    `forward · backward` is the marginal of a tag; `forward[t] · Π inside · emission · backward[u]` that of a word
    from `t` to `u`. Rows of which no tags are legal have NaN.
    """

    n_pos: int
    lengths: Places
    inside: Table  # [4, n_pos]: B→M, B→E, M→M, M→E
    emission: Table  # over the sum that its step was divided by
    forward: Table
    backward: Table
    log_total: Table  # [rows]: logarithm of the sum over all legal sequences

    @classmethod
    def of(
        cls, parts: Sequence[Scores], lengths: NDArray[Any], transitions: Transitions, temperature: float = 1.0
    ) -> Self:
        """From scores in parts, the longest rows first, whose first columns are the tags of `transitions`."""
        n = len(transitions.inside[0])
        steps = _steps(parts, _order(n), np.float64)
        time, _, n_rows = steps.shape
        steps *= 1 / temperature
        best = steps.max(1) if time else np.zeros((0, n_rows))
        steps -= best[:, None]
        emission = np.exp(steps, out=steps)
        tables = (np.exp(table.astype(np.float64) / temperature) for table in vars(transitions).values())
        boundary, inside, start, end = tables
        closed, starting = np.r_[1 : 1 + n, 0, 1 + n : 1 + 2 * n], np.r_[0, 1 + n : 1 + 2 * n, 1 : 1 + n]
        is_closed, is_starting = slice(0, 2 * n + 1), slice(n, 3 * n + 1)
        follows, ends, middles = np.zeros((4 * n + 1, 4 * n + 1)), np.arange(n), np.arange(3 * n + 1, 4 * n + 1)
        follows[is_closed, is_starting] = boundary[closed][:, starting]
        for tag, to_middle, to_end in zip((middles - n, middles), inside[[0, 2]], inside[[1, 3]], strict=True):
            follows[tag, middles], follows[tag, ends] = to_middle, to_end
        from_before = np.ascontiguousarray(follows.T)
        lengths = np.asarray(lengths, np.int64)
        actives = [*np.searchsorted(-lengths, -np.arange(time), side="left").tolist(), 0]  # rows that have a step t
        forward, backward = np.zeros_like(emission), np.zeros_like(emission)
        scale, log_total = np.ones((time, n_rows)), np.zeros(n_rows)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            for t in range(time):
                k = actives[t]
                here = forward[t, :, :k]
                if t:
                    np.matmul(from_before, forward[t - 1, :, :k], out=here)
                else:
                    here[is_starting] = start[starting, None]
                here *= emission[t, :, :k]
                share = 1 / here.sum(0, out=scale[t, :k])
                here *= share
                emission[t, :, :k] *= share
            for t in range(time - 1, -1, -1):
                k, following = actives[t], actives[t + 1]
                if following < k:
                    total = end[closed] @ forward[t, is_closed, following:k]
                    backward[t, is_closed, following:k] = end[closed, None] / total
                    log_total[following:k] = np.log(total)
                if following:
                    after = emission[t + 1, :, :following] * backward[t + 1, :, :following]
                    np.matmul(follows, after, out=backward[t, :, :following])
            log_total += np.log(scale).sum(0) + np.where(np.arange(time)[:, None] < lengths, best, 0).sum(0)
        return cls(n, lengths, inside, emission, forward, backward, log_total)

    def tags(self, row: int) -> Table:
        """The marginals `[length, n_tags]` of a row's tags, in the order of the scheme."""
        length = int(self.lengths[row])
        found = np.empty((length, 1 + 4 * self.n_pos))
        found[:, _order(self.n_pos)] = self.forward[:length, :, row] * self.backward[:length, :, row]
        return found

    def words(self, row: Places, time: Places, letter: Places) -> Table:
        """How likely words are with each POS, `[n_words, n_pos]`: those of which these are the characters, in order,
        `letter` their numbers in the scheme (see `characters`)."""
        n, pos = self.n_pos, np.arange(self.n_pos)
        first = (letter == BEGIN) | (letter == SINGLE)
        firsts, rest = np.flatnonzero(first), np.flatnonzero(~first)
        lasts = np.append(firsts[1:] - 1, len(row) - 1)[: len(firsts)]
        # From the letters B, M, E, S to the first of their tags here.
        tag = np.array([2 * n + 1, 3 * n + 1, 0, n + 1])[letter, None] + pos
        weight = np.empty((len(row), n))
        weight[firsts] = self.forward[time[firsts, None], tag[firsts], row[firsts, None]]
        r, t = row[rest, None], time[rest, None]
        step = 2 * (letter[rest - 1] == MIDDLE) + (letter[rest] == END)
        weight[rest] = self.inside[step] * self.emission[t, tag[rest], r]
        product: Table = np.multiply.reduceat(weight, firsts, axis=0) if len(row) else weight
        product *= self.backward[time[lasts, None], tag[lasts], row[lasts, None]]
        return product

    def candidates(self, least: float) -> Candidates:
        """Every span that is a word with a probability of at least `least`, whatever its POS, row by row.

        A word that goes on to `t` is at least as likely as one that goes on beyond, so few spans are looked at: of
        all those that reach a character no more than `1 / least`.
        """
        n = self.n_pos
        ends, singles = slice(0, n), slice(n + 1, 2 * n + 1)
        begins, middles = slice(2 * n + 1, 3 * n + 1), slice(3 * n + 1, None)
        time, row = np.nonzero(np.arange(len(self.emission))[:, None] < self.lengths)
        single = self.forward[:, singles] * self.backward[:, singles]
        found = [(row, time, time + 1, single[time, :, row])]
        going = np.arange(len(row))
        start, weight = time, self.forward[time, begins, row]
        mass = (weight * self.backward[time, begins, row]).sum(1)
        to_end, to_middle = self.inside[[1, 0]]
        while True:
            going = np.flatnonzero((mass >= least) & (mass > 0))
            row, start, time, weight = row[going], start[going], time[going] + 1, weight[going]
            if not len(row):
                break
            end = weight * to_end * self.emission[time, ends, row]
            found.append((row, start, time + 1, end * self.backward[time, ends, row]))
            weight = weight * to_middle * self.emission[time, middles, row]
            mass = (weight * self.backward[time, middles, row]).sum(1)
            to_end, to_middle = self.inside[[3, 2]]
        found_rows, starts, ends_, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        likely = weights.sum(1) >= least
        order = np.flatnonzero(likely)
        order = order[np.lexsort((ends_[order], starts[order], found_rows[order]))]
        return Candidates(found_rows[order], starts[order], ends_[order], weights[order])


def characters(tags: Tags, n_pos: int) -> tuple[Places, Places, Places, Places]:
    """Row, time, letter and POS number of every character that lies in a word, row by row."""
    row, time = np.nonzero(tags)
    tag = tags[row, time].astype(np.int64) - 1
    letter = tag // n_pos  # for one divisor faster than divmod
    return row, time, letter, tag - letter * n_pos


def lattices(
    parts: Sequence[Scores], lengths: NDArray[Any], transitions: Transitions, temperature: float = 1.0
) -> Iterator[tuple[slice, ForwardBackward]]:
    """Lattices of scores in parts, the longest rows first, for some rows at a time, which come with them."""
    n_tags = 1 + 4 * len(transitions.inside[0])
    at, group, size = 0, list[Scores](), 0
    for number, part in enumerate(parts, 1):
        group.append(part)
        size += part.shape[0] * part.shape[1] * n_tags
        if size >= VALUES or number == len(parts):
            rows = slice(at, at + sum(map(len, group)))
            yield rows, ForwardBackward.of(group, lengths[rows], transitions, temperature)
            at, group, size = rows.stop, [], 0


def _order(n_pos: int) -> Places:
    """The tags of a scheme in the order E, O, S, B, M."""
    blocks = np.arange(1, 1 + 4 * n_pos).reshape(4, n_pos)
    return np.concatenate([blocks[2], [0], blocks[3], blocks[0], blocks[1]])

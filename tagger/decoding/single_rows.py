"""Viterbi for a few rows, one after the other: a step is one table of all pairs of tags, three calls of numpy.

`viterbi` and `segmentation` take several calls for each step, more of them the more POS there are, and share these
among the rows of a batch. One row pays for all of them, so a table is faster. The tags are the same, ties too: sums are
added in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..text.scheme import Blocks
from .transitions import UNREACHABLE, Groups, Scores, Tags, Transitions

TAGS_PER_ROW = 4  # with so many tags for each row the table is the faster way (measured with 5 and 65 tags)


@dataclass(frozen=True)
class PairScores:
    """The scores of all pairs of tags, minus infinity for illegal ones: `pairs [n_tags, n_tags]` from row to column,
    `by_target` from column to row; and of the tags of a row's first and last characters, `first` and `last`.

    Tags lie in the `order [n_tags]`: closing tags come first, then B…, then M…. On a tie the first one wins, as in
    `viterbi`.
    """

    order: NDArray[np.intp]
    pairs: Scores
    by_target: Scores
    first: Scores
    last: Scores

    @classmethod
    def of(cls, transitions: Transitions) -> Self:
        n, blocks = transitions.n_pos, Blocks(transitions.n_pos)
        _, end, single = Groups.of(n)
        begin, middle = slice(2 * n + 1, 3 * n + 1), slice(3 * n + 1, 4 * n + 1)
        pairs = np.full((4 * n + 1, 4 * n + 1), -np.inf, np.float32)
        closing = pairs[: 2 * n + 1]
        closing[:, :1], closing[:, begin], closing[:, single] = np.split(transitions.boundary, [1, 1 + n], 1)
        steps = (begin, middle), (begin, end), (middle, middle), (middle, end)  # as the rows of `inside`
        for scores, (before, after) in zip(transitions.inside, steps, strict=True):
            np.fill_diagonal(pairs[before, after], scores)
        first = np.full(4 * n + 1, UNREACHABLE, np.float32)
        first[:1], first[begin], first[single] = np.split(transitions.start, [1, 1 + n])
        last = np.full(4 * n + 1, -np.inf, np.float32)
        last[: 2 * n + 1] = transitions.end
        ids = np.arange(blocks.n_tags)
        order = np.concatenate([blocks.closing, ids[blocks.begin], ids[blocks.middle]])
        return cls(order, pairs, np.ascontiguousarray(pairs.T), first, last)

    def are_faster(self, n_rows: int) -> bool:
        """Whether rows are so few that they are decoded faster one after the other."""
        return TAGS_PER_ROW * n_rows <= len(self.order)

    def best_tags(self, parts: Sequence[Scores], lengths: NDArray[Any]) -> Tags:
        """What `viterbi` finds in the rows of `parts`, `[rows, time, n_scores]` each, whose first columns are the tags:
        `[rows, time of the first part]`."""
        tags = np.zeros((len(lengths), parts[0].shape[1]), np.int16)
        rows = (row for part in parts for row in part)
        for of_row, scores, length in zip(tags, rows, lengths.tolist(), strict=True):
            of_row[:length] = self._best_tags(scores[:length])
        return tags

    def _best_tags(self, scores: Scores) -> NDArray[np.intp]:
        """The best tags `[time]` of one row's scores `[time, n_scores]`, which is not empty."""
        steps = scores[:, self.order]
        best = np.empty_like(steps)  # the best score of a path to each tag
        np.add(steps[0], self.first, out=best[0])
        sums = np.empty_like(self.pairs)
        for before, step, here in zip(best[:-1, :, None], steps[1:], best[1:], strict=True):
            np.add(self.pairs, before, out=sums)
            np.maximum.reduce(sums, 0, None, here)
            np.add(here, step, out=here)
        tag = int((best[-1] + self.last).argmax())
        tags = [tag]
        for before in best[-2::-1]:
            tag = int((before + self.by_target[tag]).argmax())
            tags.append(tag)
        return self.order[tags[::-1]]

"""What is known of the words of a text: by annotations, users' patterns, dictionaries and presegmentation.

All of it comes down to three things that a decoder obeys exactly: a boundary before a character, or none (`edges`),
the POS of the word over a character (`pos`), and words with a weight of their own. Viterbi still finds the best answer
among those that are left. Where sources disagree, annotations go first, then grapheme clusters, which no word may cut,
then matches of users' patterns, then words that dictionaries force, then their cuts, then their joins, then
presegmentation, and symbols come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.decoders import Decoder
from ..decoding.masks import allow_spaces, cover, cut, join
from ..decoding.transitions import Scores
from ..decoding.weighted_words import WeightedWords
from ..text.block import Block, Places
from ..text.characters import SPACE, class_table
from ..text.clusters import inner_mask
from ..text.edges import Edge
from ..text.scheme import Scheme
from ..text.symbol_words import apply_symbols
from .dictionary import Dictionary
from .guard import UNGUARDED, Guard
from .known import KnownEdges
from .matched_words import MatchedWords, apply_entries, apply_patterns, cover_mask, ranges, undecided
from .patterns import Patterns


@dataclass(frozen=True)
class RowConstraints:
    """The constraints of rows that are decoded together: `edges`, `pos` and `spaces` are `[batch, time]`."""

    edges: NDArray[np.int8]
    pos: NDArray[np.int16] | None
    spaces: NDArray[np.bool_] | None
    words: WeightedWords | None

    def mask(self, scores: Scores, first: int, decoder: Decoder) -> None:
        """Forbid, in place, what is ruled out for the rows from `first` on: `scores [batch, time, n_scores]`."""
        part = slice(first, first + len(scores)), slice(scores.shape[1])
        outside = decoder.scheme.outside
        join(scores, self.edges[part] == Edge.JOIN, decoder.blocks, outside=outside)
        cut(scores, self.edges[part] == Edge.CUT, decoder.blocks)
        if self.spaces is not None:
            allow_spaces(scores, self.spaces[part], decoder.blocks)
        if self.pos is not None:
            if outside:
                cover(scores, self.pos[part] != -1, decoder.blocks)
            decoder.fix_pos(scores, self.pos[part])


@dataclass(frozen=True)
class Constraints:
    """What holds in a block of `n` code points: `edges [n]` (an Edge before each), `pos [n]` (-1: free, COVERED: in an
    entity of any type), `spaces [n]` (whitespace inside a word) and weighted words; None where there is nothing of a
    kind."""

    edges: NDArray[np.int8]
    pos: NDArray[np.int16] | None = None
    spaces: NDArray[np.bool_] | None = None
    words: MatchedWords | None = None

    @classmethod
    def of(
        cls,
        block: Block,
        joined: NDArray[np.bool_],
        scheme: Scheme,
        dictionaries: Sequence[Dictionary] = (),
        known: KnownEdges | None = None,
        patterns: Sequence[Patterns] = (),
        guard: Guard = UNGUARDED,
    ) -> Self:
        """From presegmentation (`joined [n]`), dictionaries, annotations, patterns, clusters and symbols. If two
        dictionaries have the same word, the later one's entry counts; of patterns, those that come first. Raises
        TooManyMatchesError for dictionaries that match more densely than `guard` allows."""
        if known is None:
            edges, pos = np.zeros(len(block.codes) + 1, np.int8), np.full(len(block.codes), -1, np.int16)
        else:
            edges, pos = known.edges.copy(), known.pos.copy()
        inner = inner_mask(block.codes)
        if inner is not None:
            edges[:-1][inner & (edges[:-1] == Edge.FREE)] = Edge.JOIN
        apply_patterns(block.text, patterns, scheme, edges, pos)
        entries = apply_entries(block, dictionaries, scheme, guard, edges, pos) if dictionaries else None
        spaces = None
        if dictionaries or patterns or known is not None:
            spaces = (edges[:-1] == Edge.JOIN) & (edges[1:] == Edge.JOIN) & (class_table()[block.codes] == SPACE)
        if joined.any():
            edges[:-1][joined & (edges[:-1] == Edge.FREE)] = Edge.JOIN
        words = None if entries is None else undecided(entries, edges)
        decided = None if words is None else np.flatnonzero(cover_mask(words.starts, words.ends, len(pos)))
        if not scheme.outside:
            apply_symbols(block.text, block.codes, scheme, inner, decided, edges, pos)
        return cls(
            edges[:-1],
            pos if (pos != -1).any() else None,
            spaces if spaces is not None and spaces.any() else None,
            words if words is not None and len(words.starts) else None,
        )

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Before which code points there is no boundary, `[n]`."""
        joined: NDArray[np.bool_] = self.edges == Edge.JOIN
        return joined

    def rows(self, starts: Places, lengths: Places, index: Places, inside: NDArray[np.bool_]) -> RowConstraints:
        """For the rows `starts : starts + lengths` of the block, whose code points are `index [batch, time]` where
        `inside`. What lies before a row's first code point does not concern the row."""
        edges = self.edges.take(index, mode="clip") * inside
        edges[:, 0] = Edge.FREE
        pos = spaces = None
        if self.pos is not None:
            pos = np.where(inside, self.pos.take(index, mode="clip"), np.int16(-1))
        if self.spaces is not None:
            spaces = self.spaces.take(index, mode="clip") & inside
        return RowConstraints(edges, pos, spaces, self._weighted_words(starts, lengths))

    def _weighted_words(self, starts: Places, lengths: Places) -> WeightedWords | None:
        """The weighted words that lie in the rows as a whole."""
        if self.words is None:
            return None
        first, last = np.searchsorted(self.words.starts, (starts, starts + lengths))
        row = np.repeat(np.arange(len(starts)), last - first)
        words = self.words[ranges(first, last)]
        whole = words.ends <= (starts + lengths)[row]
        row, words = row[whole], words[whole]
        if not len(row):
            return None
        return WeightedWords(row, words.starts - starts[row], words.ends - 1 - starts[row], words.weights, words.pos)

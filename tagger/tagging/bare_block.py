"""Blocks without format characters, which the model never sees, and the way back to the texts as they came.

A run of format characters goes with the character before it, at the start of a text and after whitespace with the one
after it. Between whitespace it is a word by itself. Annotations of the text come first: a known boundary among format
characters stays where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Table
from ..text.block import Block, Places, Spans
from ..text.edges import Edge
from ..text.format_characters import format_mask
from ..text.scheme import BEGIN, END, MIDDLE, OUTSIDE, SINGLE, Scheme
from ..text.sentence import WHITESPACE
from .confidence import RatedSpans
from .known import Annotations, KnownEdges

_SPACES = np.array(sorted(map(ord, WHITESPACE)), np.int32)
# The tags of words of format characters alone, in order of preference. A scheme with none of them gives its first.
TAGS = ("X", "PUNCT", "SYM", "PU", "x", "w")
S = TypeVar("S", bound=Spans)


@dataclass(frozen=True)
class LoneWords:
    """Words of format characters alone: places in the block as it came, in order, and POS numbers."""

    starts: Places
    ends: Places
    pos: NDArray[np.int16]


@dataclass(frozen=True)
class Origin:
    """Where a bare block comes from: code point `i` and the format characters around it are
    `block.codes[starts[i] : ends[i]]`."""

    block: Block
    starts: Places
    ends: Places
    lone: LoneWords


@dataclass(frozen=True)
class BareBlock:
    """A block without its format characters, what is known of it by annotations, and its origin; None if it came so."""

    block: Block
    known: KnownEdges | None
    origin: Origin | None

    @classmethod
    def of(cls, block: Block, scheme: Scheme, annotations: Sequence[Annotations] = ()) -> Self:
        """Raises InputError for annotations that a text cannot have; their offsets count format characters."""
        known = KnownEdges.of(block, scheme, annotations) if any(annotations) else None
        mask = format_mask(block.codes)
        if mask is None:
            return cls(block, known, None)
        origin = _origin(block, scheme, mask, known)
        return cls(_without(block, mask), None if known is None else _bare_known(known, mask), origin)

    def restore(self, spans: S) -> S:
        """The words of the bare block as words of the block as it came."""
        if self.origin is None:
            return spans
        starts, ends = self.origin.starts[spans.starts], self.origin.ends[spans.ends - 1]
        lone = self.origin.lone
        at = np.searchsorted(starts, lone.starts, "right")
        reach = np.maximum.accumulate(np.append(0, ends))[at]
        bare = np.flatnonzero(reach <= lone.starts)  # in no word that holds whitespace
        at = at[bare]
        columns = vars(
            Spans.of(
                self.origin.block,
                np.insert(starts, at, lone.starts[bare]),
                np.insert(ends, at, lone.ends[bare]),
                np.insert(spans.pos, at, lone.pos[bare]),
            )
        )
        if isinstance(spans, RatedSpans):
            columns = columns | {
                "probability": np.insert(spans.probability, at, 1.0),
                "span_probability": np.insert(spans.span_probability, at, 1.0),
            }
        return replace(spans, **columns)

    def restore_tags(self, table: Table, scheme: Scheme) -> Table:
        """How likely each tag is at each code point of the block as it came, from those of the bare block, both without
        the line feeds between rows: `[n_bare, n_tags] -> [n, n_tags]`."""
        if self.origin is None:
            return table
        origin, bare = self.origin, self.block
        of_block = np.insert(table, bare.starts + bare.lengths - np.arange(len(bare.starts)), 0.0, axis=0)
        restored = np.zeros((len(origin.block.codes), scheme.n_tags))
        restored[:, OUTSIDE] = scheme.outside  # format characters alone, which are no entity
        sizes = origin.ends - origin.starts
        restored[origin.starts[sizes == 1]] = of_block[sizes == 1]
        for index in np.flatnonzero(sizes > 1).tolist():
            start, end = int(origin.starts[index]), int(origin.ends[index])
            restored[start:end] = _spread(of_block[index], end - start, scheme)
        for start, end, pos in zip(origin.lone.starts, origin.lone.ends, origin.lone.pos, strict=True):
            around = restored[start - 1] if start else np.zeros(scheme.n_tags)
            restored[start:end] = _lone(around, int(end - start), int(pos), scheme)
        return np.delete(restored, origin.block.starts + origin.block.lengths, 0)


def _without(block: Block, mask: NDArray[np.bool_]) -> Block:
    """The block without the code points of a mask `[n]`."""
    codes = block.codes[~mask]
    n_before = np.concatenate([[0], np.cumsum(mask)])
    lengths = block.lengths - (n_before[block.starts + block.lengths] - n_before[block.starts])
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    return Block(text, codes, block.starts - n_before[block.starts], lengths, block.lasts)


def _bare_known(known: KnownEdges, mask: NDArray[np.bool_]) -> KnownEdges:
    """What is known of the code points beyond a mask `[n]`: a boundary lies between two of them if one lies anywhere
    among the format characters between, and none does if all of these are joined."""
    kept = np.flatnonzero(~mask)
    firsts = np.append(0, kept[:-1] + 1)
    highest, lowest = (function.reduceat(known.edges[:-1], firsts) for function in (np.maximum, np.minimum))
    edges = np.where(highest == Edge.CUT, Edge.CUT, lowest).astype(np.int8)
    return KnownEdges(np.append(edges, known.edges[-1:]), known.pos[kept])


def _origin(block: Block, scheme: Scheme, mask: NDArray[np.bool_], known: KnownEdges | None) -> Origin:
    edges = np.zeros(len(mask) + 1, np.int8) if known is None else known.edges
    marks, kept = np.flatnonzero(mask), np.flatnonzero(~mask)
    after = kept[np.searchsorted(kept, marks)]  # the line feed of the row at the latest
    before = np.append(-1, kept)[np.searchsorted(kept, marks)]
    spaces = np.append(np.isin(block.codes, _SPACES), True)  # shape: [n + 1], of which -1 is the last

    def count(edge: int, first: Places, last: Places) -> Places:
        n_before = np.append(0, np.cumsum(edges == edge))
        counts: Places = n_before[last + 1] - n_before[first]
        return counts

    left = ~spaces[before] & (count(Edge.CUT, before + 1, marks) == 0)
    right = ~spaces[after] & (count(Edge.CUT, marks + 1, after) == 0)
    is_joined = count(Edge.JOIN, marks + 1, after) == after - marks
    left &= ~(right & is_joined) | (count(Edge.JOIN, before + 1, marks) == marks - before)
    right &= ~left
    n_left, n_right = (np.append(0, np.cumsum(np.bincount(marks[side], minlength=len(mask)))) for side in (left, right))
    starts = kept - (n_right[kept] - n_right[np.append(0, kept[:-1] + 1)])
    ends = kept + 1 + (n_left[np.append(kept[1:], len(mask))] - n_left[kept])
    pos = np.full(len(mask), -1, np.int16) if known is None else known.pos
    return Origin(block, starts, ends, _lone_words(marks[~(left | right)], edges, pos, scheme))


def lone_tag(scheme: Scheme) -> int:
    """The number of the POS of a word of format characters alone."""
    return next((scheme.pos.index(tag) for tag in TAGS if tag in scheme.pos), 0)


def _lone_words(places: Places, edges: NDArray[np.int8], pos: NDArray[np.int16], scheme: Scheme) -> LoneWords:
    """The words of format characters at places, cut where the edges `[n + 1]` say so; the tag is that of `pos [n]`.
    They are no entities."""
    places = places[:0] if scheme.outside else places
    starts = places[np.append(True, np.diff(places) > 1) | (edges[places] == Edge.CUT)] if len(places) else places
    ends = places[np.append(np.searchsorted(places, starts)[1:] - 1, -1)] + 1 if len(places) else places
    number = lone_tag(scheme)
    return LoneWords(starts, ends, np.where(pos[starts] < 0, number, pos[starts]).astype(np.int16))


def _spread(tags: Table, size: int, scheme: Scheme) -> Table:
    """The probabilities of the tags of a character `[n_tags]` for its `size` code points `[size, n_tags]`: one that
    begins a word does so at the first, one that ends a word at the last."""
    blocks = scheme.blocks
    begin, middle, end, single = (tags[blocks[letter]] for letter in (BEGIN, MIDDLE, END, SINGLE))
    spread = np.zeros((size, scheme.n_tags))
    spread[:, blocks[MIDDLE]] = begin + middle + end + single
    spread[:, blocks[OUTSIDE]] = tags[blocks[OUTSIDE]]
    spread[0, blocks[BEGIN]], spread[0, blocks[MIDDLE]] = begin + single, middle + end
    spread[-1, blocks[END]], spread[-1, blocks[MIDDLE]] = end + single, begin + middle
    return spread


def _lone(around: Table, size: int, pos: int, scheme: Scheme) -> Table:
    """The probabilities of the tags of a word of `size` format characters beside whitespace with the probabilities
    `around [n_tags]`, which may be inside of a word."""
    blocks = scheme.blocks
    inside = around[blocks[MIDDLE]]
    tags = np.zeros(scheme.n_tags)
    tags[blocks[SINGLE].start + pos] = 1 - inside.sum()
    lone = _spread(tags, size, scheme) if size > 1 else tags[None].copy()
    lone[:, blocks[MIDDLE]] += inside
    lone[:, blocks[OUTSIDE]] = 0
    return lone

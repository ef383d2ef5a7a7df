"""What is known of the words of a text: by annotations, users' patterns, dictionaries and presegmentation.

All of it comes down to three things that a decoder obeys exactly: a boundary before a character, or none (`edges`),
the POS of the word over a character (`pos`), and words with a weight of their own. Viterbi still finds the best answer
among those that are left. Where sources disagree, annotations go first, then grapheme clusters, which no word may cut,
then matches of users' patterns, then words that dictionaries force, then their cuts, then their joins, then
presegmentation, and symbols come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.decoders import Decoder
from ..decoding.masks import allow_spaces, cover, cut, join
from ..decoding.transitions import FORBIDDEN, Scores
from ..decoding.weighted_words import WeightedWords
from ..text.block import Block, Places
from ..text.characters import SPACE, class_table
from ..text.clusters import inner_mask
from ..text.edges import Edge
from ..text.scheme import Scheme
from ..text.symbol_words import apply_symbols
from .dictionary import Dictionary
from .entries import CUT, FORBID, FORCE, JOIN, PREFER
from .guard import UNGUARDED, Guard
from .known import COVERED, KnownEdges
from .patterns import Patterns

BARRED = np.float32(FORBIDDEN / 2)  # the weight of a barred word: still better than a character in no word


@dataclass(frozen=True)
class Spans:
    """Matches of entries in a block, in the order of their `starts` (to `ends`, half-open), with weights and POS
    numbers (-1 for any)."""

    starts: Places
    ends: Places
    weights: Scores
    pos: NDArray[np.int16]

    def __getitem__(self, index: NDArray[Any]) -> "Spans":
        return Spans(self.starts[index], self.ends[index], self.weights[index], self.pos[index])


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
    words: Spans | None = None

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
        _apply_patterns(block.text, patterns, scheme, edges, pos)
        entries = _apply_entries(block, dictionaries, scheme, guard, edges, pos) if dictionaries else None
        spaces = None
        if dictionaries or patterns or known is not None:
            spaces = (edges[:-1] == Edge.JOIN) & (edges[1:] == Edge.JOIN) & (class_table()[block.codes] == SPACE)
        if joined.any():
            edges[:-1][joined & (edges[:-1] == Edge.FREE)] = Edge.JOIN
        words = None if entries is None else _undecided(entries, edges)
        decided = None if words is None else np.flatnonzero(_cover(words.starts, words.ends, len(pos)))
        if not scheme.outside:
            apply_symbols(block.text, scheme, inner, decided, edges, pos)
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
        words = self.words[_ranges(first, last)]
        whole = words.ends <= (starts + lengths)[row]
        row, words = row[whole], words[whole]
        if not len(row):
            return None
        return WeightedWords(row, words.starts - starts[row], words.ends - 1 - starts[row], words.weights, words.pos)


def _ranges(starts: Places, ends: Places) -> Places:
    """All numbers from `starts` up to `ends`, one range after the other."""
    sizes = np.maximum(ends - starts, 0)
    return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))


def _cover(starts: Places, ends: Places, n: int) -> NDArray[np.bool_]:
    """Mask of the places up to `n` that lie in one of the spans, which may overlap and may be empty."""
    ends = np.maximum(starts, ends)
    begun = np.bincount(starts, minlength=n + 1) - np.bincount(ends, minlength=n + 1)
    covered: NDArray[np.bool_] = np.cumsum(begun)[:n] > 0
    return covered


def _apply_patterns(
    text: str, patterns: Sequence[Patterns], scheme: Scheme, edges: NDArray[np.int8], pos: NDArray[np.int16]
) -> None:
    """Make words of the matches of patterns in `edges [n + 1]` and `pos [n]`, in place."""
    for source in patterns:
        starts, ends, tags = source.find(text)
        if len(starts):
            weights = np.zeros(len(starts), np.float32)
            spans = Spans(starts, ends, weights, _tag_numbers(source.tag_names, scheme)[tags])
            _force(spans, edges, pos, scheme)


def _tag_numbers(names: Sequence[str], scheme: Scheme) -> NDArray[np.int16]:
    """The number of each tag in the scheme, -1 for those that it lacks; one more -1 at the end stands for no tag."""
    numbers = {tag: i for i, tag in enumerate(scheme.pos)}
    return np.array([*(numbers.get(tag, -1) for tag in names), -1], np.int16)


def _apply_entries(
    block: Block,
    dictionaries: Sequence[Dictionary],
    scheme: Scheme,
    guard: Guard,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> Spans:
    """Write the entries that force, cut and join into `edges [n + 1]` and `pos [n]`, in place; return the matches of
    those that are weighted."""
    words, kinds, cuts = _find_entries(block.text, dictionaries, scheme, guard, guard.most_matches(block))
    guard.check_matches(block, words.starts, words.ends, kinds)
    guard.pause()
    _force(words[kinds == FORCE], edges, pos, scheme)
    edges[cuts[edges[cuts] == Edge.FREE]] = Edge.CUT
    kept = words[kinds == JOIN]
    joined = _cover(kept.starts + 1, kept.ends, len(pos)) & (edges[:-1] == Edge.FREE)
    edges[:-1][joined] = Edge.JOIN
    _release_spaces(class_table()[block.codes] == SPACE, joined, edges)
    return words[(kinds == PREFER) | (kinds == FORBID)]


def _release_spaces(is_space: NDArray[np.bool_], joined: NDArray[np.bool_], edges: NDArray[np.int8]) -> None:
    """Free the `joined [n]` edges on one side of whitespace that a cut on its other side keeps out of every word."""
    after_space = np.append(False, is_space[:-1])
    while True:
        is_join = edges == Edge.JOIN
        loose = joined & is_join[:-1] & (is_space & ~is_join[1:] | after_space & ~np.append(False, is_join[:-2]))
        if not loose.any():
            return
        edges[:-1][loose] = Edge.FREE


def _find_entries(
    text: str, dictionaries: Sequence[Dictionary], scheme: Scheme, guard: Guard, most: int | None
) -> tuple[Spans, NDArray[np.int8], Places]:
    """The matches of all dictionaries, how strong each is, and the places before which some cut."""
    none = np.zeros(0, np.int64)
    parts = [(none, none, none, none, none.astype(np.float32), none.astype(np.int16), none.astype(np.int8))]
    for source, dictionary in enumerate(dictionaries):
        starts, ends, entries = dictionary.find(text, guard, most)
        kinds = dictionary.strengths[entries]
        weights = np.where(kinds == FORBID, BARRED, dictionary.weights[entries])
        tags = _tag_numbers(dictionary.tag_names, scheme)[dictionary.tags[entries]]
        parts.append((starts, ends, np.full(len(starts), source), entries, weights, tags, kinds))
    starts, ends, sources, entries, weights, tags, kinds = map(np.concatenate, zip(*parts, strict=True))
    order = np.argsort((starts * (len(text) + 1) + ends) * len(parts) + sources)
    latest = np.ones(len(order), bool)
    latest[:-1] = (starts[order][1:] != starts[order][:-1]) | (ends[order][1:] != ends[order][:-1])
    order = order[latest]
    kinds = kinds[order]
    cuts = [
        starts[k] + mark
        for k in order[kinds == CUT].tolist()
        for mark in dictionaries[sources[k]].marks[int(entries[k])]
    ]
    return Spans(starts, ends, weights, tags)[order], kinds, np.array(cuts, np.int64)


def _fitting(spans: Spans, edges: NDArray[np.int8]) -> Spans:
    """The spans that the edges `[n + 1]` known so far allow to be words."""
    n_cut = np.cumsum(edges == Edge.CUT)
    fits = (edges[spans.starts] != Edge.JOIN) & (edges[spans.ends] != Edge.JOIN)
    return spans[fits & (n_cut[spans.ends - 1] == n_cut[spans.starts])]


def _undecided(spans: Spans, edges: NDArray[np.int8]) -> Spans:
    """The weighted words that have a bonus and may be words, or are barred and are not known to be words. The weights
    of words to prefer are those of a character before, and those of the whole word after."""
    spans = _fitting(spans, edges)
    is_barred = spans.weights < 0
    spans = spans[is_barred | ((spans.ends - spans.starts > 1) & ~_nested(spans))]
    sizes = np.where(spans.weights < 0, 1, spans.ends - spans.starts - 1).astype(np.float32)
    spans = replace(spans, weights=spans.weights * sizes)
    n_joined = np.cumsum(edges == Edge.JOIN)
    known = (edges[spans.starts] == Edge.CUT) & (edges[spans.ends] == Edge.CUT)
    known &= n_joined[spans.ends - 1] - n_joined[spans.starts] == spans.ends - 1 - spans.starts
    return spans[~known | (spans.weights > 0)]


def _nested(spans: Spans) -> NDArray[np.bool_]:
    """Mask of the spans that lie inside a longer one of the same weight."""
    numbers, width = np.searchsorted(np.unique(spans.weights), spans.weights), int(spans.ends.max(initial=0)) + 1
    # By weight, then by start, the longest first: what comes before a span of the same weight begins no later.
    order = np.argsort((numbers * width + spans.starts) * width - spans.ends, kind="stable")
    reach = numbers[order] * width + spans.ends[order]
    nested = np.zeros(len(order), np.bool_)
    nested[order[1:]] = reach[1:] <= np.maximum.accumulate(reach)[:-1]
    return nested


def _force(spans: Spans, edges: NDArray[np.int8], pos: NDArray[np.int16], scheme: Scheme) -> None:
    """Make words, or entities, of spans, in place: the longest that what is known allows, and of equally long ones the
    first."""
    spans = _fitting(spans, edges)
    spans = spans[longest(spans.starts, spans.ends, len(pos))]
    starts, ends = spans.starts, spans.ends
    edges[starts] = edges[ends] = Edge.CUT
    edges[_ranges(starts + 1, ends)] = Edge.JOIN
    places = _ranges(starts, ends)
    of_spans = np.where(spans.pos < 0, COVERED, spans.pos) if scheme.outside else spans.pos
    pos[places] = np.where(pos[places] < 0, np.repeat(of_spans, ends - starts), pos[places])


def longest(starts: Places, ends: Places, n: int) -> NDArray[np.intp]:
    """The numbers, in order, of the spans of a text of `n` that are left, longest first, when of two that overlap the
    longer one stays, and of equally long ones the first."""
    sizes = ends - starts
    order = np.lexsort((starts, -sizes))
    taken = np.zeros(n, bool)
    kept = [np.zeros(0, np.intp)]
    for group in np.split(order, np.flatnonzero(np.diff(sizes[order])) + 1):
        # A longer span that overlaps a shorter one covers its first place or its last.
        free = group[~(taken[starts[group]] | taken[ends[group] - 1])]
        end, chosen = -1, []
        for k, start in zip(free.tolist(), starts[free].tolist(), strict=True):
            if start >= end:
                chosen.append(k)
                end = start + sizes[k]
        kept.append(np.array(chosen, np.intp))
        taken[_ranges(starts[kept[-1]], ends[kept[-1]])] = True
    return np.sort(np.concatenate(kept))

"""Words of dictionaries and of users' patterns that match in a block: what they make known, and which weigh.

Forced words, cuts and joins are written into `edges [n + 1]` and `pos [n]`, where what is known already stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import FORBIDDEN, Scores
from ..text.block import Block, Places
from ..text.characters import SPACE, class_table
from ..text.edges import Edge
from ..text.scheme import Scheme
from .dictionary import Dictionary
from .entries import CUT, FORBID, FORCE, JOIN, PREFER
from .guard import Guard
from .known import COVERED
from .patterns import Patterns
from .tag_maps import read_tag

BARRED = np.float32(FORBIDDEN / 2)  # the weight of a barred word: still better than a character in no word


@dataclass(frozen=True)
class MatchedWords:
    """Matches of entries in a block, in the order of their `starts` (to `ends`, half-open), with weights and POS
    numbers (-1 for any)."""

    starts: Places
    ends: Places
    weights: Scores
    pos: NDArray[np.int16]

    def __getitem__(self, index: NDArray[Any]) -> "MatchedWords":
        return MatchedWords(self.starts[index], self.ends[index], self.weights[index], self.pos[index])


def ranges(starts: Places, ends: Places) -> Places:
    """All numbers from `starts` up to `ends`, one range after the other."""
    sizes = np.maximum(ends - starts, 0)
    return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))


def cover_mask(starts: Places, ends: Places, n: int) -> NDArray[np.bool_]:
    """Mask of the places up to `n` that lie in one of the spans, which may overlap and may be empty."""
    ends = np.maximum(starts, ends)
    begun = np.bincount(starts, minlength=n + 1) - np.bincount(ends, minlength=n + 1)
    covered: NDArray[np.bool_] = np.cumsum(begun)[:n] > 0
    return covered


def apply_patterns(
    text: str, patterns: Sequence[Patterns], scheme: Scheme, edges: NDArray[np.int8], pos: NDArray[np.int16]
) -> None:
    """Make words of the matches of patterns in `edges [n + 1]` and `pos [n]`, in place."""
    for source in patterns:
        starts, ends, tags = source.find(text)
        if len(starts):
            weights = np.zeros(len(starts), np.float32)
            spans = MatchedWords(starts, ends, weights, _tag_numbers(source.tag_names, scheme)[tags])
            _force(spans, edges, pos, scheme)


def _tag_numbers(names: Sequence[str], scheme: Scheme) -> NDArray[np.int16]:
    """The number of each tag in the scheme, as `read_tag` reads it, -1 for those that it lacks; one more -1 at the end
    stands for no tag."""
    numbers: dict[str | None, int] = {tag: i for i, tag in enumerate(scheme.pos)}
    return np.array([*(numbers.get(read_tag(tag, scheme.pos), -1) for tag in names), -1], np.int16)


def apply_entries(
    block: Block,
    dictionaries: Sequence[Dictionary],
    scheme: Scheme,
    guard: Guard,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> MatchedWords:
    """Write the entries that force, cut and join into `edges [n + 1]` and `pos [n]`, in place; return the matches of
    those that are weighted."""
    words, kinds, cuts = _find_entries(block.text, dictionaries, scheme, guard, guard.most_matches(block))
    guard.check_matches(block, words.starts, words.ends, kinds)
    guard.pause()
    _force(words[kinds == FORCE], edges, pos, scheme)
    edges[cuts[edges[cuts] == Edge.FREE]] = Edge.CUT
    kept = words[kinds == JOIN]
    joined = cover_mask(kept.starts + 1, kept.ends, len(pos)) & (edges[:-1] == Edge.FREE)
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
) -> tuple[MatchedWords, NDArray[np.int8], Places]:
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
    return MatchedWords(starts, ends, weights, tags)[order], kinds, np.array(cuts, np.int64)


def _fitting(spans: MatchedWords, edges: NDArray[np.int8]) -> MatchedWords:
    """The spans that the edges `[n + 1]` known so far allow to be words."""
    n_cut = np.cumsum(edges == Edge.CUT)
    fits = (edges[spans.starts] != Edge.JOIN) & (edges[spans.ends] != Edge.JOIN)
    return spans[fits & (n_cut[spans.ends - 1] == n_cut[spans.starts])]


def undecided(spans: MatchedWords, edges: NDArray[np.int8]) -> MatchedWords:
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


def _nested(spans: MatchedWords) -> NDArray[np.bool_]:
    """Mask of the spans that lie inside a longer one of the same weight."""
    numbers, width = np.searchsorted(np.unique(spans.weights), spans.weights), int(spans.ends.max(initial=0)) + 1
    # By weight, then by start, the longest first: what comes before a span of the same weight begins no later.
    order = np.argsort((numbers * width + spans.starts) * width - spans.ends, kind="stable")
    reach = numbers[order] * width + spans.ends[order]
    nested = np.zeros(len(order), np.bool_)
    nested[order[1:]] = reach[1:] <= np.maximum.accumulate(reach)[:-1]
    return nested


def _force(spans: MatchedWords, edges: NDArray[np.int8], pos: NDArray[np.int16], scheme: Scheme) -> None:
    """Make words, or entities, of spans, in place: the longest that what is known allows, and of equally long ones the
    first."""
    spans = _fitting(spans, edges)
    spans = spans[longest(spans.starts, spans.ends, len(pos))]
    starts, ends = spans.starts, spans.ends
    edges[starts] = edges[ends] = Edge.CUT
    edges[ranges(starts + 1, ends)] = Edge.JOIN
    places = ranges(starts, ends)
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
        taken[ranges(starts[kept[-1]], ends[kept[-1]])] = True
    return np.sort(np.concatenate(kept))

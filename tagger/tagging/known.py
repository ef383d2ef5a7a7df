"""Annotations of a text: words and boundaries that an annotator or the text's markup tells, some of them, not all."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text.block import Block, Places
from ..text.characters import SPACE, class_table
from ..text.edges import Edge
from ..text.scheme import Scheme
from ..text.symbol_words import NO_SYMBOL
from .values import is_whole


class KnownWord(NamedTuple):
    """A word that is known: code points `start` to `end` of its text (half-open). Without a POS the model chooses."""

    start: int
    end: int
    pos: str | None = None


class KnownBoundary(NamedTuple):
    """At code point `at` of a text one word ends and another begins (`cut`), or both sides are in one word."""

    at: int
    cut: bool = True


@dataclass(frozen=True, eq=False)
class KnownMarks(Sequence[KnownWord | KnownBoundary]):
    """Annotations of one text as columns `[n_marks]`, in the order in which they were given.

    `edges` is FREE for a word, and CUT or JOIN for a boundary. A word is the code points `starts` to `ends`; a boundary
    lies in the middle of the two code points `starts` to `ends`. `tags` are numbers in `tag_names`, -1 for none.
    """

    starts: Places
    ends: Places
    edges: NDArray[np.int8]
    tags: NDArray[np.int64]
    tag_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, annotations: Sequence[KnownWord | KnownBoundary]) -> "KnownMarks":
        """The columns of annotations. Raises InputError for anything else."""
        if isinstance(annotations, KnownMarks):
            return annotations
        for mark in annotations:
            _check_mark(mark)
        numbers: dict[str, int] = {}
        rows = [
            (mark.start, mark.end, Edge.FREE, -1 if mark.pos is None else numbers.setdefault(mark.pos, len(numbers)))
            if isinstance(mark, KnownWord)
            else (mark.at - 1, mark.at + 1, Edge.CUT if mark.cut else Edge.JOIN, -1)
            for mark in annotations
        ]
        return cls.of_rows(rows, tuple(numbers))

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[int, int, int, int]], tag_names: tuple[str, ...]) -> Self:
        """From a row `(start, end, edge, tag)` for each annotation."""
        numbers = np.fromiter(chain.from_iterable(rows), np.int64, 4 * len(rows))
        starts, ends, edges, tags = numbers.reshape(-1, 4).T.copy()
        return cls(starts, ends, edges.astype(np.int8), tags, tag_names)

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> KnownWord | KnownBoundary: ...

    @overload
    def __getitem__(self, index: slice) -> "KnownMarks": ...

    def __getitem__(self, index: int | slice) -> "KnownWord | KnownBoundary | KnownMarks":
        if isinstance(index, slice):
            return KnownMarks(self.starts[index], self.ends[index], self.edges[index], self.tags[index], self.tag_names)
        start, end, tag = (int(column[index]) for column in (self.starts, self.ends, self.tags))
        if self.edges[index] == Edge.FREE:
            return KnownWord(start, end, None if tag < 0 else self.tag_names[tag])
        return KnownBoundary(end - 1, bool(self.edges[index] == Edge.CUT))


Annotations = Sequence[KnownWord | KnownBoundary]


def _check_mark(mark: object) -> None:
    """Raises InputError for what is no annotation, or has offsets that are no whole numbers."""
    places = mark[:2] if isinstance(mark, KnownWord) else mark[:1] if isinstance(mark, KnownBoundary) else (None,)
    if not all(is_whole(place) for place in places):
        raise InputError(
            "expected KnownWord(start, end, pos) or KnownBoundary(at, cut), with whole numbers for places, got "
            f"{mark!r:.80}; correct it"
        )


COVERED = np.int16(NO_SYMBOL)  # in place of the number of a type: an entity of any


@dataclass(frozen=True)
class KnownEdges:
    """What annotations say of a block of `n` code points: `edges [n + 1]` (an Edge before each) and `pos [n]` (-1 where
    nothing is known, COVERED where an entity of an unknown type is)."""

    edges: NDArray[np.int8]
    pos: NDArray[np.int16]

    @classmethod
    def of(cls, block: Block, scheme: Scheme, known: Sequence[Annotations]) -> Self:
        """From the annotations of each text. Raises InputError for one that its text cannot have."""
        if len(known) != block.n_texts:
            wanted = f"expected annotations of {block.n_texts} texts, got {len(known)}"
            raise InputError(f"{wanted}; give () for a text of none")
        marks = _BlockMarks.of(block, scheme, known)
        if (found := marks.write(marks.n_marks)) is None:
            raise InputError(marks.first_problem())
        return cls(*found)


def check_annotations(known: Annotations, block: Block, scheme: Scheme) -> None:
    """Raises InputError unless the one text of a block can have all of these annotations."""
    KnownEdges.of(block, scheme, [known])


@dataclass(frozen=True)
class _BlockMarks:
    """The annotations of a block's texts, in order, as columns `[n_marks]`.

    Each has the number of its text in `texts`, `sources` and `sizes`, and its span in that text. `tags` are numbers in
    the scheme, -1 for none, -2 for a tag that the scheme lacks. `places` are the block's code points without the line
    feeds between rows; those of text `i` begin at `places[bases[i]]`.
    """

    block: Block
    scheme: Scheme
    sources: Sequence[KnownMarks]
    sizes: Places
    bases: Places
    places: Places
    texts: Places
    starts: Places
    ends: Places
    edges: NDArray[np.int8]
    tags: NDArray[np.int64]

    @classmethod
    def of(cls, block: Block, scheme: Scheme, known: Sequence[Annotations]) -> Self:
        sources = [KnownMarks.of(annotations) for annotations in known]
        texts = np.repeat(np.arange(len(sources)), [len(marks) for marks in sources])
        empty = KnownMarks.of(())
        columns = [(marks.starts, marks.ends, marks.edges) for marks in (empty, *sources)]
        starts, ends, edges = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        tags = np.concatenate([empty.tags, *(_tag_numbers(marks, scheme) for marks in sources)])
        is_text = np.ones(len(block.codes), bool)
        is_text[block.starts + block.lengths] = False
        text_of_row: Places = np.cumsum(block.lasts) - block.lasts
        sizes = np.bincount(text_of_row, block.lengths, len(sources)).astype(np.int64)
        bases = np.cumsum(sizes) - sizes
        return cls(block, scheme, sources, sizes, bases, np.flatnonzero(is_text), texts, starts, ends, edges, tags)

    @property
    def n_marks(self) -> int:
        return len(self.texts)

    def write(self, n: int) -> tuple[NDArray[np.int8], NDArray[np.int16]] | None:
        """The edges and POS that the first `n` annotations tell; None if one of them does not fit."""
        starts, ends, texts, tags = self.starts[:n], self.ends[:n], self.texts[:n], self.tags[:n]
        if not ((starts >= 0) & (starts < ends) & (ends <= self.sizes[texts])).all() or (tags < -1).any():
            return None
        first, last = self.places[self.bases[texts] + starts], self.places[self.bases[texts] + ends - 1]
        is_word, is_cut = self.edges[:n] == Edge.FREE, self.edges[:n] == Edge.CUT
        spaces = class_table()[self.block.codes] == SPACE
        if (~is_cut & (spaces[first] | spaces[last] | (last - first >= ends - starts))).any():
            return None
        n_codes = len(self.block.codes)
        edges, pos = np.zeros(n_codes + 1, np.int8), np.full(n_codes, -1, np.int16)
        begun = np.bincount(first[~is_cut] + 1, minlength=n_codes + 1)
        joined = np.cumsum(begun - np.bincount(last[~is_cut] + 1, minlength=n_codes + 1)) > 0
        edges[joined] = Edge.JOIN
        cuts = np.concatenate([first[is_word], last[is_word] + 1, last[is_cut]])
        if joined[cuts].any():
            return None
        edges[cuts] = Edge.CUT
        tagged = tags >= 0
        pos[first[tagged]] = tags[tagged]
        if (pos[first[tagged]] != tags[tagged]).any():
            return None
        if self.scheme.outside:
            untagged = first[is_word & ~tagged]
            pos[untagged] = np.where(pos[untagged] < 0, COVERED, pos[untagged])
        if (pos != -1).any():  # the tag of a word's first code point is that of all of them
            pos = pos[np.maximum.accumulate(np.where(joined[:-1], 0, np.arange(n_codes)))]
        return edges, pos

    def first_problem(self) -> str:
        """What is wrong with the first annotation that does not fit those before it. There is one."""
        fitting, misfitting = 0, self.n_marks  # so many annotations fit, so many do not
        while misfitting - fitting > 1:
            middle = (fitting + misfitting) // 2
            fitting, misfitting = (fitting, middle) if self.write(middle) is None else (middle, misfitting)
        index = fitting
        text = int(self.texts[index])
        mark = self.sources[text][index - int(np.searchsorted(self.texts, text))]
        before = self.write(fitting)
        assert before is not None
        return f"{mark}: {self._problem(index, mark, *before)}"

    def _problem(
        self, index: int, mark: KnownWord | KnownBoundary, edges: NDArray[np.int8], pos: NDArray[np.int16]
    ) -> str:
        """Why this annotation does not fit the edges and POS that those before it tell."""
        start, end, text, names = self.starts[index], self.ends[index], self.texts[index], self.scheme.pos
        is_word, size = isinstance(mark, KnownWord), self.sizes[text]
        if not 0 <= start < end <= size:
            if is_word:
                return f"expected a word within a text of {size} code points; correct start and end"
            return f"expected a place inside a text of {size} code points; correct it"
        inside = self.places[self.bases[text] + start : self.bases[text] + end]
        is_cut = self.edges[index] == Edge.CUT
        if not is_cut and (class_table()[self.block.codes[inside[[0, -1]]]] == SPACE).any():
            if is_word:
                return "expected a word without whitespace around it; leave that out"
            return "expected characters of one word on both sides, got whitespace; give the word instead"
        if self.tags[index] < -1:
            return f"expected a tag among {', '.join(names) or 'none'}; give one of them, or None"
        if not is_cut and inside[-1] - inside[0] >= end - start:
            if is_word:
                return "expected a word that is not in two sections of a long text or two sentences; split elsewhere"
            return "expected characters of one section of a long text, or one sentence; split elsewhere"
        if is_word and pos[inside[0]] >= 0 and not _contradicts(edges, inside):
            return f"expected one tag for a word, got {names[pos[inside[0]]]} too; give one of them"
        return "expected annotations that agree, got a boundary inside a word; give one of them"


def _contradicts(edges: NDArray[np.int8], inside: Places) -> bool:
    """Whether the code points `inside` cannot be a word under these edges."""
    around = edges[[inside[0], inside[-1] + 1]]
    return bool((around == Edge.JOIN).any() or (edges[inside[1:]] == Edge.CUT).any())


def _tag_numbers(marks: KnownMarks, scheme: Scheme) -> NDArray[np.int64]:
    """The numbers of the annotations' tags in the scheme, -1 for none, -2 for those that it lacks."""
    numbers = [scheme.pos.index(name) if name in scheme.pos else -2 for name in marks.tag_names]
    return np.array([*numbers, -1], np.int64)[marks.tags]

"""Annotations of a text: words and boundaries that an annotator or the text's markup tells, some of them, not all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text.block import Block, Places, Unit, widths
from ..text.characters import SPACE, class_table, code_points
from ..text.edges import Edge
from ..text.scheme import Scheme


class KnownWord(NamedTuple):
    """A word that is known: code points `start` to `end` of its text (half-open). Without a POS the model chooses."""

    start: int
    end: int
    pos: str | None = None


class KnownBoundary(NamedTuple):
    """At code point `at` of a text one word ends and another begins (`cut`), or both sides are in one word."""

    at: int
    cut: bool = True


Annotations = Sequence[KnownWord | KnownBoundary]


class _Misfit(ValueError):  # noqa: N818
    """Why a text cannot have an annotation."""


def read_annotations(value: Any, text: str, unit: Unit = "codepoint") -> list[KnownWord | KnownBoundary]:
    """Annotations from JSON: a list of `{"start", "end", "pos"}` and `{"at", "cut"}` (`pos` and `cut` may be missing),
    with offsets in that unit. Raises InputError."""
    if not isinstance(value, list):
        raise InputError(f"expected a list of known words and boundaries, got {value!r:.80}; put them into brackets")
    indices: dict[int, int] = {}
    if value:
        ends = np.cumsum(widths(code_points(text), unit), dtype=np.int64)
        indices = {0: 0} | {end: index for index, end in enumerate(ends.tolist(), 1)}
    return [_read_annotation(item, indices, unit) for item in value]


def _read_annotation(item: Any, indices: dict[int, int], unit: Unit) -> KnownWord | KnownBoundary:
    """One annotation; `indices` are the code points that begin at offsets of the unit."""
    if not isinstance(item, dict) or not (item.keys() <= {"start", "end", "pos"} or item.keys() <= {"at", "cut"}):
        raise InputError(f"expected {{start, end, pos}} or {{at, cut}}, got {item!r:.80}; correct it")
    pos, is_cut = item.get("pos"), item.get("cut", True)
    if not isinstance(pos, str | None) or not isinstance(is_cut, bool):
        raise InputError(f"expected a string as pos, and true or false as cut, got {item!r:.80}; correct it")
    is_boundary = item.keys() <= {"at", "cut"}
    offsets = [item.get(name) for name in (("at",) if is_boundary else ("start", "end"))]
    places = [indices[offset] for offset in offsets if type(offset) is int and offset in indices]
    if len(places) < len(offsets):
        raise InputError(
            f"expected offsets of characters of the text, in units of {unit}, got {item!r:.80}; correct them"
        )
    return KnownBoundary(places[0], is_cut) if is_boundary else KnownWord(places[0], places[1], pos)


@dataclass(frozen=True)
class KnownEdges:
    """What annotations say of a block of `n` code points: `edges [n + 1]` (an Edge before each) and `pos [n]` (-1 where
    nothing is known)."""

    edges: NDArray[np.int8]
    pos: NDArray[np.int16]

    @classmethod
    def of(cls, block: Block, scheme: Scheme, known: Sequence[Annotations]) -> Self:
        """From the annotations of each text. Raises InputError for one that its text cannot have."""
        if len(known) != block.n_texts:
            wanted = f"expected annotations of {block.n_texts} texts, got {len(known)}"
            raise InputError(f"{wanted}; give () for a text of none")
        edges, pos = np.zeros(len(block.codes) + 1, np.int8), np.full(len(block.codes), -1, np.int16)
        spaces = class_table()[block.codes] == SPACE
        lasts = np.flatnonzero(block.lasts).tolist()
        rows = list(zip(block.starts.tolist(), block.lengths.tolist(), strict=True))
        for annotations, first, last in zip(known, [0, *(row + 1 for row in lasts[:-1])], lasts, strict=True):
            if not annotations:
                continue
            # Places in the block of the text's code points: line feeds lie between the rows of a long text.
            places = np.concatenate([np.arange(length) + start for start, length in rows[first : last + 1]])
            for annotation in annotations:
                try:
                    if isinstance(annotation, KnownWord):
                        _apply_word(annotation, places, spaces, scheme, edges, pos)
                    else:
                        _apply_boundary(annotation, places, spaces, edges)
                except _Misfit as problem:
                    raise InputError(f"{annotation}: {problem}") from None
        return cls(edges, pos)


def check_annotations(known: Annotations, text: str, scheme: Scheme) -> None:
    """Raises InputError unless a text can have all of these annotations."""
    KnownEdges.of(Block.of([text]), scheme, [known])


def _apply_word(
    word: KnownWord,
    places: Places,
    spaces: NDArray[np.bool_],
    scheme: Scheme,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> None:
    start, end, tag = word
    if not 0 <= start < end <= len(places):
        raise _Misfit(f"expected a word within a text of {len(places)} code points; correct start and end")
    inside = places[start:end]
    if spaces[inside[[0, -1]]].any():
        raise _Misfit("expected a word without whitespace around it; leave that out")
    if tag is not None and tag not in scheme.pos:
        raise _Misfit(f"expected a tag among {', '.join(scheme.pos) or 'none'}; give one of them, or None")
    if inside[-1] - inside[0] > end - start - 1:
        raise _Misfit("expected a word that is not in two sections of a long text; split the text elsewhere")
    _set_edges(edges, inside[:1], Edge.CUT)
    _set_edges(edges, inside[-1:] + 1, Edge.CUT)
    _set_edges(edges, inside[1:], Edge.JOIN)
    if tag is not None:
        number = scheme.pos.index(tag)
        if pos[inside[0]] not in (-1, number):
            raise _Misfit(f"expected one tag for a word, got {scheme.pos[pos[inside[0]]]} too; give one of them")
        pos[inside] = number


def _apply_boundary(
    boundary: KnownBoundary, places: Places, spaces: NDArray[np.bool_], edges: NDArray[np.int8]
) -> None:
    index, is_cut = boundary
    if not 0 < index < len(places):
        raise _Misfit(f"expected a place inside a text of {len(places)} code points; correct it")
    before, after = places[index - 1 : index + 1]
    if not is_cut and spaces[[before, after]].any():
        raise _Misfit("expected characters of one word on both sides, got whitespace; give the word instead")
    if not is_cut and after - before > 1:
        raise _Misfit("expected characters of one section of a long text; split the text elsewhere")
    _set_edges(edges, places[index : index + 1], Edge.CUT if is_cut else Edge.JOIN)


def _set_edges(edges: NDArray[np.int8], places: Places, edge: int) -> None:
    if not np.isin(edges[places], (Edge.FREE, edge)).all():
        raise _Misfit("expected annotations that agree, got a boundary inside a word; give one of them")
    edges[places] = edge

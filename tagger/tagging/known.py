"""What an annotator, or the markup of a text, says about its words: some words, some boundaries, not all."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text.block import Block, Places, Unit, widths
from ..text.characters import SPACE, class_table, code_points
from ..text.scheme import Scheme

FREE, JOIN, CUT = range(3)


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
    """Why something cannot be given."""


def marks(value: Any, text: str, unit: Unit = "codepoint") -> list[KnownWord | KnownBoundary]:
    """From JSON: a list of `{"start", "end", "pos"}` and `{"at", "cut"}` (`pos` and `cut` may be missing), with
    offsets in that unit. Raises InputError."""
    if not isinstance(value, list):
        raise InputError(f"expected a list of given words and boundaries, got {value!r:.80}; put them into brackets")
    places: dict[Any, int] | None = None
    found: list[KnownWord | KnownBoundary] = []
    for item in value:
        if not isinstance(item, dict) or not (item.keys() <= {"start", "end", "pos"} or item.keys() <= {"at", "cut"}):
            raise InputError(f"expected {{start, end, pos}} or {{at, cut}} as given, got {item!r:.80}; correct it")
        pos, is_cut = item.get("pos"), item.get("cut", True)
        if not isinstance(pos, str | None) or not isinstance(is_cut, bool):
            raise InputError(f"expected a string as pos, and true or false as cut, got {item!r:.80}; correct it")
        if places is None:
            ends = np.cumsum(widths(code_points(text), unit), dtype=np.int64)
            places = {0: 0} | {int(end): at for at, end in enumerate(ends, 1)}
        wanted = [item.get(name) for name in (("at",) if item.keys() <= {"at", "cut"} else ("start", "end"))]
        at = [places.get(offset) if type(offset) is int else None for offset in wanted]
        if None in at:
            raise InputError(
                f"expected offsets of characters of the text, in units of {unit}, got {item!r:.80}; correct them"
            )
        found.append(KnownBoundary(at[0], is_cut) if len(at) == 1 else KnownWord(at[0], at[1], pos))  # type: ignore[arg-type]
    return found


def give(
    block: Block, scheme: Scheme, known: Sequence[Annotations], edges: NDArray[np.int8], pos: NDArray[np.int16]
) -> None:
    """Write down what is given, in place. Raises InputError for what cannot be."""
    if not any(known):
        return
    if len(known) != block.n_texts:
        raise InputError(f"expected what is given of {block.n_texts} texts, got {len(known)}; give () for none")
    spaces = class_table()[block.codes] == SPACE
    lasts = np.flatnonzero(block.lasts).tolist()
    rows = list(zip(block.starts.tolist(), block.lengths.tolist(), strict=True))
    for marks, first, last in zip(known, [0, *(row + 1 for row in lasts[:-1])], lasts, strict=True):
        if not marks:
            continue
        places = np.concatenate([np.arange(n) + start for start, n in rows[first : last + 1]])
        for mark in marks:
            try:
                if isinstance(mark, KnownWord):
                    _give_word(mark, places, spaces, scheme, edges, pos)
                else:
                    _give_boundary(mark, places, spaces, edges)
            except _Misfit as problem:
                raise InputError(f"given {mark}: {problem}") from None


def check(known: Annotations, text: str, scheme: Scheme) -> None:
    """Raises InputError unless all of this can be given of a text."""
    block = Block.of([text])
    give(block, scheme, [known], np.zeros(len(block.codes) + 1, np.int8), np.full(len(block.codes), -1, np.int16))


def _give_word(
    mark: KnownWord,
    places: Places,
    spaces: NDArray[np.bool_],
    scheme: Scheme,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> None:
    start, end, tag = mark
    if not 0 <= start < end <= len(places):
        raise _Misfit(f"expected a word within a text of {len(places)} code points; correct start and end")
    own = places[start:end]
    if spaces[own[[0, -1]]].any():
        raise _Misfit("expected a word without whitespace around it; leave that out")
    if tag is not None and tag not in scheme.pos:
        raise _Misfit(f"expected a tag among {', '.join(scheme.pos) or 'none'}; give one of them, or None")
    if own[-1] - own[0] > end - start - 1:
        raise _Misfit("expected a word that is not in two sections of a long text; split the text elsewhere")
    _set(edges, own[:1], CUT)
    _set(edges, own[-1:] + 1, CUT)
    _set(edges, own[1:], JOIN)
    if tag is not None:
        number = scheme.pos.index(tag)
        if pos[own[0]] not in (-1, number):
            raise _Misfit(f"expected one tag for a word, got {scheme.pos[pos[own[0]]]} too; give one of them")
        pos[own] = number


def _give_boundary(mark: KnownBoundary, places: Places, spaces: NDArray[np.bool_], edges: NDArray[np.int8]) -> None:
    at, is_cut = mark
    if not 0 < at < len(places):
        raise _Misfit(f"expected a place inside a text of {len(places)} code points; correct it")
    before, after = places[at - 1 : at + 1]
    if not is_cut and spaces[[before, after]].any():
        raise _Misfit("expected characters of one word on both sides, got whitespace; give the word instead")
    if not is_cut and after - before > 1:
        raise _Misfit("expected characters of one section of a long text; split the text elsewhere")
    _set(edges, places[at : at + 1], CUT if is_cut else JOIN)


def _set(edges: NDArray[np.int8], places: Places, value: int) -> None:
    if not np.isin(edges[places], (FREE, value)).all():
        raise _Misfit("expected what goes with the rest, got a boundary inside a word; give one of them")
    edges[places] = value

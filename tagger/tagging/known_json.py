"""Annotations of a text as JSON: `{"start", "end", "pos"}` for a word, `{"at", "cut"}` for a boundary."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..text.block import Unit, widths
from ..text.characters import code_points
from ..text.edges import Edge
from .known import KnownMarks

_WORD, _BOUNDARY = {"start", "end", "pos"}, {"at", "cut"}


def read_annotations(value: Any, text: str, unit: Unit = "codepoint") -> KnownMarks:
    """Annotations from a list of objects, of which `pos` and `cut` may be missing, with offsets in that unit.

    Raises InputError for a value of another shape, and for offsets that are no places between characters of the text.
    """
    if not isinstance(value, list):
        raise InputError(f"expected a list of known words and boundaries, got {value!r:.80}; put them into brackets")
    places = _places(text, unit) if value else {}
    numbers: dict[str, int] = {}
    rows = [_read_row(item, places, numbers, unit) for item in value]
    return KnownMarks.of_rows(rows, tuple(numbers))


def _places(text: str, unit: Unit) -> Mapping[int, int] | range:
    """The code point that begins at each offset of the unit."""
    if unit == "codepoint":
        return range(len(text) + 1)
    ends = np.cumsum(widths(code_points(text), unit), dtype=np.int64)
    return {0: 0} | {end: index for index, end in enumerate(ends.tolist(), 1)}


def _read_row(
    item: Any, places: Mapping[int, int] | range, numbers: dict[str, int], unit: Unit
) -> tuple[int, int, int, int]:
    """The row of `KnownMarks.of_rows` for one annotation; `numbers` are those of the tags so far."""
    if not isinstance(item, dict) or not (item.keys() <= _WORD or item.keys() <= _BOUNDARY):
        raise InputError(f"expected {{start, end, pos}} or {{at, cut}}, got {item!r:.80}; correct it")
    pos, is_cut = item.get("pos"), item.get("cut", True)
    if not isinstance(pos, str | None) or not isinstance(is_cut, bool):
        raise InputError(f"expected a string as pos, and true or false as cut, got {item!r:.80}; correct it")
    is_boundary = "start" not in item and "end" not in item and "pos" not in item
    first = item.get("at" if is_boundary else "start")
    last = first if is_boundary else item.get("end")
    if type(first) is not int or type(last) is not int or first not in places or last not in places:
        raise InputError(
            f"expected offsets of characters of the text, in units of {unit}, got {item!r:.80}; correct them"
        )
    if is_boundary:
        return places[first] - 1, places[first] + 1, Edge.CUT if is_cut else Edge.JOIN, -1
    return places[first], places[last], Edge.FREE, -1 if pos is None else numbers.setdefault(pos, len(numbers))

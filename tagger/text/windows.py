"""Where long texts are cut: into sections, and these into windows that fit the model.

A text of up to `SECTION` code points is one row. A longer one becomes several rows, cut at the end of a sentence or at
a comma if there is one. Where a row ends depends on its own code points alone, so a reader can cut a line of any
length while it arrives. A row of up to `WINDOW` code points goes to the model as a whole; a longer one is cut at
sentence ends, or into windows that overlap.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .marks import CLOSERS, END_MARKS

SECTION = 1 << 16  # code points of a row, at most
WINDOW = 256  # code points that the model reads at once, at most
CONTEXT = 32  # code points that a window reads beyond the part that it answers for

# Sentences as `sentences` finds them without a look at more than a character after the mark, and ；.
SENTENCE_END = re.compile(
    f"(?:[{END_MARKS}；;\n]|\\.(?=\\s)|(?<=[\u4e00-\u9fff])[.．](?=[\u4e00-\u9fff]))"
    f"[{END_MARKS}；;.．\n]*[{re.escape(CLOSERS)}]*"
)
_BREAK = re.compile(r"[\s,，、:：]+")


class Window(NamedTuple):
    """The code points `start:end` of a text; `overlaps` if the next window begins before this one ends."""

    start: int
    end: int
    overlaps: bool


def _last_match(
    pattern: re.Pattern[str], text: str, start: int, end: int, joined: NDArray[np.bool_] | None
) -> int | None:
    """The end of the last match in the second half of `start:end` at which `text` may be cut; None if none is."""
    place = None
    for match in pattern.finditer(text, (start + end) // 2, end):
        if match.end() < end and (joined is None or not joined[match.end()]):
            place = match.end()
    return place


def section_end(text: str, start: int = 0, *, section: int = SECTION) -> int:
    """Where the row that begins at `start` ends. Reads no more than `section` code points from there."""
    end = start + section
    if len(text) <= end:
        return len(text)
    return _last_match(SENTENCE_END, text, start, end, None) or _last_match(_BREAK, text, start, end, None) or end


def sections(text: str, *, section: int = SECTION) -> list[str]:
    """The rows of a text, which joined give the text: one, unless it is longer than `section` code points."""
    end = section_end(text, section=section)
    rows = [text[:end]]
    while end < len(text):
        start, end = end, section_end(text, end, section=section)
        rows.append(text[start:end])
    return rows


def windows(
    text: str, start: int, end: int, joined: NDArray[np.bool_], *, window: int = WINDOW, context: int = CONTEXT
) -> list[Window]:
    """The windows of the row `text[start:end]`, of at most `window` code points each.

    No window ends at the end of a sentence where `joined [n_chars]` forbids a word boundary. Windows that do not end
    at a sentence's end share `2 * context` code points with the next one.
    """
    parts = []
    while end - start > window:
        cut = _last_match(SENTENCE_END, text, start, start + window, joined)
        parts.append(Window(start, cut or start + window, cut is None))
        start = cut or start + window - 2 * context
    return [*parts, Window(start, end, False)]


def seam(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> int:
    """Where the answer of one window ends and that of the next one begins: an index into the part that they share.

    `left` and `right`, one value per shared code point, say where a word or a space begins by each answer. The seam is
    the place nearest to the middle where it does by both; the middle if there is no such place, as within a word that
    is longer than the shared part.
    """
    middle = len(left) // 2
    shared = np.flatnonzero(left & right)
    return int(shared[np.abs(shared - middle).argmin()]) if len(shared) else middle

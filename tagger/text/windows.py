"""Where long texts are cut: at sentence ends if there are any, else into windows that overlap.

A text of up to `SECTION` code points is one row; a longer one is several, cut where no word is likely to
be hurt, and nothing is carried from one to the next: readers can cut a line of any length as it comes.
A row of up to `WINDOW` code points goes to the model whole, so its answer never depends on a cut.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SECTION = 1 << 16
WINDOW = 256
CONTEXT = 32  # code points that a window sees beyond the part that it answers for

_CLOSERS = "\"'”’」』）)》〉】]"
_SENTENCE_END = re.compile(f"(?:[。！？!?；;…\n]|\\.(?=\\s))[。！？!?；;….\n]*[{re.escape(_CLOSERS)}]*")
_BREAK = re.compile(r"[\s,，、:：]+")


class Window(NamedTuple):
    """Code points `start:end` of a row; `overlaps` the next one, which begins before this one ends."""

    start: int
    end: int
    overlaps: bool


def _last(pattern: re.Pattern[str], text: str, start: int, end: int, joined: NDArray[np.bool_] | None) -> int | None:
    """The end of the last match in the second half of `start:end` at which `text` may be cut."""
    found = None
    for match in pattern.finditer(text, (start + end) // 2, end):
        at = match.end()
        if at < end and (joined is None or not joined[at]):
            found = at
    return found


def section_end(text: str, start: int = 0) -> int:
    """Where the row that begins at `start` ends: looks at no more than `SECTION` code points from there."""
    end = start + SECTION
    if len(text) <= end:
        return len(text)
    return _last(_SENTENCE_END, text, start, end, None) or _last(_BREAK, text, start, end, None) or end


def sections(text: str) -> list[str]:
    """The rows of a text: one, unless it is longer than `SECTION`. Joined they are the text."""
    rows = [text[: section_end(text)]]
    at = len(rows[0])
    while at < len(text):
        at, start = section_end(text, at), at
        rows.append(text[start:at])
    return rows


def windows(text: str, start: int, end: int, joined: NDArray[np.bool_]) -> list[Window]:
    """The windows of the row `text[start:end]`; `joined` are the code points that go on a run."""
    found = []
    while end - start > WINDOW:
        cut = _last(_SENTENCE_END, text, start, start + WINDOW, joined)
        found.append(Window(start, cut or start + WINDOW, cut is None))
        start = cut or start + WINDOW - 2 * CONTEXT
    return [*found, Window(start, end, False)]


def seam(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> int:
    """Where to go over from one window's answer to the next one's: a place in their common part.

    Both say of each of its code points whether a word (or a space) begins there. The place nearest to the
    middle where both do; the middle if there is none, as in a word that is longer than the common part.
    """
    middle = len(left) // 2
    both = np.flatnonzero(left & right)
    return int(both[np.abs(both - middle).argmin()]) if len(both) else middle

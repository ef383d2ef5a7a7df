"""Unicode characters: their classes, the folding of full-width forms, and tables stored in pages."""

import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .sentence import WHITESPACE

N_CODE_POINTS = 0x110000
PAD, SPACE = 0, 1  # the ids of the first two classes
CLASSES = (
    "padding", "space", "Han", "kana", "Hangul", "Latin capital", "Latin small", "digit", "letter",
    "punctuation", "symbol", "emoji", "mark", "control", "other",
)  # fmt: skip
PAGE = 256  # code points of a page (see `pages_of`)
# Characters that simplified text uses in their own right, in frequent words (著名, 乾隆): see `context`.
AMBIGUOUS = "乾著"
# A simplified character and its traditional and variant forms a line; `python tests/simplified.py` makes it.
SIMPLIFIED = Path(__file__).with_name("simplified.txt")
_RANGES = {
    "Han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF), (0x3005, 0x3007)),
    "kana": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0x1AFF0, 0x1B16F)),
    "Hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    "emoji": ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x200D, 0x200D), (0xFE0F, 0xFE0F),
              (0x20E3, 0x20E3), (0xE0020, 0xE007F)),
}  # fmt: skip
_LATIN = ((0x41, 0x24F), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F))
_ASSIGNED = range(0x40000), range(0xE0000, 0xF0000)  # the other planes have no characters, or those of private use
_CATEGORIES = {"L": "letter", "N": "digit", "P": "punctuation", "S": "symbol", "M": "mark", "Z": "other"}


@cache
def class_table() -> NDArray[np.uint8]:
    """The index into CLASSES of every code point, `[0x110000]`."""
    ids = {name: i for i, name in enumerate(CLASSES)}
    by_category = {}
    for category in {unicodedata.category(chr(code)) for code in range(0x3000)} | {"Co", "Cs", "Cn"}:
        by_category[category] = ids[_CATEGORIES.get(category[0], "control" if category in ("Cc", "Cf") else "other")]
    table = np.full(N_CODE_POINTS, ids["other"], np.uint8)
    for codes in _ASSIGNED:
        table[codes.start : codes.stop] = [by_category[unicodedata.category(chr(code))] for code in codes]
    for first, last in _LATIN:
        part = table[first : last + 1]
        for offset in np.flatnonzero(part == ids["letter"]):
            capital = unicodedata.category(chr(first + int(offset))) == "Lu"
            part[offset] = ids["Latin capital" if capital else "Latin small"]
    for name, ranges in _RANGES.items():
        for first, last in ranges:
            table[first : last + 1] = ids[name]
    table[[ord(char) for char in WHITESPACE]] = SPACE
    return table


@cache
def folding() -> dict[int, int]:
    """The code point that each variant of a character stands for: the ordinary form of full-width and half-width forms
    (Unicode's <wide> and <narrow>), the simplified form of traditional and variant Chinese characters (OpenCC's)."""
    return {**_widths(), **_scripts()}


def _widths() -> dict[int, int]:
    pairs = {}
    for code in (0x3000, *range(0xFF00, 0xFFF0)):
        kind, _, target = unicodedata.decomposition(chr(code)).partition(" ")
        if kind in ("<wide>", "<narrow>"):
            pairs[code] = int(target, 16)
    return pairs


def _scripts() -> dict[int, int]:
    """Traditional and variant characters, one to one. Where one of them is two in simplified script, the more frequent
    one is meant; `AMBIGUOUS` stay as they are."""
    lines = SIMPLIFIED.read_text(encoding="utf-8").splitlines()
    return {ord(char): ord(line[0]) for line in lines for char in line[1:] if char not in AMBIGUOUS}


@cache
def traditional_forms() -> dict[int, int]:
    """The first traditional or variant form of each simplified character that has any; `AMBIGUOUS` is none."""
    return {simplified: form for form, simplified in reversed(_scripts().items())}


def code_points(text: str) -> NDArray[np.int32]:
    """The code points of a text, `[n_chars]`; a lone surrogate is one code point."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)


def pages_of(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A table `[0x110000]` in two levels, `pages` and `cells`, in which equal pages are stored once.

    The value of a code point is `cells[pages[code // PAGE] * PAGE + code % PAGE]`.
    """
    # shape: [0x110000] -> [n_pages, PAGE]
    cells, pages = np.unique(ids.reshape(-1, PAGE), axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.int32), cells.reshape(-1)

"""Symbols and punctuation that are words of their own whatever is beside them, and their tags.

Emoji, symbols and Chinese punctuation are one word each in the treebanks of Universal Dependencies (de Marneffe et
al. 2021), with the tags SYM and PUNCT. So are operators beside a digit or a
bracket (3×4, x=1, 2^10) and pairs of ASCII brackets
(见[2], see `bracket_pairs`). Left alone is what may be part of another word: units (℃, ㎡, %), zeros and minus signs
(二○○八, −5), other operators between Latin letters (a×b), and other ASCII beside Latin letters or ASCII (C++, a=b).
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .characters import N_CODE_POINTS

SYMBOL, PUNCTUATION = 1, 2
TAGS = {SYMBOL: "SYM", PUNCTUATION: "PUNCT"}
KIND = 3  # the bits of the kind in the table; the other bits are these flags
BETWEEN = 4  # no word of its own between Latin letters
BESIDE = 8  # no word of its own beside Latin letters, digits or ASCII, but for operators beside digits and brackets
REPEATED = 16  # one word or several with others like it beside it
LATIN = 32  # a letter or a digit of a script that is written with alphabets
ASCII = 64  # ASCII that is no letter and no digit
DIGIT = 128
OPENING = 256  # a bracket, in ASCII or in full width
CLOSING = 512
OPERANDS = 1024  # an operator between letters, digits or brackets only
DIGITS = 2048  # an operator between digits only
MARK = 4096  # ASCII that may stand beside brackets which are words of their own
BREAK = 8192  # the end of a line
FLAGS = {
    "KIND": KIND, "SYMBOL": SYMBOL, "PUNCTUATION": PUNCTUATION, "BETWEEN": BETWEEN, "BESIDE": BESIDE,
    "REPEATED": REPEATED, "LATIN": LATIN, "ASCII": ASCII, "DIGIT": DIGIT, "OPENING": OPENING, "CLOSING": CLOSING,
    "OPERANDS": OPERANDS, "DIGITS": DIGITS, "MARK": MARK, "BREAK": BREAK,
}  # fmt: skip

# Half-open ranges with symbols, of which those of the categories So, Sc and Sm count, and closed ranges of Ⅲ, ①, ➀, ㊀.
_SYMBOLS = ((0xA0, 0x100), (0x20A0, 0x20F0), (0x2190, 0x2500), (0x2580, 0x2E80), (0x3004, 0x3030), (0x3200, 0x3300),
            (0xFF5F, 0xFFF0), (0x1D000, 0x1D400), (0x1F000, 0x20000))  # fmt: skip
_NUMERALS = ((0x2160, 0x2188), (0x2460, 0x24FF), (0x2776, 0x2793), (0x3220, 0x3229), (0x3280, 0x3289))
_NO_SYMBOLS = "¬°¦©®−○◯"
_BRACKETS = ((0x2010, 0x2040), (0x3000, 0x3030), (0xFE10, 0xFE50), (0xFF01, 0xFFF0))
_NO_BRACKETS = "‘’‚‛"  # ’ is an apostrophe too
_MARKS, _REPEATED_MARKS = "。，、；：？！｡､", "…—"
_ASCII_SYMBOLS, _ASCII_BRACKETS = "$+<=>^", "()[]{}"
_OTHER_FLAGS = {
    OPENING: "([{（［｛", CLOSING: ")]}）］｝", OPERANDS: "^<>", DIGITS: "+$", MARK: ",.;:!?\"'=", BREAK: "\n"
}  # fmt: skip


@cache
def symbol_table() -> NDArray[np.uint16]:
    """The kind and the flags of every code point, `[0x110000]`."""
    table = np.zeros(N_CODE_POINTS, np.uint16)
    for code, category in _categories(_SYMBOLS):
        if category in ("So", "Sc", "Sm") and chr(code) not in _NO_SYMBOLS:
            table[code] = SYMBOL | (BETWEEN if category == "Sm" else 0)
    for first, last in _NUMERALS:
        table[first : last + 1] = SYMBOL
    for code, category in _categories(_BRACKETS):
        if category in ("Ps", "Pe", "Pi", "Pf") and chr(code) not in _NO_BRACKETS:
            table[code] = PUNCTUATION
    table[[ord(char) for char in _MARKS]] = PUNCTUATION
    table[[ord(char) for char in _REPEATED_MARKS]] = PUNCTUATION | REPEATED
    table[[ord(char) for char in _ASCII_SYMBOLS]] = SYMBOL | BESIDE
    table[[ord(char) for char in _ASCII_BRACKETS]] = PUNCTUATION | BESIDE
    for code in (*range(0x21, 0x2000), *range(0xFF10, 0xFF5B)):
        if chr(code).isalnum():
            table[code] |= LATIN
        elif code < 0x7F:
            table[code] |= ASCII
    table[0x30:0x3A] |= DIGIT
    table[0xFF10:0xFF1A] |= DIGIT
    for flag, chars in _OTHER_FLAGS.items():
        table[[ord(char) for char in chars]] |= flag
    return table


def _categories(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, str]]:
    """The code points of half-open ranges with their general categories."""
    return [(code, unicodedata.category(chr(code))) for first, stop in ranges for code in range(first, stop)]


def flags_around(codes: NDArray[np.int32]) -> NDArray[np.uint16]:
    """The kinds and flags of code points `[n]` with none before them and none after them, `[n + 2]`."""
    around = np.zeros(len(codes) + 2, np.uint16)
    around[1:-1] = symbol_table().take(codes)
    return around


def repeats(around: NDArray[np.uint16], places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mask of the places, of those of `flags_around [n + 2]` from 0 to n, at which a code point may be one word with
    the one before."""
    flags, before = around[places + 1], around[places]
    repeated: NDArray[np.bool_] = (flags & before & REPEATED > 0) & ((flags ^ before) & KIND == 0)
    return repeated

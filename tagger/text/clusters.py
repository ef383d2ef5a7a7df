"""Grapheme clusters: which code points belong to the character before them, so that no word begins there.

A reader takes a letter with its marks, a flag, a family of emoji or a Hangul syllable for one character. The rules are
those of Unicode's UAX #29, "Unicode Text Segmentation", for extended grapheme clusters. The classes of code points come
from their general categories and a few ranges; where they are coarser than Unicode's, clusters are longer, not shorter.
"""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .characters import N_CODE_POINTS
from .sentence import WHITESPACE

# The classes of code points. Those before "extend" are in a cluster with a neighbour only where one of the classes from
# "extend" on is there too, so that in text without any of these every cluster is one code point.
CLASSES = (
    "other", "control", "picture", "syllable", "closed syllable", "consonant",
    "extend", "linker", "joiner", "prepend", "region", "leading", "vowel", "trailing",
)  # fmt: skip
OTHER, CONTROL, PICTURE, SYLLABLE, CLOSED_SYLLABLE, CONSONANT = range(6)
EXTEND, LINKER, JOINER, PREPEND, REGION, LEADING, VOWEL, TRAILING = range(6, 14)

# What may hold marks, symbols or controls: the other ranges are Han, Hangul, Yi, Tangut, cuneiform and private use.
_SCANNED = (
    (0, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x12000),
    (0x16000, 0x17000),
    (0x1A000, 0x20000),
    (0xE0000, 0xE01F0),
)
_RANGES = {
    CONTROL: ((0x2028, 0x2029), (0x200B, 0x200B), (0x200E, 0x200F)),
    PICTURE: ((0x203C, 0x203C), (0x2049, 0x2049), (0x2139, 0x2139), (0x3030, 0x3030), (0x1F000, 0x1F3FA),
              (0x1F400, 0x1FAFF), (0x1FC00, 0x1FFFD)),
    EXTEND: ((0x0E33, 0x0E33), (0x0EB3, 0x0EB3), (0x200C, 0x200C), (0xFF9E, 0xFF9F), (0x1F3FB, 0x1F3FF),
             (0xE0020, 0xE007F)),
    PREPEND: ((0x0600, 0x0605), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2),
              (0x0D4E, 0x0D4E), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x111C2, 0x111C3), (0x1193F, 0x1193F),
              (0x11941, 0x11941), (0x11A3A, 0x11A3A), (0x11A84, 0x11A89), (0x11D46, 0x11D46)),
    REGION: ((0x1F1E6, 0x1F1FF),),
    LEADING: ((0x1100, 0x115F), (0xA960, 0xA97C)),
    VOWEL: ((0x1160, 0x11A7), (0xD7B0, 0xD7C6)),
    TRAILING: ((0x11A8, 0x11FF), (0xD7CB, 0xD7FB)),
    CLOSED_SYLLABLE: ((0xAC00, 0xD7A3),),
    # Letters of the Indic scripts that write conjuncts, and the signs that link them (UAX #29, GB9c).
    CONSONANT: ((0x0915, 0x0939), (0x0958, 0x095F), (0x0978, 0x097F), (0x0995, 0x09B9), (0x09DC, 0x09DF),
                (0x09F0, 0x09F1), (0x0A95, 0x0AB9), (0x0AF9, 0x0AF9), (0x0B15, 0x0B39), (0x0B5C, 0x0B5F),
                (0x0B71, 0x0B71), (0x0C15, 0x0C39), (0x0C58, 0x0C5A), (0x0D15, 0x0D3A)),
    LINKER: tuple((code, code) for code in (0x094D, 0x09CD, 0x0ACD, 0x0B4D, 0x0C4D, 0x0D4D)),
    JOINER: ((0x200D, 0x200D),),
}  # fmt: skip


@cache
def cluster_table() -> NDArray[np.uint8]:
    """The class of every code point, `[0x110000]`."""
    table = np.zeros(N_CODE_POINTS, np.uint8)
    classes = {"Mn": EXTEND, "Me": EXTEND, "Mc": EXTEND, "So": PICTURE, "Sm": PICTURE, "Cc": CONTROL, "Cf": CONTROL}
    for first, stop in _SCANNED:
        for code in range(first, stop):
            table[code] = classes.get(unicodedata.category(chr(code)), OTHER)
    for number, ranges in _RANGES.items():
        for first, last in ranges:
            table[first : last + 1] = number
    table[0xAC00:0xD7A4:28] = SYLLABLE
    table[[ord(char) for char in WHITESPACE]] = CONTROL
    return table


def inner_mask(codes: NDArray[np.int32]) -> NDArray[np.bool_] | None:
    """Mask `[n]` of the code points that continue a cluster; None where every cluster is one code point."""
    classes = cluster_table()[codes]
    if len(codes) < 2 or classes.max() < EXTEND:
        return None
    before, after = classes[:-1], classes[1:]
    extends = (classes == EXTEND) | (classes == LINKER) | (classes == JOINER)
    inner = np.zeros(len(codes), bool)
    inner[1:] = (before != CONTROL) & extends[1:]
    inner[1:] |= (before == PREPEND) & (after != CONTROL)
    inner[1:] |= (before == LEADING) & np.isin(after, (LEADING, VOWEL, SYLLABLE, CLOSED_SYLLABLE))
    inner[1:] |= np.isin(before, (SYLLABLE, VOWEL)) & np.isin(after, (VOWEL, TRAILING))
    inner[1:] |= np.isin(before, (CLOSED_SYLLABLE, TRAILING)) & (after == TRAILING)
    _join_pictures(classes, extends, inner)
    _join_conjuncts(classes, extends, inner)
    _join_flags(classes, inner)
    return inner


def last_place(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The last place up to each one where `mask [n]` holds; -1 where there is none."""
    return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))


def _join_pictures(classes: NDArray[np.uint8], extends: NDArray[np.bool_], inner: NDArray[np.bool_]) -> None:
    """A picture goes on after a joiner that follows a picture and its marks."""
    places = np.flatnonzero((classes[:-1] == JOINER) & (classes[1:] == PICTURE)) + 1
    if len(places):
        base = last_place(~(extends & (classes != JOINER)))[places - 2]
        inner[places[(places >= 2) & (base >= 0) & (classes[base] == PICTURE)]] = True


def _join_conjuncts(classes: NDArray[np.uint8], extends: NDArray[np.bool_], inner: NDArray[np.bool_]) -> None:
    """A consonant goes on after marks of which one is a linker."""
    places = np.flatnonzero(extends[:-1] & (classes[1:] == CONSONANT)) + 1
    if len(places):
        inner[places[last_place(classes == LINKER)[places - 1] > last_place(~extends)[places - 1]]] = True


def _join_flags(classes: NDArray[np.uint8], inner: NDArray[np.bool_]) -> None:
    """Of letters for regions each second one goes on."""
    places = np.flatnonzero(classes == REGION)
    if len(places):
        first = last_place(classes != REGION)[places] + 1
        inner[places[(places - first) % 2 == 1]] = True

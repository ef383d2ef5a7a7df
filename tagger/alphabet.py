"""Code points to character ids and pairs of ids to bigram ids, as tables of integers.

The tables are baked into the model's graph at export; the same numbers drive the net in training.
Surfaces never change: only ids see full-width forms folded onto half-width ones, all whitespace as
one character, and characters unknown to the training corpus as one of the classes below.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .text import WHITESPACE

N_CODE_POINTS = 0x110000
PAD, SPACE = 0, 1
CLASSES = (
    "padding", "space", "Han", "kana", "Hangul", "Latin capital", "Latin small", "digit", "letter",
    "punctuation", "symbol", "emoji", "mark", "control", "other",
)  # fmt: skip
PAGE = 256
# Odd multipliers of the two hash functions of the bigram table (Knuth's multiplicative hashing).
MULTIPLIERS = ((40503, 30011), (27449, 52711))

_RANGES = {
    "Han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF), (0x3005, 0x3007)),
    "kana": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0x1AFF0, 0x1B16F)),
    "Hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    "emoji": ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x200D, 0x200D), (0xFE0F, 0xFE0F),
              (0x20E3, 0x20E3), (0xE0020, 0xE007F)),
}  # fmt: skip
_LATIN = ((0x41, 0x24F), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F))
_CATEGORIES = {"L": "letter", "N": "digit", "P": "punctuation", "S": "symbol", "M": "mark", "Z": "other"}


@cache
def class_table() -> NDArray[np.uint8]:
    """Class id of every code point, `[0x110000]`."""
    ids = {name: i for i, name in enumerate(CLASSES)}
    by_category = {}
    for category in {unicodedata.category(chr(code)) for code in range(0x3000)} | {"Co", "Cs", "Cn"}:
        by_category[category] = ids[_CATEGORIES.get(category[0], "control" if category in ("Cc", "Cf") else "other")]
    table = np.array([by_category[unicodedata.category(chr(code))] for code in range(N_CODE_POINTS)], np.uint8)
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
    """Full-width and half-width forms and the code point they stand for (Unicode's <wide>, <narrow>)."""
    pairs = {}
    for code in (0x3000, *range(0xFF00, 0xFFF0)):
        kind, _, target = unicodedata.decomposition(chr(code)).partition(" ")
        if kind in ("<wide>", "<narrow>"):
            pairs[code] = int(target, 16)
    return pairs


def code_points(text: str) -> NDArray[np.int32]:
    """The code points of a text, `[n_chars]`; lone surrogates keep their own."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)


def pages_of(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A table `[0x110000]` in two levels, equal pages once (see `Alphabet.char_table`)."""
    cells, pages = np.unique(ids.reshape(-1, PAGE), axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.int32), cells.reshape(-1)


@dataclass(frozen=True)
class Alphabet:
    """Known characters (folded code points) and known bigrams (pairs of ids), each in id order.

    Character ids: the classes first, then `chars`. Bigram ids: 0 for unknown, then `bigrams`.
    """

    chars: tuple[int, ...]
    bigrams: tuple[tuple[int, int], ...] = ()

    @classmethod
    def fit(cls, texts: Iterable[str], *, char_min_count: int = 1, bigram_min_count: int = 2) -> Self:
        """Characters and bigrams of a corpus that occur often enough, most frequent first."""
        fold = folding()
        arrays = [code_points(text.translate(fold)) for text in texts]
        characters = Counter[int]()
        for array in arrays:
            characters.update(array.tolist())
        classes = class_table()
        ranked = sorted(characters, key=lambda code: (-characters[code], code))
        chars = cls(tuple(c for c in ranked if characters[c] >= char_min_count and classes[c] != SPACE))
        bigrams = Counter[tuple[int, int]]()
        if bigram_min_count > 0:
            for array in arrays:
                ids = [PAD, *chars.ids(array).tolist(), PAD]
                bigrams.update(pairwise(ids))
        pairs = sorted((p for p, n in bigrams.items() if n >= bigram_min_count), key=lambda p: (-bigrams[p], p))
        return cls(chars.chars, tuple(pairs))

    def widened(self, chars: Iterable[str], bigrams: Iterable[str]) -> Self:
        """With further characters and bigrams (strings of one and of two characters, folded) after its own."""
        classes, known = class_table(), set(self.chars)
        more = [ord(char) for char in dict.fromkeys(chars) if ord(char) not in known and classes[ord(char)] != SPACE]
        wider = type(self)((*self.chars, *more))
        place = {code: id for id, code in enumerate(wider.chars, len(CLASSES))}
        # Ids of characters that were known stay, so the bigrams of both are pairs of the same ids.
        pairs = ((place.get(ord(pair[0])), place.get(ord(pair[1]))) for pair in bigrams)
        both = dict.fromkeys((*self.bigrams, *((a, b) for a, b in pairs if a is not None and b is not None)))
        return type(self)(wider.chars, tuple(both))

    def merged(self, other: Self) -> Self:
        """With the characters and bigrams of another one after its own, which keep their ids."""
        wider = type(self)(tuple(dict.fromkeys((*self.chars, *other.chars))))
        place = {code: id for id, code in enumerate(wider.chars, len(CLASSES))}
        ids = [*range(len(CLASSES)), *(place[code] for code in other.chars)]
        pairs = ((ids[left], ids[right]) for left, right in other.bigrams)
        return type(self)(wider.chars, tuple(dict.fromkeys((*self.bigrams, *pairs))))

    @property
    def n_chars(self) -> int:
        """Character ids in use, padding and classes included."""
        return len(CLASSES) + len(self.chars)

    @property
    def n_bigrams(self) -> int:
        """Bigram ids in use, the unknown one included."""
        return 1 + len(self.bigrams)

    @cached_property
    def char_table(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Two levels: `pages[code // 256] * 256 + code % 256` is the place of the code's id in `cells`."""
        ids = class_table().astype(np.int32)
        ids[list(self.chars)] = np.arange(len(CLASSES), self.n_chars, dtype=np.int32)
        ids[[ord(char) for char in WHITESPACE]] = SPACE
        for code, target in folding().items():
            ids[code] = ids[target]
        return pages_of(ids)

    @cached_property
    def classes_of_ids(self) -> NDArray[np.int64]:
        """The class that each character id falls back to, `[n_chars]`."""
        known = class_table()[list(self.chars)] if self.chars else np.zeros(0, np.uint8)
        return np.concatenate([np.arange(len(CLASSES)), known]).astype(np.int64)

    @cached_property
    def bigram_table(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A hash table with two places per bigram: `keys` (first id * n_chars + second, or -1) and `rows` (bigram id).

        Most frequent first; a bigram whose two places are both taken stays unknown (about 2 % of the
        rarest at this load). Verifying the key keeps unseen bigrams from borrowing another's vector.
        """
        n_slots = 1 << max(4, (4 * len(self.bigrams) - 1).bit_length())
        keys, rows = np.full(n_slots, -1, np.int64), np.zeros(n_slots, np.int64)
        for row, (left, right) in enumerate(self.bigrams, 1):
            for a, b in MULTIPLIERS:
                slot = (left * a + right * b) % n_slots
                if keys[slot] < 0:
                    keys[slot], rows[slot] = left * self.n_chars + right, row
                    break
        return keys, rows

    def ids(self, codes: NDArray[Any]) -> NDArray[np.int32]:
        """Character ids of code points, any shape."""
        pages, cells = self.char_table
        ids: NDArray[np.int32] = cells[pages[codes // PAGE] * PAGE + codes % PAGE]
        return ids

"""Code points to character ids and pairs of ids to bigram ids, as tables of integers.

The tables are baked into the model's graph at export; the same numbers drive the net in training.
Surfaces never change: only ids see full-width forms folded onto half-width ones, all whitespace as
one character, and characters unknown to the training corpus as one of the classes below.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Self

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
# Odd multipliers of the two hash functions of a table of pairs (Knuth's multiplicative hashing); the first ones are
# small, so that the sum of products fits 32 bits up to a left number of 60,000.
MULTIPLIERS = ((30011, 40503), (27449, 52711))

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


@lru_cache(maxsize=4)
def _char_table(chars: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    ids = class_table().astype(np.int32)
    ids[list(chars)] = np.arange(len(CLASSES), len(CLASSES) + len(chars), dtype=np.int32)
    ids[[ord(char) for char in WHITESPACE]] = SPACE
    for code, target in folding().items():
        ids[code] = ids[target]
    return pages_of(ids)


class PairTable(NamedTuple):
    """A hash table of pairs of ids: a pair lies in one of its two slots, `keys` (left * n_right + right, or -1), and
    its number, counted from 1, is in `rows`."""

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], n_right: int) -> Self:
        """Cuckoo hashing (Pagh and Rodler 2004): what lies in both slots of a new pair makes room for it.

        Verifying the key keeps unseen pairs from borrowing another's number. No pair comes twice; `n_right` is above
        every right id.
        """
        n_slots = 16 + len(pairs) * 9 // 4
        while True:
            slots = [[(left * a + right * b) % n_slots for a, b in MULTIPLIERS] for left, right in pairs]
            taken: dict[int, int] = {}
            if all(_settle(pair, slots, taken) for pair in range(len(pairs))):
                break
            n_slots += 1 + n_slots // 8
        keys, rows = np.full(n_slots, -1, np.int64), np.zeros(n_slots, np.int64)
        for slot, pair in taken.items():
            keys[slot], rows[slot] = pairs[pair][0] * n_right + pairs[pair][1], pair + 1
        return cls(keys, rows)


def _settle(pair: int, slots: Sequence[Sequence[int]], taken: dict[int, int]) -> bool:
    """Give a pair one of its slots, moving others as need be; False where they seem to go in circles."""
    slot = slots[pair][0]
    for _ in range(500):
        if (free := next((s for s in slots[pair] if s not in taken), None)) is not None:
            taken[free] = pair
            return True
        slot = slots[pair][slots[pair][0] == slot]  # not the one that it was driven from
        pair, taken[slot] = taken[slot], pair
    return False


class Words(NamedTuple):
    """The known words of one length, as those of one character less, each with a character more: a table of pairs of
    a number there (of one character, its id) and an id, and the kind of each number, 0 of what only begins words."""

    table: PairTable
    kinds: NDArray[np.int64]


@dataclass(frozen=True)
class Alphabet:
    """Known characters (folded code points) and bigrams (pairs of ids), each in id order, and known words (two ids or
    more, and a kind above 0; see `wordlist`).

    Character ids: the classes first, then `chars`. Bigram ids: 0 for unknown, then `bigrams`.
    """

    chars: tuple[int, ...]
    bigrams: tuple[tuple[int, int], ...] = ()
    words: tuple[tuple[tuple[int, ...], int], ...] = ()

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
        return type(self)(wider.chars, tuple(both), self.words)

    def with_words(self, forms: Iterable[str], kinds: Iterable[int]) -> Self:
        """With these words (strings of two characters or more, folded) as all its words, less those with characters
        that it does not know."""
        place = {code: id for id, code in enumerate(self.chars, len(CLASSES))}
        spelt = (tuple(place.get(ord(char), PAD) for char in form) for form in forms)
        words = ((ids, int(kind)) for ids, kind in zip(spelt, kinds, strict=True) if PAD not in ids)
        return replace(self, words=tuple(words))

    def merged(self, other: Self) -> Self:
        """With the characters and bigrams of another one after its own, which keep their ids; and with its own words
        or, if it has none, those of the other."""
        wider = type(self)(tuple(dict.fromkeys((*self.chars, *other.chars))))
        place = {code: id for id, code in enumerate(wider.chars, len(CLASSES))}
        ids = [*range(len(CLASSES)), *(place[code] for code in other.chars)]
        pairs = ((ids[left], ids[right]) for left, right in other.bigrams)
        words = self.words or tuple((tuple(ids[id] for id in word), kind) for word, kind in other.words)
        return type(self)(wider.chars, tuple(dict.fromkeys((*self.bigrams, *pairs))), words)

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
        return _char_table(self.chars)

    @cached_property
    def classes_of_ids(self) -> NDArray[np.int64]:
        """The class that each character id falls back to, `[n_chars]`."""
        known = class_table()[list(self.chars)] if self.chars else np.zeros(0, np.uint8)
        return np.concatenate([np.arange(len(CLASSES)), known]).astype(np.int64)

    @cached_property
    def bigram_table(self) -> PairTable:
        """Where bigrams are found."""
        return PairTable.of(self.bigrams, self.n_chars)

    @cached_property
    def word_tables(self) -> tuple[Words, ...]:
        """Where words are found: those of two characters, of three, and so on to the longest."""
        tables = list[Words]()
        numbers: dict[tuple[int, ...], int] = {(id,): id for id in range(self.n_chars)}
        for length in range(2, 1 + max((len(word) for word, _ in self.words), default=1)):
            longer = dict.fromkeys(word[:length] for word, _ in self.words if len(word) >= length)
            kinds = {word: kind for word, kind in self.words if len(word) == length}
            table = PairTable.of([(numbers[word[:-1]], word[-1]) for word in longer], self.n_chars)
            tables.append(Words(table, np.array([0, *(kinds.get(word, 0) for word in longer)], np.int64)))
            numbers = {word: number for number, word in enumerate(longer, 1)}
        return tuple(tables)

    @property
    def forms(self) -> list[str]:
        """The known words, folded."""
        return ["".join(chr(self.chars[id - len(CLASSES)]) for id in word) for word, _ in self.words]

    @cached_property
    def n_kinds(self) -> int:
        """Kinds of words in use, 0 included."""
        return 1 + max((kind for _, kind in self.words), default=0)

    def ids(self, codes: NDArray[Any]) -> NDArray[np.int32]:
        """Character ids of code points, any shape."""
        pages, cells = self.char_table
        ids: NDArray[np.int32] = cells[pages[codes // PAGE] * PAGE + codes % PAGE]
        return ids

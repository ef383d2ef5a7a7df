"""Code points to character ids and pairs of ids to bigram ids, as tables of integers.

The tables are baked into the model's graph at export; the same numbers drive the net in training.
Surfaces never change: only ids see full-width forms folded onto half-width ones, all whitespace as
one character, and characters unknown to the training corpus as one of the classes below."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .characters import CLASSES, PAD, PAGE, SPACE, class_table, code_points, folding, pages_of
from .pair_table import PairTable
from .sentence import WHITESPACE


@lru_cache(maxsize=4)
def _char_table(chars: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    ids = class_table().astype(np.int32)
    ids[list(chars)] = np.arange(len(CLASSES), len(CLASSES) + len(chars), dtype=np.int32)
    ids[[ord(char) for char in WHITESPACE]] = SPACE
    for code, target in folding().items():
        ids[code] = ids[target]
    return pages_of(ids)


class WordTable(NamedTuple):
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
    def word_tables(self) -> tuple[WordTable, ...]:
        """Where words are found: those of two characters, of three, and so on to the longest."""
        tables = list[WordTable]()
        numbers: dict[tuple[int, ...], int] = {(id,): id for id in range(self.n_chars)}
        for length in range(2, 1 + max((len(word) for word, _ in self.words), default=1)):
            longer = dict.fromkeys(word[:length] for word, _ in self.words if len(word) >= length)
            kinds = {word: kind for word, kind in self.words if len(word) == length}
            table = PairTable.of([(numbers[word[:-1]], word[-1]) for word in longer], self.n_chars)
            tables.append(WordTable(table, np.array([0, *(kinds.get(word, 0) for word in longer)], np.int64)))
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

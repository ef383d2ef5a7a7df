"""Tables of integers that map code points to character ids, and pairs of ids to bigram ids.

The net reads these tables in training, and the exported graph holds the same ones. They normalise ids and never the
text: full-width forms have the ids of half-width ones, all whitespace has one id, and a character that is not in the
training corpus has the id of its class.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .characters import CLASSES, PAD, PAGE, SPACE, class_table, code_points, folding, pages_of
from .context import ContextTables
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


@lru_cache(maxsize=4)
def _context_tables(chars: tuple[int, ...]) -> ContextTables:
    return ContextTables.of(chars, Alphabet(chars).classes_of_ids)


class WordTable(NamedTuple):
    """The known words of one length, and the beginnings of that length of longer words, as a trie level.

    `table` maps the number that a string without its last character has one level below (its id, if it is a single
    character) and the id of its last character to the string's number. `kinds [n + 1]` is the kind of the word with
    each number; 0 if the string is no word but only begins one.
    """

    table: PairTable
    kinds: NDArray[np.int64]


@dataclass(frozen=True)
class Alphabet:
    """The characters, bigrams and words that a net knows.

    `chars` are folded code points in the order of their ids, which follow those of the classes. `bigrams` are pairs of
    character ids in the order of their own ids, which begin with 1; 0 is the id of an unknown bigram. `words` are
    lists of two or more character ids, each with a kind above 0 (see `learning.resources.lexicon`).
    """

    chars: tuple[int, ...]
    bigrams: tuple[tuple[int, int], ...] = ()
    words: tuple[tuple[tuple[int, ...], int], ...] = ()

    @classmethod
    def fit(cls, texts: Iterable[str], *, char_min_count: int = 1, bigram_min_count: int = 2) -> Self:
        """The alphabet of the characters and bigrams that occur often enough in a corpus, the most frequent first."""
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
                ids = [PAD, *chars.context(chars.ids(array)).tolist(), PAD]
                bigrams.update(pairwise(ids))
        pairs = sorted((p for p, n in bigrams.items() if n >= bigram_min_count), key=lambda p: (-bigrams[p], p))
        return cls(chars.chars, tuple(pairs))

    def widened(self, chars: Iterable[str], bigrams: Iterable[str]) -> Self:
        """This alphabet with further characters and bigrams, which are folded strings of one and of two characters.

        They come after its own, which keep their ids.
        """
        classes, known = class_table(), set(self.chars)
        more = [ord(char) for char in dict.fromkeys(chars) if ord(char) not in known and classes[ord(char)] != SPACE]
        codes = (*self.chars, *more)
        ids = {code: id for id, code in enumerate(codes, len(CLASSES))}
        pairs = ((ids.get(ord(pair[0])), ids.get(ord(pair[1]))) for pair in bigrams)
        pairs_of_known = ((left, right) for left, right in pairs if left is not None and right is not None)
        return replace(self, chars=codes, bigrams=tuple(dict.fromkeys((*self.bigrams, *pairs_of_known))))

    def with_words(self, forms: Iterable[str], kinds: Iterable[int]) -> Self:
        """This alphabet with these words, which are folded strings of two or more characters, instead of its own.

        Words with unknown characters are left out.
        """
        known = {code: id for id, code in enumerate(self.chars, len(CLASSES))}
        spelt = (tuple(known.get(ord(char), PAD) for char in form) for form in forms)
        words = ((ids, int(kind)) for ids, kind in zip(spelt, kinds, strict=True) if PAD not in ids)
        return replace(self, words=tuple(words))

    def merged(self, other: Self) -> Self:
        """This alphabet with the characters and bigrams of another one after its own, which keep their ids.

        It keeps its words or, if it has none, takes those of the other alphabet.
        """
        chars = tuple(dict.fromkeys((*self.chars, *other.chars)))
        known = {code: id for id, code in enumerate(chars, len(CLASSES))}
        ids = [*range(len(CLASSES)), *(known[code] for code in other.chars)]  # the new id of each id of the other
        pairs = ((ids[left], ids[right]) for left, right in other.bigrams)
        words = self.words or tuple((tuple(ids[id] for id in word), kind) for word, kind in other.words)
        return replace(self, chars=chars, bigrams=tuple(dict.fromkeys((*self.bigrams, *pairs))), words=words)

    @property
    def n_chars(self) -> int:
        """The number of character ids, with padding and the classes."""
        return len(CLASSES) + len(self.chars)

    @property
    def n_bigrams(self) -> int:
        """The number of bigram ids, with the unknown one."""
        return 1 + len(self.bigrams)

    @cached_property
    def char_table(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """`pages` and `cells`, from which the id of a code point is read (see `characters.pages_of`)."""
        return _char_table(self.chars)

    @cached_property
    def classes_of_ids(self) -> NDArray[np.int64]:
        """The id of the class of each character id, `[n_chars]`."""
        known = class_table()[list(self.chars)] if self.chars else np.zeros(0, np.uint8)
        return np.concatenate([np.arange(len(CLASSES)), known]).astype(np.int64)

    @cached_property
    def context(self) -> ContextTables:
        """The tables by which some characters have the id of another one, depending on their neighbours."""
        return _context_tables(self.chars)

    @cached_property
    def bigram_table(self) -> PairTable:
        """The table in which bigrams are looked up."""
        return PairTable.of(self.bigrams, self.n_chars, self.n_chars)

    @cached_property
    def word_tables(self) -> tuple[WordTable, ...]:
        """The tables in which words are looked up: those of two characters, of three, and so on up to the longest."""
        tables = list[WordTable]()
        numbers: dict[tuple[int, ...], int] = {(id,): id for id in range(self.n_chars)}
        for length in range(2, 1 + max((len(word) for word, _ in self.words), default=1)):
            beginnings = dict.fromkeys(word[:length] for word, _ in self.words if len(word) >= length)
            kinds = {word: kind for word, kind in self.words if len(word) == length}
            pairs = [(numbers[ids[:-1]], ids[-1]) for ids in beginnings]
            table = PairTable.of(pairs, 1 + max(numbers.values(), default=0), self.n_chars).in_order()
            found = table.numbers(pairs)
            kinds_of = np.zeros(len(pairs) + 1, np.int64)
            kinds_of[found] = [kinds.get(ids, 0) for ids in beginnings]
            tables.append(WordTable(table, kinds_of))
            numbers = dict(zip(beginnings, found.tolist(), strict=True))
        return tuple(tables)

    @property
    def forms(self) -> list[str]:
        """The known words as folded strings."""
        return ["".join(chr(self.chars[id - len(CLASSES)]) for id in word) for word, _ in self.words]

    @cached_property
    def n_kinds(self) -> int:
        """The number of kinds of words, with 0."""
        return 1 + max((kind for _, kind in self.words), default=0)

    def ids(self, codes: NDArray[Any]) -> NDArray[np.int32]:
        """The character ids of code points, in the same shape."""
        pages, cells = self.char_table
        ids: NDArray[np.int32] = cells[pages[codes // PAGE] * PAGE + codes % PAGE]
        return ids

"""The words that a net knows, and integer keys by which numpy, torch and ONNX look them up.

An ONNX graph cannot look up strings. So each word has a key: the sum of the ids of its characters, each multiplied by
a fixed multiplier of 40 bits for its position, which never overflows 64 bits. That no two words of a vocabulary share
a key is checked. An unknown word shares one with a known word with a chance of about one in 10⁷. Keys are sorted and
found by binary search.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .alphabet import Alphabet
from .characters import CLASSES, N_CODE_POINTS, PAD, PAGE, class_table, code_points, pages_of
from .padding import pad
from .scheme import Scheme
from .sentence import Entity, Sentence

LONGEST = 24  # characters of a word that are read; of a longer word these are the first and the last twelve
BLANK = -1  # pads the code points of shorter words
UNKNOWN = 0
_PRIME = (1 << 61) - 1
MULTIPLIERS = tuple(pow(0x9E3779B97F4A7C15, position + 1, _PRIME) >> 21 for position in range(LONGEST))
LIMIT = 1 << 18  # the largest number of character ids with which no key overflows 64 bits


def spell(words: Iterable[str]) -> NDArray[np.int32]:
    """The code points of words, `[n_words, n_chars]`, padded with BLANK. No word may be empty."""
    rows = []
    for word in words:
        codes = code_points(word)
        if len(codes) > LONGEST:
            codes = np.concatenate([codes[: LONGEST // 2], codes[-LONGEST // 2 :]])
        rows.append(codes)
    return pad(rows, BLANK) if rows else np.zeros((0, 0), np.int32)


@cache
def _capitals() -> NDArray[np.int64]:
    """Capital letters and their small letters, `[2, n]`, where both are one code point."""
    pairs = ((code, chr(code).lower()) for code in range(0x20000))
    return np.array([(code, ord(small)) for code, small in pairs if small != chr(code) and len(small) == 1]).T


def tagged(sentence: Sentence, scheme: Scheme, tags: NDArray[Any]) -> Sentence:
    """The sentence with new POS, of which `tags [n_words]` hold a tag `S-pos` for each word; or, if the scheme is one
    of entities, with new entities over its words."""
    starts, ends, pos = scheme.spans(tags)
    if scheme.outside:
        edges = [(sentence.words[a].start, sentence.words[b - 1].end) for a, b in zip(starts, ends, strict=True)]
        labelled = zip(edges, (scheme.pos[i] for i in pos.tolist()), strict=True)
        return replace(sentence, entities=tuple(Entity(sentence.text[a:b], label, a, b) for (a, b), label in labelled))
    names = (scheme.pos[i] for i in pos.tolist())
    words = (word._replace(pos=name) for word, name in zip(sentence.words, names, strict=True))
    return replace(sentence, words=tuple(words))


@dataclass(frozen=True)
class Vocabulary:
    """The characters and the words that a net over given words knows.

    Two words that differ in case or digits alone have the same key and id. `words` holds the most frequent spelling
    of each word, in the order of ids, which begin with 1; 0 is the id of an unknown word.
    """

    alphabet: Alphabet
    words: tuple[str, ...]

    @classmethod
    def fit(cls, alphabet: Alphabet, forms: Iterable[str], *, min_count: int) -> Self:
        """The vocabulary of the words that occur at least `min_count` times among `forms`, most frequent first."""
        counts = Counter(forms)
        spellings = list(counts)
        counts_by_key, spelling = Counter[int](), dict[int, str]()
        for key, form in zip(cls(alphabet, ()).keys(spell(spellings)).tolist(), spellings, strict=True):
            counts_by_key[key] += counts[form]
            if counts[form] > counts[spelling.setdefault(key, form)]:
                spelling[key] = form
        frequent = (spelling[key] for key, count in counts_by_key.items() if count >= min_count)
        ranked = sorted(frequent, key=lambda form: (-counts[form], form))
        return cls(alphabet, tuple(ranked))

    def widened(self, words: Iterable[str]) -> Self:
        """This vocabulary followed by those of the words that it does not have."""
        known, added = set(self.table[0].tolist()), list[str]()
        candidates = [word for word in words if word]
        for key, word in zip(self.keys(spell(candidates)).tolist(), candidates, strict=True):
            if key not in known:
                known.add(key)
                added.append(word)
        return replace(self, words=(*self.words, *added))

    @property
    def n_words(self) -> int:
        """The number of word ids, with the unknown one."""
        return 1 + len(self.words)

    @cached_property
    def folded(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """`pages` and `cells` of the character ids that keys are made of (see `characters.pages_of`): a capital
        letter has the id of its small letter, and a digit that of its class."""
        ids = self.alphabet.ids(np.arange(N_CODE_POINTS))
        capitals, small = _capitals()
        ids[capitals] = ids[small]
        ids[class_table() == CLASSES.index("digit")] = CLASSES.index("digit")
        return pages_of(ids)

    def keys(self, spelled: NDArray[np.int32]) -> NDArray[np.int64]:
        """The keys of words that `spell` wrote, `[…, n_chars]` to `[…]`."""
        pages, cells = self.folded
        codes = np.maximum(spelled, 0)
        ids = np.where(spelled == BLANK, PAD, cells[pages[codes // PAGE] * PAGE + codes % PAGE]).astype(np.int64)
        keys: NDArray[np.int64] = ids @ np.array(MULTIPLIERS[: spelled.shape[-1]], np.int64)
        return keys

    @cached_property
    def table(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The keys in rising order and the word id of each, both `[n_words]`. The first key, -1, belongs to no word.

        Raises ValueError for too many characters, and for two words of one key.
        """
        if self.alphabet.n_chars > LIMIT:
            raise ValueError(
                f"expected at most {LIMIT} characters, got {self.alphabet.n_chars}; raise data.char_min_count"
            )
        keys = np.append(-1, self.keys(spell(self.words)))
        order = np.argsort(keys)
        if (np.diff(keys[order]) == 0).any():
            raise ValueError("expected words of different keys, got two of the same; make the vocabulary with fit")
        return keys[order], order

    def ids(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The ids of words, `[n_words]`; 0 for an unknown one."""
        keys, ids = self.table
        wanted = self.keys(spell(words))
        index = np.searchsorted(keys, wanted, side="right") - 1
        return np.where(keys[index] == wanted, ids[index], UNKNOWN)

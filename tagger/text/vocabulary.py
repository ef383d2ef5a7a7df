"""Words to numbers: a word's code points, and the row of its vector if training saw it often enough.

A graph cannot look up strings. So a word has a key, a linear function of its characters' ids with one fixed multiplier
of 40 bits per place: integer arithmetic without overflow, in which two words of a vocabulary never share a key (that is
checked) and one outside it borrows another's with a chance of about one in 10⁷. The sorted keys are searched by halves.
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
from .scheme import Scheme
from .sentence import Sentence

LONGEST = 24  # characters of a word that are read: of longer ones, the first and the last twelve
BLANK = -1  # no code point: what fills up the shorter words of a batch
UNKNOWN = 0
_PRIME = (1 << 61) - 1
MULTIPLIERS = tuple(pow(0x9E3779B97F4A7C15, place + 1, _PRIME) >> 21 for place in range(LONGEST))
LIMIT = 1 << 18  # character ids for which no key overflows 64 bits


def spell(words: Iterable[str]) -> NDArray[np.int32]:
    """Code points of words, none empty, `[n_words, n_chars]`, filled up with BLANK."""
    spelled = []
    for word in words:
        codes = code_points(word)
        if len(codes) > LONGEST:
            codes = np.concatenate([codes[: LONGEST // 2], codes[-LONGEST // 2 :]])
        spelled.append(codes)
    table = np.full((len(spelled), max(map(len, spelled), default=0)), BLANK, np.int32)
    for row, codes in zip(table, spelled, strict=True):
        row[: len(codes)] = codes
    return table


@cache
def _capitals() -> NDArray[np.int64]:
    """Capitals and their small letters, where those are one code point: `[2, n]`."""
    pairs = ((code, chr(code).lower()) for code in range(0x20000))
    return np.array([(code, ord(small)) for code, small in pairs if small != chr(code) and len(small) == 1]).T


def tagged(sentence: Sentence, scheme: Scheme, tags: NDArray[Any]) -> Sentence:
    """A sentence's words with the POS of the tags `S-pos`, one for each."""
    _, _, pos = scheme.spans(tags)
    names = (scheme.pos[i] for i in pos.tolist())
    words = (word._replace(pos=name) for word, name in zip(sentence.words, names, strict=True))
    return replace(sentence, words=tuple(words))


@dataclass(frozen=True)
class Vocabulary:
    """The characters and the words that a net knows. Capitals and small letters, and all digits, are the same to
    the words' keys; `words`, most frequent first, holds a spelling of each. Ids: 0 for unknown, then `words`."""

    alphabet: Alphabet
    words: tuple[str, ...]

    @classmethod
    def fit(cls, alphabet: Alphabet, forms: Iterable[str], *, min_count: int) -> Self:
        """The words among a corpus's forms that occur often enough."""
        counts = Counter(forms)
        spellings = list(counts)
        folded, spelling = Counter[int](), dict[int, str]()
        for key, form in zip(cls(alphabet, ()).keys(spell(spellings)).tolist(), spellings, strict=True):
            folded[key] += counts[form]
            if counts[form] > counts[spelling.setdefault(key, form)]:
                spelling[key] = form
        often = (spelling[key] for key, count in folded.items() if count >= min_count)
        ranked = sorted(often, key=lambda form: (-counts[form], form))
        return cls(alphabet, tuple(ranked))

    @property
    def n_words(self) -> int:
        """Word ids in use, the unknown one included."""
        return 1 + len(self.words)

    @cached_property
    def folded(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The character ids that keys are made of, as `Alphabet.char_table` has them: a capital's is that of its
        small letter, a digit's that of the class."""
        ids = self.alphabet.ids(np.arange(N_CODE_POINTS))
        capitals, small = _capitals()
        ids[capitals] = ids[small]
        ids[class_table() == CLASSES.index("digit")] = CLASSES.index("digit")
        return pages_of(ids)

    def keys(self, spelled: NDArray[np.int32]) -> NDArray[np.int64]:
        """Keys of words as `spell` gives them, `[…, n_chars]` to `[…]`."""
        pages, cells = self.folded
        codes = np.maximum(spelled, 0)
        ids = np.where(spelled == BLANK, PAD, cells[pages[codes // PAGE] * PAGE + codes % PAGE]).astype(np.int64)
        found: NDArray[np.int64] = ids @ np.array(MULTIPLIERS[: spelled.shape[-1]], np.int64)
        return found

    @cached_property
    def table(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The keys in rising order, and the word id of each; at least one, which no word has."""
        if self.alphabet.n_chars > LIMIT:
            raise ValueError(f"expected at most {LIMIT} characters, got {self.alphabet.n_chars}")
        keys = np.append(-1, self.keys(spell(self.words)))
        order = np.argsort(keys)
        if (np.diff(keys[order]) == 0).any():
            raise ValueError("expected words of different keys, got two of the same: fold them with fit")
        return keys[order], order

    def ids(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Word ids `[n_words]`; 0 if unknown."""
        keys, ids = self.table
        wanted = self.keys(spell(words))
        place = np.searchsorted(keys, wanted, side="right") - 1
        return np.where(keys[place] == wanted, ids[place], UNKNOWN)

"""Annotated sentences as columns: arrays over all characters of a corpus, in memory or mapped from files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...files.array_cache import Arrays
from ...text.presegment import RunCounts
from ...text.scheme import BEGIN, END, MIDDLE, SINGLE, Scheme
from ...text.sentence import Entity, Sentence, Word

BLOCK = 1 << 18  # characters that are worked on together
N_LETTERS = 4  # B, M, E, S


@dataclass(frozen=True)
class Columns:
    """Sentences, each a part of arrays over all their characters.

    - `chars` `[n_chars]`: the row of each character in `table` `[n_rows]`, which holds code points, and how often each
      of them comes in `counts` `[n_rows]`;
    - `tags` `[n_chars]`: 0 outside of words (or entities), else `4 * kind + letter`, with the letters of `Scheme` from
      B = 1 to S = 4; `kinds` are POS (None without) or types, in the order in which they first came;
    - `bounds` `[n_sentences + 1]`: where each sentence begins, and where the last one ends;
    - `forms` `[n_forms]`: a hash of each word, in order (see `hash_text`).

    `inner_spaces` says whether words hold whitespace, `runs` what was counted for the presegmenter; `key` stands for
    where the columns come from.
    """

    table: NDArray[np.int32]
    counts: NDArray[np.int64]
    chars: NDArray[Any]
    tags: NDArray[Any]
    bounds: NDArray[np.int64]
    forms: NDArray[np.uint64]
    kinds: tuple[str | None, ...]
    inner_spaces: bool
    is_entities: bool
    runs: RunCounts
    key: str = ""

    @classmethod
    def of(cls, made: Arrays, key: str = "") -> Self:
        """The columns that `write_columns` made."""
        notes = made.notes
        runs = RunCounts(Counter(notes["n_seen"]), Counter(notes["n_cut"]))
        return cls(**made.arrays, kinds=tuple(notes["kinds"]), inner_spaces=notes["inner_spaces"],
                   is_entities=notes["is_entities"], runs=runs, key=key)  # fmt: skip

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def n_chars(self) -> int:
        return len(self.chars)

    @property
    def pos(self) -> set[str]:
        """The kinds that have a name."""
        return {kind for kind in self.kinds if kind is not None}

    @cached_property
    def letters(self) -> NDArray[np.int64]:
        """The letter of each value of `tags`."""
        return np.array([0, *(BEGIN, MIDDLE, END, SINGLE) * len(self.kinds)])

    def tag_ids(self, scheme: Scheme) -> NDArray[np.int64]:
        """The tag of a scheme that each value of `tags` stands for. The scheme has all POS of the columns, or none."""
        numbers = {pos: number for number, pos in enumerate(scheme.pos)}
        kinds = [numbers.get(kind or "", 0) for kind in self.kinds]
        letters = range(BEGIN, SINGLE + 1)
        return np.array([0, *(scheme.blocks[letter].start + kind for kind in kinds for letter in letters)])

    def text(self, first: int, last: int) -> str:
        """The text of sentences `first` to `last` (half-open), without anything between them."""
        codes = self.table[self.chars[self.bounds[first] : self.bounds[last]]]
        text: str = codes.tobytes().decode("utf-32-le", "surrogatepass")
        return text

    def sentence(self, i: int) -> Sentence:
        """A sentence as it was read, without comments."""
        text, tags = self.text(i, i + 1), self.tags[self.bounds[i] : self.bounds[i + 1]]
        letters = self.letters[tags]
        starts = np.flatnonzero((letters == BEGIN) | (letters == SINGLE))
        ends = (np.flatnonzero(letters >= END) + 1).tolist()
        kinds = ((tags[starts].astype(np.int64) - 1) // N_LETTERS).tolist()
        spans = list(zip(starts.tolist(), ends, (self.kinds[kind] for kind in kinds), strict=True))
        if self.is_entities:
            return Sentence(text, (), (), tuple(Entity(text[a:b], str(kind), a, b) for a, b, kind in spans))
        return Sentence(text, tuple(Word(text[a:b], kind, a, b) for a, b, kind in spans))

    def tag_counts(self) -> NDArray[np.int64]:
        """How many characters have each value of `tags`, a block after the other: a file may be larger than memory."""
        counts = np.zeros(1 + N_LETTERS * len(self.kinds), np.int64)
        for first in range(0, self.n_chars, BLOCK):
            counts += np.bincount(self.tags[first : first + BLOCK], minlength=len(counts))
        return counts

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Sentences `first` to `last` (half-open) of about `BLOCK` characters, one block after the other."""
        first = 0
        while first < len(self):
            last = int(np.searchsorted(self.bounds, self.bounds[first] + BLOCK, side="right")) - 1
            last = max(first + 1, last)
            yield first, last
            first = last

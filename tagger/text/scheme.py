"""Words as one tag per character and back: BMES (begin, middle, end, single) crossed with POS.

Tag ids lie in blocks, so that decoders can slice instead of search: 0 is `O` (whitespace between
words), then `B-pos` for every pos, `M-pos`, `E-pos` and `S-pos`. Without POS there are five tags.
Every sequence of tags reads as words (`spans` is total), and the legal ones read as they are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError
from .partial import Partial
from .sentence import WHITESPACE, Sentence, Word

OUTSIDE = 0
BEGIN, MIDDLE, END, SINGLE = range(4)


@dataclass(frozen=True)
class Scheme:
    """The tag set: `pos` in id order (empty for segmentation alone); may words hold whitespace?"""

    pos: tuple[str, ...] = ()
    inner_spaces: bool = False

    @classmethod
    def fit(cls, sentences: Iterable[Sentence], *, joint: bool) -> Self:
        """The tags of a training corpus, in alphabetical order.

        Raises CorpusError when `joint` and a word has no POS.
        """
        tags, inner = set(), False
        for sentence in sentences:
            for word in sentence.words:
                inner = inner or not WHITESPACE.isdisjoint(word.form)
                if joint and not (word.pos is None and isinstance(sentence, Partial)):
                    if word.pos is None:
                        raise CorpusError(
                            f"expected a POS on every training word, got none on {word.form!r} in {sentence.text!r}; "
                            "use data.task=seg for segmentation alone, or a corpus with tags"
                        )
                    tags.add(word.pos)
        return cls(tuple(sorted(tags)), inner)

    @property
    def n_pos(self) -> int:
        """Tags per BMES letter: at least 1."""
        return max(1, len(self.pos))

    @property
    def n_tags(self) -> int:
        return 1 + 4 * self.n_pos

    @cached_property
    def _index(self) -> dict[str | None, int]:
        return {tag: i for i, tag in enumerate(self.pos)} if self.pos else {None: 0}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tags in id order: `O`, `B-NOUN`, …"""
        return "O", *(f"{letter}-{pos}" if pos else letter for letter in "BMES" for pos in self.pos or ("",))

    def _id(self, word: Word, sentence: Sentence) -> int:
        try:
            return self._index[word.pos if self.pos else None]
        except KeyError:
            raise CorpusError(
                f"expected one of the tags {', '.join(self.pos)}, got {word.pos!r} on {word.form!r} in "
                f"{sentence.text!r}; train on a corpus that has this tag"
            ) from None

    def encode(self, sentence: Sentence) -> NDArray[np.int64]:
        """Tags `[n_chars]` of a gold sentence; 0 where a partial one does not tell words, or tags that there are.

        Raises CorpusError for a POS the scheme does not have.
        """
        n, tags = self.n_pos, np.zeros(len(sentence.text), np.int64)
        for word in sentence.words:
            if self.pos and word.pos is None and isinstance(sentence, Partial):
                continue
            base, start, end = 1 + self._id(word, sentence), word.start, word.end
            if end - start == 1:
                tags[start] = base + SINGLE * n
            else:
                tags[start] = base + BEGIN * n
                tags[start + 1 : end - 1] = base + MIDDLE * n
                tags[end - 1] = base + END * n
        return tags

    def allowed_tags(self, sentence: Sentence) -> NDArray[np.bool_]:
        """Which tags are left by what is known of a sentence, `[n_chars, n_tags]`: of a whole one its own alone.

        Raises CorpusError when a character has none left.
        """
        ids = np.arange(self.n_tags)
        letter, pos = (ids - 1) // self.n_pos, (ids - 1) % self.n_pos
        opens = (ids == OUTSIDE) | (letter == BEGIN) | (letter == SINGLE)
        closes = (ids == OUTSIDE) | (letter == END) | (letter == SINGLE)
        table = self.allowed()[[int(char in WHITESPACE) for char in sentence.text]]
        edges, joins = list(sentence.edges), list(sentence.joins if isinstance(sentence, Partial) else ())
        table[[at for at in edges if at < len(table)]] &= opens
        table[[at - 1 for at in edges if at]] &= closes
        for word in sentence.words:
            joins += range(word.start + 1, word.end)
            if self.pos and word.pos is not None:
                table[word.start : word.end] &= pos == self._id(word, sentence)
        table[joins] &= ~opens
        table[[at - 1 for at in joins]] &= ~closes
        if not table.any(1).all():
            at = int(np.argmin(table.any(1)))
            raise CorpusError(
                f"expected marks that agree, got none possible at {sentence.text[at]!r} (character {at}) in "
                f"{sentence.text!r}; no corpus of this training has words that hold spaces, or a mark is wrong"
            )
        return table

    def spans(self, tags: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Starts, ends (half-open) and POS ids of the words in any sequence of tags `[n_chars]`.

        A word ends where its tag or the next one says so; its POS is that of its first character.
        """
        inside = tags > OUTSIDE
        letter = (tags - 1) // self.n_pos  # -1 for O
        last = inside & (letter >= END)
        last[:-1] |= inside[:-1] & ((letter[1:] == BEGIN) | (letter[1:] == SINGLE) | ~inside[1:])
        last[-1:] |= inside[-1:]
        first = inside.copy()
        first[1:] &= last[:-1] | ~inside[:-1]
        starts = np.flatnonzero(first)
        return starts, np.flatnonzero(last) + 1, (tags[starts] - 1) % self.n_pos

    def begins(self, tags: NDArray[Any]) -> NDArray[np.bool_]:
        """At which of the tags `[n_chars]` of a text a word begins, or whitespace is."""
        begins: NDArray[np.bool_] = tags == OUTSIDE
        begins[self.spans(tags)[0]] = True
        return begins

    def decode(self, text: str, tags: NDArray[Any]) -> Sentence:
        """The words that tags `[n_chars]` mark in a text: total, whatever the tags."""
        pos: tuple[str | None, ...] = self.pos or (None,)
        starts, ends, ids = (column.tolist() for column in self.spans(tags))
        words = (Word(text[a:b], pos[i], a, b) for a, b, i in zip(starts, ends, ids, strict=True))
        return Sentence(text, tuple(words))

    def legal(self) -> NDArray[np.bool_]:
        """Which tag may follow which: `[n_tags, n_tags]`, row before column."""
        n = self.n_pos
        ids = np.arange(self.n_tags)
        letter, pos = (ids - 1) // n, (ids - 1) % n
        closed = (ids == OUTSIDE) | (letter == END) | (letter == SINGLE)
        opens = (ids == OUTSIDE) | (letter == BEGIN) | (letter == SINGLE)
        table: NDArray[np.bool_] = (closed[:, None] & opens) | (~closed[:, None] & ~opens & (pos[:, None] == pos))
        return table

    def allowed(self) -> NDArray[np.bool_]:
        """Which tag a character may have: `[2, n_tags]`, row 0 for ordinary characters, 1 for whitespace."""
        table = np.ones((2, self.n_tags), bool)
        table[0, OUTSIDE] = False
        table[1, 1:] = False
        if self.inner_spaces:
            table[1, 1 + MIDDLE * self.n_pos : 1 + END * self.n_pos] = True
        return table

    def to_dict(self) -> dict[str, Any]:
        return {"name": "BMES", "pos": list(self.pos), "inner_spaces": self.inner_spaces}

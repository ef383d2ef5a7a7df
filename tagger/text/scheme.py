"""Words, or entities, as one tag per character and back: BMES (begin, middle, end, single) crossed with POS.

The five tags have one order everywhere, `O B M E S`. With POS each of B, M, E, S is a block of tag ids, one per POS, so
that decoders slice instead of search (`Blocks`): 0 is `O` (whitespace between words), then come `B-pos` for every
POS, `M-pos`, `E-pos` and `S-pos`. Without POS there are five tags. Every sequence of tags can be read as words (`spans`
is total), and legal sequences are read as they were written.

Entities are words that leave gaps: their scheme has the same tags, with types for POS, and any character may have `O`
(`outside`). It is known as BIOES, with I for M.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError
from .partial import Partial
from .sentence import WHITESPACE, Entity, Sentence, Word, entities_as_words

LETTERS = "OBMES"
OUTSIDE, BEGIN, MIDDLE, END, SINGLE = range(5)


@dataclass(frozen=True)
class Blocks:
    """The tag ids, or columns of scores, of each of the five tags, for words of `n_pos` kinds: slices by name.

    Letters are numbers in the order O B M E S; with `n_pos` of 1 a tag id is its letter.
    """

    n_pos: int

    @property
    def n_tags(self) -> int:
        return 1 + 4 * self.n_pos

    def __getitem__(self, letter: int) -> slice:
        return slice(max(0, 1 + (letter - 1) * self.n_pos), 1 + letter * self.n_pos)

    @cached_property
    def outside(self) -> slice:
        return self[OUTSIDE]

    @cached_property
    def begin(self) -> slice:
        return self[BEGIN]

    @cached_property
    def middle(self) -> slice:
        return self[MIDDLE]

    @cached_property
    def end(self) -> slice:
        return self[END]

    @cached_property
    def single(self) -> slice:
        return self[SINGLE]

    @cached_property
    def starting(self) -> NDArray[np.intp]:
        """The ids of O, B…, S…: tags before which a word may end, `[2 n_pos + 1]`."""
        return self._ids(OUTSIDE, BEGIN, SINGLE)

    @cached_property
    def closing(self) -> NDArray[np.intp]:
        """The ids of O, E…, S…: tags after which a word may begin, `[2 n_pos + 1]`."""
        return self._ids(OUTSIDE, END, SINGLE)

    def _ids(self, *letters: int) -> NDArray[np.intp]:
        ids = np.arange(self.n_tags)
        return np.concatenate([ids[self[letter]] for letter in letters])

    def mask(self, ids: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which tags are among `ids`, `[n_tags]`."""
        mask = np.zeros(self.n_tags, bool)
        mask[ids] = True
        return mask

    def letters(self, tags: NDArray[Any]) -> NDArray[Any]:
        """The letters of tags of any shape."""
        letters: NDArray[Any] = (tags + (self.n_pos - 1)) // self.n_pos
        return letters

    def pos(self, tags: NDArray[Any]) -> NDArray[Any]:
        """The POS numbers of tags of any shape; without meaning for O."""
        pos: NDArray[Any] = (tags - 1) % self.n_pos
        return pos


@dataclass(frozen=True)
class Scheme:
    """The tag set: `pos` in the order of their numbers (none for segmentation alone), whether words may hold
    whitespace, and whether characters may lie `outside` of all words, because these are entities."""

    pos: tuple[str, ...] = ()
    inner_spaces: bool = False
    outside: bool = False

    @classmethod
    def fit(cls, sentences: Iterable[Sentence], *, joint: bool, partial: Iterable[Partial] = ()) -> Self:
        """The tags of a training corpus, in alphabetical order; words of `partial` sentences may lack a POS.

        Raises CorpusError when `joint` and a word of a fully annotated sentence has no POS.
        """
        tags, inner = set[str | None](), False
        for sentence in sentences:
            for word in sentence.words:
                if joint and word.pos is None:
                    raise CorpusError(
                        f"expected a POS on every training word, got none on {word.form!r} in {sentence.text!r}; "
                        "use data.task=seg for segmentation alone, or a corpus with tags"
                    )
                inner = inner or not WHITESPACE.isdisjoint(word.form)
                tags.add(word.pos)
        for word in (word for sentence in partial for word in sentence.words):
            inner = inner or not WHITESPACE.isdisjoint(word.form)
            tags.add(word.pos)
        return cls(tuple(sorted(tag for tag in tags if tag is not None)) if joint else (), inner)

    @classmethod
    def fit_entities(cls, sentences: Iterable[Sentence]) -> Self:
        """The tags of the entities of a training corpus, their types in alphabetical order.

        Raises CorpusError for a corpus without entities.
        """
        entities = [entity for sentence in sentences for entity in sentence.entities]
        if not entities:
            raise CorpusError(
                "expected entities in data.train, got none; use data.tag=NUMBER of the column that has them, or "
                "another data.format"
            )
        inner = any(not WHITESPACE.isdisjoint(entity.form) for entity in entities)
        return cls(tuple(sorted({entity.label for entity in entities})), inner, outside=True)

    @property
    def name(self) -> str:
        """What the scheme is called: BMES, or BIOES for entities."""
        return "BIOES" if self.outside else "BMES"

    @property
    def n_pos(self) -> int:
        """Tags per letter B, M, E or S: at least 1."""
        return max(1, len(self.pos))

    @property
    def n_tags(self) -> int:
        return self.blocks.n_tags

    @cached_property
    def blocks(self) -> Blocks:
        return Blocks(self.n_pos)

    @cached_property
    def _index(self) -> dict[str | None, int]:
        return {tag: i for i, tag in enumerate(self.pos)} if self.pos else {None: 0}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tags in id order: `O`, `B-NOUN`, …"""
        return "O", *(f"{letter}-{pos}" if pos else letter for letter in LETTERS[1:] for pos in self.pos or ("",))

    def _id(self, word: Word, text: str) -> int:
        try:
            return self._index[word.pos if self.pos else None]
        except KeyError:
            raise CorpusError(
                f"expected one of the tags {', '.join(self.pos)}, got {word.pos!r} on {word.form!r} in "
                f"{text!r}; train on a corpus that has this tag"
            ) from None

    def encode(self, sentence: Sentence) -> NDArray[np.int64]:
        """Tags `[n_chars]` of the words, or entities, of a gold sentence. Raises CorpusError for a POS the scheme does
        not have."""
        return self._encode(sentence.text, (entities_as_words(sentence) if self.outside else sentence).words)

    def encode_partial(self, partial: Partial) -> NDArray[np.int64]:
        """Tags `[n_chars]` of the known words; 0 elsewhere, and where the scheme has POS and a word has none.

        Raises CorpusError for a POS the scheme does not have.
        """
        known = (word for word in partial.words if word.pos is not None or not self.pos)
        return self._encode(partial.text, known)

    def _encode(self, text: str, words: Iterable[Word]) -> NDArray[np.int64]:
        tags = np.zeros(len(text), np.int64)
        begin, middle, end, single = (self.blocks[letter].start for letter in (BEGIN, MIDDLE, END, SINGLE))
        for word in words:
            pos = self._id(word, text)
            if word.end - word.start == 1:
                tags[word.start] = single + pos
            else:
                tags[word.start] = begin + pos
                tags[word.start + 1 : word.end - 1] = middle + pos
                tags[word.end - 1] = end + pos
        return tags

    def allowed_tags(self, partial: Partial) -> NDArray[np.bool_]:
        """The tags `[n_chars, n_tags]` that agree with what is known of a sentence: in a known word only its own.

        Raises CorpusError when a character has no allowed tag.
        """
        starting, closing = self.blocks.mask(self.blocks.starting), self.blocks.mask(self.blocks.closing)
        pos = self.blocks.pos(np.arange(self.n_tags))
        allowed = self.allowed()[[int(char in WHITESPACE) for char in partial.text]]
        edges, joins = partial.edges, list(partial.joins)
        allowed[[edge for edge in edges if edge < len(allowed)]] &= starting
        allowed[[edge - 1 for edge in edges if edge]] &= closing
        for word in partial.words:
            joins += range(word.start + 1, word.end)
            if self.pos and word.pos is not None:
                allowed[word.start : word.end] &= pos == self._id(word, partial.text)
        allowed[joins] &= ~starting
        allowed[[join - 1 for join in joins]] &= ~closing
        if not allowed.any(1).all():
            index = int(np.argmin(allowed.any(1)))
            raise CorpusError(
                f"expected marks that agree, got none possible at {partial.text[index]!r} (character {index}) in "
                f"{partial.text!r}; no corpus of this training has words that hold spaces, or a mark is wrong"
            )
        return allowed

    def spans(self, tags: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Starts, ends (half-open) and POS ids of the words in any sequence of tags `[n_chars]`.

        A word ends where its tag or the next one says so; its POS is that of its first character.
        """
        inside = tags > OUTSIDE
        letters = self.blocks.letters(tags)
        last = inside & (letters >= END)
        last[:-1] |= inside[:-1] & ((letters[1:] == BEGIN) | (letters[1:] == SINGLE) | ~inside[1:])
        last[-1:] |= inside[-1:]
        first = inside.copy()
        first[1:] &= last[:-1] | ~inside[:-1]
        starts = np.flatnonzero(first)
        return starts, np.flatnonzero(last) + 1, self.blocks.pos(tags[starts])

    def begins(self, tags: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of the tags `[n_chars]` of a text are the first of a word, or whitespace: `[n_chars]`."""
        begins: NDArray[np.bool_] = tags == OUTSIDE
        begins[self.spans(tags)[0]] = True
        return begins

    def decode(self, text: str, tags: NDArray[Any]) -> Sentence:
        """The words, or entities, that tags `[n_chars]` mark in a text: defined for all tags, legal or not."""
        pos: tuple[str | None, ...] = self.pos or (None,)
        starts, ends, ids = (column.tolist() for column in self.spans(tags))
        spans = list(zip(starts, ends, ids, strict=True))
        if self.outside:
            return Sentence(text, (), (), tuple(Entity(text[a:b], str(pos[i]), a, b) for a, b, i in spans))
        return Sentence(text, tuple(Word(text[a:b], pos[i], a, b) for a, b, i in spans))

    def legal(self) -> NDArray[np.bool_]:
        """Which tag may follow which, `[n_tags, n_tags]`: the row's tag comes before the column's."""
        starting, closing = self.blocks.mask(self.blocks.starting), self.blocks.mask(self.blocks.closing)
        pos = self.blocks.pos(np.arange(self.n_tags))
        within: NDArray[np.bool_] = ~closing[:, None] & ~starting & (pos[:, None] == pos)
        return (closing[:, None] & starting) | within

    def allowed(self) -> NDArray[np.bool_]:
        """Which tag a character may have: `[2, n_tags]`, row 0 for ordinary characters, 1 for whitespace."""
        table = np.ones((2, self.n_tags), bool)
        table[0, self.blocks.outside] = self.outside
        table[1, 1:] = False
        if self.inner_spaces:
            table[1, self.blocks.middle] = True
        return table

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "pos": list(self.pos), "inner_spaces": self.inner_spaces}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote. Raises KeyError for a value that is missing."""
        return cls(tuple(values["pos"]), values["inner_spaces"], values.get("name") == "BIOES")

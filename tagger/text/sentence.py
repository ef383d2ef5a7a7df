"""A text and what is found in it: words, and entities (spans with a type), with their offsets."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# The code points with Unicode's White_Space property. `str.isspace` also counts U+001C to U+001F, which separate data
# and not words: here they are ordinary control characters.
WHITESPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


_SIZES: dict[str, Callable[[str], int]] = {
    "codepoint": len,
    "byte": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
}


class Word(NamedTuple):
    """One word: `form == text[start:end]`, with half-open offsets in code points. `pos` is None if it is untagged."""

    form: str
    pos: str | None
    start: int
    end: int


class Entity(NamedTuple):
    """A span with a type: `form == text[start:end]`, with half-open offsets in code points."""

    form: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, its words and its entities; both are in order and do not overlap.

    Only whitespace lies between words, any text between entities. A text whose words nobody asked for has none.
    `entities_annotated` says that a corpus tells the entities of the text, which may have none; two sentences that
    differ in nothing else are equal.
    """

    text: str
    words: tuple[Word, ...]
    comments: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    entities_annotated: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def from_forms(
        cls,
        forms: Sequence[str],
        tags: Sequence[str | None] | None = None,
        *,
        gaps: Sequence[str] | None = None,
        comments: Iterable[str] = (),
    ) -> "Sentence":
        """A sentence whose text is built from its words. `gaps`, one more than there are words, are the text before,
        between and after them. Raises ValueError if the numbers of words, tags and gaps do not fit."""
        tags = [None] * len(forms) if tags is None else tags
        gaps = [""] * (len(forms) + 1) if gaps is None else gaps
        if not len(tags) == len(forms) == len(gaps) - 1:
            raise ValueError(f"{len(forms)} words need as many tags and one more gap, got {len(tags)}, {len(gaps)}")
        words, parts, start = [], [gaps[0]], len(gaps[0])
        for form, tag, gap in zip(forms, tags, gaps[1:], strict=True):
            words.append(Word(form, tag, start, start + len(form)))
            parts += form, gap
            start += len(form) + len(gap)
        return cls("".join(parts), tuple(words), tuple(comments))

    @property
    def gaps(self) -> tuple[str, ...]:
        """The text before, between and after the words; there is one gap more than there are words."""
        edges = [0, *(edge for word in self.words for edge in (word.start, word.end)), len(self.text)]
        return tuple(self.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))

    @property
    def edges(self) -> tuple[int, ...]:
        """The offsets at which a word is known to begin or to end, in order."""
        return tuple(sorted({edge for word in self.words for edge in (word.start, word.end)}))

    @property
    def forms(self) -> tuple[str, ...]:
        """The words as strings."""
        return tuple(word.form for word in self.words)

    @property
    def tags(self) -> tuple[str | None, ...]:
        """The POS of each word."""
        return tuple(word.pos for word in self.words)

    def offsets(self, unit: str = "codepoint") -> tuple[tuple[int, int], ...]:
        """The start and the end of every word (or entity, in a sentence without words), half-open, in code points
        (`codepoint`), UTF-8 bytes (`byte`) or UTF-16 code units (`utf16`). A lone surrogate takes three bytes, or one
        UTF-16 code unit. Raises ValueError for another unit."""
        if unit not in _SIZES:
            raise ValueError(f"expected offsets in {', '.join(_SIZES)}, got {unit!r}; choose one of them")
        size, before, end, offsets = _SIZES[unit], 0, 0, []
        spans: Sequence[Word | Entity] = self.words or self.entities
        for span in spans:
            start = end + size(self.text[before : span.start])
            before, end = span.end, start + size(span.form)
            offsets.append((start, end))
        return tuple(offsets)

    def fault(self) -> str | None:
        """Says what breaks the contract of this class; None if nothing does."""
        spans: Sequence[Sequence[Word | Entity]] = (self.words, self.entities)
        for ordered in spans:
            end = 0
            for span in ordered:
                if not end <= span.start < span.end <= len(self.text):
                    return f"{span} does not lie in order in a text of {len(self.text)} code points"
                if self.text[span.start : span.end] != span.form:
                    return f"{span} does not match the text {self.text[span.start : span.end]!r}"
                end = span.end
        lost = {char for gap in self.gaps for char in gap} - WHITESPACE
        is_split = self.words or not self.entities
        return f"characters outside every word: {sorted(lost)!r}" if lost and is_split else None


def entities_as_words(sentence: Sentence) -> Sentence:
    """The sentence whose words are its entities, each with its type as POS: what counts words then counts entities."""
    return Sentence(sentence.text, tuple(Word(*entity) for entity in sentence.entities), sentence.comments)

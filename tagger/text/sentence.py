"""Words with their places in a text, and the text they lie in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# The code points with Unicode's White_Space property. `str.isspace` also counts U+001C..U+001F,
# which are separators of data, not of words: they are ordinary (control) characters here.
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
    """One word: `form == text[start:end]`, half-open offsets in code points; `pos` None if untagged."""

    form: str
    pos: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text and its words, in order and without overlap; between words lies only whitespace."""

    text: str
    words: tuple[Word, ...]
    comments: tuple[str, ...] = ()

    @classmethod
    def from_forms(
        cls,
        forms: Sequence[str],
        tags: Sequence[str | None] | None = None,
        *,
        gaps: Sequence[str] | None = None,
        comments: Iterable[str] = (),
    ) -> "Sentence":
        """Build the text from its words; `gaps` (one more than words) go before, between and after."""
        tags = [None] * len(forms) if tags is None else tags
        gaps = [""] * (len(forms) + 1) if gaps is None else gaps
        if not len(tags) == len(forms) == len(gaps) - 1:
            raise ValueError(f"{len(forms)} words need as many tags and one more gap, got {len(tags)}, {len(gaps)}")
        words, parts, at = [], [gaps[0]], len(gaps[0])
        for form, tag, gap in zip(forms, tags, gaps[1:], strict=True):
            words.append(Word(form, tag, at, at + len(form)))
            parts += form, gap
            at += len(form) + len(gap)
        return cls("".join(parts), tuple(words), tuple(comments))

    @property
    def gaps(self) -> tuple[str, ...]:
        """The text before, between and after the words: one more than there are words."""
        edges = [0, *(edge for word in self.words for edge in (word.start, word.end)), len(self.text)]
        return tuple(self.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))

    @property
    def edges(self) -> tuple[int, ...]:
        """Offsets at which a word is known to begin or to end, in order."""
        return tuple(sorted({edge for word in self.words for edge in (word.start, word.end)}))

    @property
    def forms(self) -> tuple[str, ...]:
        return tuple(word.form for word in self.words)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return tuple(word.pos for word in self.words)

    def offsets(self, unit: str = "codepoint") -> tuple[tuple[int, int], ...]:
        """Start and end of every word, half-open, in code points (`codepoint`), UTF-8 bytes (`byte`) or UTF-16
        units (`utf16`), of which a lone surrogate takes three and one. Raises ValueError for another unit."""
        if unit not in _SIZES:
            raise ValueError(f"expected offsets in {', '.join(_SIZES)}, got {unit!r}; choose one of them")
        size, at, found = _SIZES[unit], 0, []
        for gap, form in zip(self.gaps, self.forms, strict=False):
            start = at + size(gap)
            at = start + size(form)
            found.append((start, at))
        return tuple(found)

    def fault(self) -> str | None:
        """What breaks the contract of this class, in words; None when nothing does."""
        at = 0
        for word in self.words:
            if not at <= word.start < word.end <= len(self.text):
                return f"{word} does not lie in order in a text of {len(self.text)} code points"
            if self.text[word.start : word.end] != word.form:
                return f"{word} does not match the text {self.text[word.start : word.end]!r}"
            at = word.end
        lost = {char for gap in self.gaps for char in gap} - WHITESPACE
        return f"characters outside every word: {sorted(lost)!r}" if lost else None

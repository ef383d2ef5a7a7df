"""Which of the words found in texts to keep: those of some tags, without stop words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..errors import InputError
from ..text.block import Spans
from ..text.scheme import Scheme
from ..text.sentence import Word
from .user_files import read_rows

SomeSpans = TypeVar("SomeSpans", bound=Spans)


def read_stop_words(path: str | Path, *, encoding: str = "utf-8") -> frozenset[str]:
    """The words of a file, one a line, plain or compressed. No line is a comment: `#` may be a word to leave out.

    Raises InputError for a file that cannot be read.
    """
    return frozenset(line.strip() for line in read_rows(Path(path), encoding)) - {""}


@dataclass(frozen=True)
class WordFilter:
    """Keeps words whose tag is one of `pos` (all, if there are none) and that are not among `stop_words`.

    A stop word in lower case stands for its capitalised forms too.
    """

    pos: tuple[str, ...] = ()
    stop_words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is anything that it would leave out."""
        return bool(self.pos or self.stop_words)

    def check(self, scheme: Scheme) -> None:
        """Raises InputError for tags that a model of this scheme does not have."""
        if unknown := [tag for tag in self.pos if tag not in scheme.pos]:
            known = ", ".join(scheme.pos) or "none at all"
            raise InputError(
                f"expected tags that the model has ({known}), got {', '.join(map(repr, unknown))}; correct the tags"
            )

    def is_stop_word(self, form: str) -> bool:
        """Whether a word is left out whatever its tag is."""
        return form in self.stop_words or form.lower() in self.stop_words

    def choose(self, spans: SomeSpans, pos: Sequence[str | None]) -> SomeSpans:
        """The words to keep; `pos` holds the names of the tags by number."""
        if not self:
            return spans
        is_kept = np.ones(len(spans.starts), np.bool_)
        if self.pos:
            is_kept = np.array([name in self.pos for name in pos], np.bool_)[spans.pos]
        if self.stop_words:
            is_kept &= np.array([not self.is_stop_word(form) for form in spans.forms()], np.bool_)
        return spans.where(is_kept)

    def words(self, words: Iterable[Word]) -> list[Word]:
        """The words to keep out of some words."""
        return [word for word in words if self.keeps(word)]

    def keeps(self, word: Word) -> bool:
        """Whether a word is one to keep."""
        return (not self.pos or word.pos in self.pos) and not (self.stop_words and self.is_stop_word(word.form))


EVERY_WORD = WordFilter()


def read_filter(tags: str, stop_words: str | Path | None, *, encoding: str = "utf-8") -> WordFilter:
    """The filter of tags as options name them (`NOUN,PROPN`) and of a file of stop words. Raises InputError as
    `read_stop_words` does."""
    words = read_stop_words(stop_words, encoding=encoding) if stop_words else frozenset[str]()
    return WordFilter(tuple(tags.replace(",", " ").split()), words)

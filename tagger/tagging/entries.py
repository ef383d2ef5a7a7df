"""Entries of dictionaries, and the table that holds many of them: each word once, with the number of its kind."""

from typing import Literal, NamedTuple, Self, get_args

import numpy as np

from ..errors import InputError
from ..text.format_characters import without_format
from ..text.sentence import WHITESPACE
from .values import is_number

Strength = Literal["force", "prefer", "forbid", "join", "cut"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
FORCE, PREFER, FORBID, JOIN, CUT = range(5)
# Of a preferred word, per character after the first, in the units of the decoder's scores (natural logarithms): entries
# without a weight of their own have the first one in a list of up to LONG entries, the second one in a longer list.
WEIGHT, WEIGHT_OF_LONG, LONG = 5.0, 2.0, 10_000
MARK = "|"
WANTED_WEIGHT = "a weight above 0 and below 1000"


class Entry(NamedTuple):
    """A word and what to do with it; `tag` is for `force` and `prefer`, `weight` for `prefer`. Without a weight the
    word has the default one of its dictionary."""

    word: str
    strength: Strength = "force"
    tag: str | None = None
    weight: float | None = None

    @classmethod
    def of(cls, given: object) -> Self:
        """An entry, a tuple of the same, or a word. Raises InputError for anything else."""
        parts = given if isinstance(given, tuple) else (given,)
        kinds = (str, str, str | None, object)  # EntryTable.add looks at weights
        if 0 < len(parts) <= len(kinds) and all(map(isinstance, parts, kinds)):
            return cls(*parts)
        raise InputError(f"expected a word, or Entry(word, strength, tag, weight), got {given!r:.80}; correct it")


class EntryTable:
    """Words, each with the number of its kind: strength, tag and weight, all that an entry holds beside the word.

    `marks` says of a word to cut how many of its characters come before each boundary. `spaced` are the words with
    whitespace, each with the number of its line. `own_tags` are the tags of entries in our own format, each with the
    number of the first line that has it, 0 for none.
    """

    def __init__(self) -> None:
        self.numbers: dict[tuple[Strength, str | None, float | None], int] = {}
        self.kinds: dict[str, int] = {}
        self.marks: dict[str, tuple[int, ...]] = {}
        self.spaced: dict[str, int] = {}
        self.own_tags: dict[str, int] = {}

    def add(self, entry: Entry, line: int = 0) -> str:
        """Adds an entry and returns its word, without format characters and the marks of a cut. Raises InputError for
        a bad word, or a strength, tag, weight or mark that does not go with the others."""
        word, strength, tag, weight = entry
        if not word.isalnum():
            word = without_format(word)
        if not word.strip() or word != word.strip() or "\n" in word:
            wanted, got = "a word without line feeds, and without spaces around it", repr(word)
        elif strength not in STRENGTHS:
            wanted, got = f"a strength among {', '.join(STRENGTHS)}", repr(strength)
        elif tag is not None and strength not in ("force", "prefer"):
            wanted, got = f"no tag on an entry to {strength}", repr(tag)
        elif weight is not None and not (is_number(weight) and 0 < weight < 1000):
            wanted, got = WANTED_WEIGHT, repr(weight)
        elif strength == "cut" and not cut_marks(word):
            wanted, got = f"{MARK} where to cut, between characters", "none"
        else:
            if strength == "cut":
                marks, word = cut_marks(word), word.replace(MARK, "")
                self.marks[word] = marks
            self.kinds[word] = self.number(strength, tag, weight)
            if tag:
                self.own_tags.setdefault(tag, line)
            return word
        raise InputError(f"entry {word!r:.80}: expected {wanted}, got {got:.80}; correct it")

    def number(self, strength: Strength, tag: str | None = None, weight: float | None = None) -> int:
        """The number of a kind."""
        return self.numbers.setdefault((strength, tag, weight), len(self.numbers))

    def note_spaces(self, word: str, line: int) -> None:
        """Remembers the line of a word that holds whitespace."""
        if not WHITESPACE.isdisjoint(word):
            self.spaced[word] = line

    def first_spaced(self) -> tuple[int, str] | None:
        """The line and the text of the first word with whitespace that may come out as a word."""
        strengths = [strength for strength, _, _ in self.numbers]
        possible = ("force", "prefer", "join")
        lines = [(line, word) for word, line in self.spaced.items() if strengths[self.kinds[word]] in possible]
        return min(lines, default=None)


def cut_marks(word: str) -> tuple[int, ...]:
    """How many characters of a word to cut come before each boundary."""
    parts = word.split(MARK)
    places = np.cumsum([len(part) for part in parts]).tolist()
    return tuple(place for place in dict.fromkeys(places[:-1]) if 0 < place < places[-1])

"""Users' own patterns: runs of characters that are one word wherever an expression matches.

From left to right, the longest match of any pattern at the first place where one matches is a word, and the search goes
on after it; of patterns with this same match, the first one gives the tag. A match lies within a line, is matched with
the text as it was given, code point for code point, but without format characters (see `text.format_characters`), and
holds at most `pattern_search.LONGEST` bytes of UTF-8. Whitespace at its edges does not belong to the word.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text.block import widths
from ..text.characters import SPACE, class_table, code_points
from .dictionary_lines import UPOS
from .pattern_search import Expression, check_expression, either, find_spans
from .user_files import COMMENT, read_rows

MOST = 1000  # patterns together
_SHAPE = "an expression, or expression<TAB>tag"


class Pattern(NamedTuple):
    """A regular expression of RE2, and the tag of the words that match; without one the model chooses it."""

    expression: str
    tag: str | None = None


class PatternMatches(NamedTuple):
    """Where patterns match: code points `starts` to `ends` (half-open), in order and without overlap, and the numbers
    of the tags in `Patterns.tag_names`, -1 for none."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tags: NDArray[np.int64]


class Patterns:
    """Patterns that are searched for together; a plain string is one without a tag.

    With `spaces=False`, matches that hold whitespace do not count: some formats cannot hold such words. Raises
    InputError for a bad pattern and for more than `MOST`, and MissingExtraError when google-re2 is not installed.
    """

    def __init__(self, patterns: Iterable[Pattern | tuple[str, str | None] | str] = (), *, spaces: bool = True) -> None:
        rows = [Pattern(row) if isinstance(row, str) else Pattern(*row) for row in patterns]
        for row in rows:
            try:
                _check(row)
            except InputError as error:
                raise InputError(f"pattern {row.expression!r:.80}: {error}") from None
        if len(rows) > MOST:
            raise InputError(f"expected at most {MOST:,} patterns, got {len(rows):,}; join those of a tag with |")
        self.patterns = tuple(rows)
        self.spaces = spaces
        self.tag_names = tuple(sorted({row.tag for row in rows if row.tag}))
        self.tags = np.array([self.tag_names.index(row.tag) if row.tag else -1 for row in rows], np.int64)
        self.own_tags = dict.fromkeys(self.tag_names, "")  # of a file, with the file and line that has each first
        self.matched = np.zeros(len(rows), np.bool_)
        self._parts: dict[tuple[int, int], Expression] = {}
        if rows:
            self._part(0, len(rows))

    @classmethod
    def read(cls, path: str | Path, *, encoding: str = "utf-8", spaces: bool = True) -> Self:
        """A file with an expression, or `expression<TAB>tag`, on each line, plain or compressed. Lines that begin with
        `#` and a space are comments.

        Raises InputError for a file that cannot be read and, with its number, for a bad line.
        """
        rows: list[Pattern] = []
        own_tags: dict[str, str] = {}
        for number, line in enumerate(read_rows(Path(path), encoding), 1):
            if not line.strip() or COMMENT.match(line):
                continue
            try:
                rows.append(_read_line(line))
                _check(rows[-1])
                own_tags.setdefault(rows[-1].tag or "", f"{path}:{number}")
            except InputError as error:
                raise InputError(f"{path}:{number}: {error}") from None
        try:
            found = cls(rows, spaces=spaces)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        found.own_tags = {tag: own_tags[tag] for tag in found.tag_names}
        return found

    def __len__(self) -> int:
        return len(self.patterns)

    def word(self, pattern: int) -> str:
        """The expression of the pattern of a number."""
        return self.patterns[pattern].expression

    @property
    def unmatched(self) -> list[str]:
        """The expressions that have given no word so far, among them any that match only where an earlier one does."""
        return [self.patterns[i].expression for i in np.flatnonzero(~self.matched)]

    def find(self, text: str) -> PatternMatches:
        """The matches in a text, each of which is a word."""
        data = text.encode("utf-8", "surrogatepass")
        found = list(self._find_numbered(data))
        if not found:
            return PatternMatches(*np.zeros((3, 0), np.int64))
        starts, ends, numbers = np.array(found, np.int64).T
        codes = code_points(text)
        n_bytes = np.cumsum(widths(codes, "byte"), dtype=np.int64)  # up to and with each code point
        starts, ends = np.searchsorted(n_bytes, starts, "right"), np.searchsorted(n_bytes, ends, "right")
        starts, ends, kept = self._without_spaces(starts, ends, class_table()[codes] == SPACE)
        self.matched[numbers[kept]] = True
        return PatternMatches(starts, ends, self.tags[numbers[kept]])

    def _find_numbered(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Where each match begins and ends in UTF-8, and the number of its pattern."""
        if self.patterns:
            for start, end in find_spans(self._part(0, len(self.patterns)), data):
                yield start, end, self._number(data, start, end)

    def _number(self, data: bytes, start: int, end: int) -> int:
        """The number of the first pattern that matches just there, by halving: one does. It may be that of another
        with the same tag where all that could be meant are known to match."""
        first, last = 0, len(self.patterns)
        while last - first > 1 and not (self.matched[first:last].all() and len(set(self.tags[first:last])) == 1):
            middle = (first + last) // 2
            is_before = self._part(first, middle).fullmatch(data, start, end) is not None
            first, last = (first, middle) if is_before else (middle, last)
        return first

    def _part(self, first: int, last: int) -> Expression:
        """One expression for the patterns with these numbers."""
        if (first, last) not in self._parts:
            self._parts[first, last] = either([row.expression for row in self.patterns[first:last]])
        return self._parts[first, last]

    def _without_spaces(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64], spaces: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The matches without the whitespace at their edges, those that hold something else, and their places among
        all."""
        n_before = np.append(0, np.cumsum(~spaces))  # characters before each place that are no whitespace
        first, last = n_before[starts], n_before[ends]
        kept = np.flatnonzero(last > first)
        places = np.flatnonzero(~spaces)
        starts, ends = places[first[kept]], places[last[kept] - 1] + 1
        if not self.spaces:
            whole = n_before[ends] - n_before[starts] == ends - starts
            starts, ends, kept = starts[whole], ends[whole], kept[whole]
        return starts, ends, kept


def _read_line(line: str) -> Pattern:
    expression, *others = (column.strip() for column in line.split("\t"))
    if len(others) > 1:
        raise InputError(f"expected {_SHAPE}, got {len(others) + 1} columns; write a tab in an expression as \\t")
    last = expression.rpartition(" ")[2]
    if not others and last != expression and last in UPOS:
        raise InputError(f"expected {_SHAPE}, got {line.strip()!r:.80} with a space before {last}; put a tab there")
    return Pattern(expression, (others or [""])[0] or None)


def _check(pattern: Pattern) -> None:
    """Raises InputError for an expression or a tag that cannot be one."""
    tag = pattern.tag
    if tag is not None and tag.split() != [tag]:
        raise InputError(f"expected a tag without whitespace, got {tag!r:.80}; correct it, or give None")
    check_expression(pattern.expression)

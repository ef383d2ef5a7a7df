"""Search for many regular expressions at once, in steps that are linear in the text, by RE2 (Cox 2010).

RE2 answers one search in linear time. To find all matches takes many searches, each of which may read on to the end of
the line to see whether its match goes on: n² steps for a text of `《` and the expressions `《` and `《[^》]*》`. So a
match has a greatest length here, and no search reads far beyond what it finds.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Protocol

from ..errors import InputError
from ..extras import needed_for

LONGEST = 768  # bytes of UTF-8 in a match: 256 Chinese characters
MEMORY = 64 << 20  # bytes that expressions, and the states that searches remember, may take
PROGRAM = 100_000  # instructions of expressions: of more, the states of a search do not fit, and it is slow
# A quoted part, an escape, or flags that end the reading by lines. Some of these cannot be matched in a block of texts.
_TOKEN = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\(\?[A-Za-z]*-[A-Za-z]*m", re.DOTALL)
_INSTEAD = {r"\A": "^, where a line begins", r"\z": "$, where a line ends", r"\C": "., which is a whole character"}
_TOO_LARGE = f"expected expressions of at most {PROGRAM:,} instructions together"
_SMALLER = "give fewer of them, or repeat large classes such as \\p{Han} with + and not with a count"
_EMPTY_PLACES = ((b"", 0), (b"a", 0), (b"a", 1))  # with every set of ^, $, \b and \B that can hold at one place


class Match(Protocol):
    """Where an expression matches."""

    def start(self) -> int: ...

    def end(self) -> int: ...


class Expression(Protocol):
    """A compiled expression, which is matched with `data[start:end]`; `^`, `$` and `\\b` see what is around that."""

    @property
    def programsize(self) -> int: ...

    def search(self, data: bytes, start: int, end: int, /) -> Match | None: ...

    def match(self, data: bytes, start: int, end: int, /) -> Match | None: ...

    def fullmatch(self, data: bytes, start: int, end: int, /) -> Match | None: ...


def check_expression(text: str) -> None:
    """Raises InputError for what is no regular expression of RE2, and for one that may match nothing at all."""
    for token in _TOKEN.findall(text):
        instead = "^ and $ as they are" if token.startswith("(") else _INSTEAD.get(token)
        if instead:
            raise InputError(f"expected an expression for lines of text, got one with {token!r}; use {instead}")
    alone, _ = _compile(text), either([text])  # alone, so that no bracket of it closes the group
    if any(alone.fullmatch(data, place, place) for data, place in _EMPTY_PLACES):
        raise InputError("expected an expression of at least a character, got one that also matches none; correct it")


def either(texts: Sequence[str]) -> Expression:
    """One expression for all `texts`. Raises InputError for those that are too large together."""
    expression = _compile("|".join(f"(?m:{text})" for text in texts))
    if expression.programsize > PROGRAM:
        raise InputError(f"{_TOO_LARGE}, got {expression.programsize:,}; {_SMALLER}")
    return expression


def find_spans(expression: Expression, data: bytes, *, longest: int = LONGEST) -> Iterator[tuple[int, int]]:
    """Where the expression matches text in UTF-8, from left to right: at the first place where it does, the longest
    match of at most `longest` bytes; then the same after this match."""
    start, size = 0, 2 * longest
    while start < len(data):
        end = start + size
        found = expression.search(data, start, end)
        # What begins more than `longest` before `end` was seen whole; the rest was not, unless the text ends there.
        if found is None or (found.start() > end - longest and end < len(data)):
            start, size = end - longest, 2 * size
            continue
        first, last = found.start(), found.end()
        if last - first > longest:
            shorter = expression.match(data, first, first + longest)
            last = shorter.end() if shorter else first
        if last > first:
            yield first, last
        start, size = max(last, first + 1), 2 * longest


def _compile(text: str) -> Expression:
    with needed_for("patterns"):
        import re2
    try:
        expression: Expression = re2.compile(text.encode(), _options())
    except UnicodeEncodeError:
        raise InputError("expected an expression of characters, got half of one; correct it") from None
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        if "too large" in reason:
            raise InputError(f"{_TOO_LARGE}, got more; {_SMALLER}") from None
        wanted = "expected a regular expression of RE2, which has no look-around and no backreferences"
        raise InputError(f"{wanted}, got an error of it: {reason}; correct it") from None
    return expression


@cache
def _options() -> Any:
    """Matches are the longest ones, and lie within a line."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.UTF8
    options.longest_match = options.never_nl = options.never_capture = True
    options.log_errors = False
    options.max_mem = MEMORY
    return options

"""What the table `exceptions.tsv` says: sequences of words that have an answer of their own."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from .tokens import DONE, Token

TABLE = Path(__file__).with_name("exceptions.tsv")
_WORD = re.compile(r"(?P<form>[^/]+)(?:/(?P<tag>.+))?")
Pattern = tuple[tuple[str, str], ...]  # forms, each with a tag (UPOS or native) or ""


@cache
def _table() -> dict[str, list[tuple[Pattern, Pattern]]]:
    """The patterns and their answers by the form of the first word, the longest first."""
    table: dict[str, list[tuple[Pattern, Pattern]]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            before, after = (_words(cell) for cell in line.split("\t"))
            table.setdefault(before[0][0], []).append((before, after))
    for entries in table.values():
        entries.sort(key=lambda entry: (len(entry[0]), sum(bool(tag) for _, tag in entry[0])), reverse=True)
    return table


def _words(cell: str) -> Pattern:
    matches = [_WORD.fullmatch(word) for word in cell.split(" ")]
    return tuple((match["form"], match["tag"] or "") for match in matches if match)


def replace(tokens: Sequence[Token]) -> list[Token]:
    """The words with the answers of the table in the place of what it lists."""
    return list(_replaced(tokens))


def _replaced(tokens: Sequence[Token]) -> Iterator[Token]:
    i = 0
    while i < len(tokens):
        for before, after in _table().get(tokens[i].key, ()):
            if _matches(before, tokens[i : i + len(before)]):
                yield from _answer("".join(token.form for token in tokens[i : i + len(before)]), after, tokens[i].glued)
                i += len(before)
                break
        else:
            yield tokens[i]
            i += 1


def _answer(text: str, after: Pattern, glued: bool) -> Iterator[Token]:
    """The text in the words of an answer, in its own script."""
    start = 0
    for form, tag in after:
        yield Token(text[start : start + len(form)], tag, DONE, glued or start > 0)
        start += len(form)


def _matches(pattern: Pattern, tokens: Sequence[Token]) -> bool:
    return (
        len(tokens) == len(pattern)
        and all(token.glued for token in tokens[1:])
        and all(
            form == token.key and tag in ("", token.pos, token.native)
            for (form, tag), token in zip(pattern, tokens, strict=True)
        )
    )

"""Files of comma- or tab-separated values (RFC 4180): where their records end, and the fields of each.

A quoted field may hold delimiters, line ends and, doubled, quotes.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import InputError

DELIMITERS = {"csv": ",", "tsv": "\t"}
_MAX_FIELD = 1 << 26  # characters: an opening quote without its closing one does not take a whole file into memory


class Row(NamedTuple):
    """A record: the number of its first line, and its fields or, if it cannot be read, what is wrong with it."""

    number: int
    fields: list[str]
    problem: str = ""


class _Lines:
    """The lines of the parts of a stream, for a csv reader."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._lines = deque[bytes]()
        self._rest = b""  # the beginning of a line whose end has not been read yet
        self._taken = bytearray()  # what the reader has read since the last `take`

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while not self._lines:
            self._read_part()
        line = self._lines.popleft()
        self._taken += line
        return line.decode("latin-1")  # a character per byte: delimiters, quotes and line ends are ASCII

    def _read_part(self) -> None:
        """Raises StopIteration at the end of the stream."""
        part = next(self._parts, None)
        if part is None and not self._rest:
            raise StopIteration
        lines = io.BytesIO(self._rest + (part or b"")).readlines()
        is_whole = part is None or not lines or lines[-1].endswith(b"\n")
        self._rest = b"" if is_whole else lines.pop()
        self._lines.extend(lines)

    @property
    def needs_part(self) -> bool:
        """Whether the next line is that of a part that has not been read yet."""
        return not self._lines

    def take(self) -> bytes:
        """What the reader has read since the last call."""
        taken = bytes(self._taken)
        self._taken.clear()
        return taken


def whole_records(parts: Iterable[bytes], delimiter: str) -> Iterator[bytes]:
    """The first record of a stream of bytes, then the others in parts that end where a record ends.

    A part comes as soon as it is read. A record that cannot be read ends where the csv module gives it up.
    """
    _allow_long_fields()
    lines = _Lines(parts)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    is_first = True
    while True:
        try:
            next(reader)
        except StopIteration:
            break
        except csv.Error:
            pass  # whoever reads the record finds the same error
        if is_first or lines.needs_part:
            yield lines.take()
            is_first = False
    if rest := lines.take():
        yield rest


def read_rows(text: str, number: int, delimiter: str) -> Iterator[Row]:
    """The records of a text that begins in line `number`, without empty lines."""
    _allow_long_fields()
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    while True:
        begins = number + reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(begins, [], str(error).partition(" - ")[0])  # then comes advice for programmers
            continue
        if fields:
            yield Row(begins, fields)


def read_header(line: str, name: str, delimiter: str) -> tuple[str, ...]:
    """The names of the columns of the file `name`. Raises InputError for names that cannot be told apart."""
    row = next(read_rows(line, 1, delimiter), Row(1, []))
    if row.problem or not row.fields:
        raise InputError(f"{name}:1: expected the names of columns, got {row.problem or 'an empty line'}; correct it")
    if twice := [column for column in row.fields if row.fields.count(column) > 1]:
        raise InputError(f"{name}:1: expected columns of different names, got {twice[0]!r} twice; rename one")
    return tuple(row.fields)


def _allow_long_fields() -> None:
    """The csv module refuses fields of more than 131,072 characters by default."""
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD))

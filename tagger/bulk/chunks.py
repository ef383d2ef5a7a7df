"""Streams of bytes in chunks of whole lines, of a size that is quick to pass to a worker and fits into memory.

A line longer than a section (see `text.windows`) may be cut between chunks, at the places where `Block.of` cuts it
into rows. So its words do not depend on the chunks.
"""

import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Literal, NamedTuple, get_args

from ..errors import InputError
from ..files.encodings import Transcoded, codec, remedy, utf16_of_ascii
from ..files.lines import BOM, undecodable
from ..text.windows import SECTION, section_end
from .delimited import DELIMITERS, read_header, whole_records

Kind = Literal["text", "jsonl", "csv", "tsv", "parquet"]
UTF_8 = "utf-8"
_OTHER_ENCODING = "give --encoding and what it is in (gb18030 for gbk)"
_OR_LEAVE_OUT = ", or choose --errors replace or --errors skip"
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Sizes:
    """The bytes of a `chunk`, by default about as many Chinese characters as a block of `Tagger.tag` holds, and the
    code points of a `section`, at which long lines are cut into rows."""

    chunk: int = 3 << 17
    section: int = SECTION


SIZES = Sizes()


class Chunk(NamedTuple):
    """Lines with their line feeds.

    With `continues` the first line continues the last one of the chunk before. With `unfinished` the last line has no
    line feed and continues in the next chunk. `number` is the number of the first line, from 1, and `offset` that of
    the first byte in the file. A chunk of a table is a batch of rows in Arrow's stream format, and `number` is that of
    its first row. `columns` are the names of the columns of comma- or tab-separated values.
    """

    kind: Kind
    data: bytes
    number: int
    offset: int
    continues: bool = False
    unfinished: bool = False
    columns: tuple[str, ...] = ()


def read_chunks(
    stream: IO[bytes],
    name: str,
    kind: Kind = "text",
    *,
    cut: bool = False,
    strict: bool = True,
    sizes: Sizes = SIZES,
    encoding: str = UTF_8,
) -> Iterator[Chunk]:
    """The chunks of a stream, in UTF-8, without the byte order mark at its start.

    A stream in another encoding becomes UTF-8 first, and offsets are those in UTF-8; with `strict` a byte that is not
    of the encoding raises an InputError, without it the worker rejects its line. A table has no encoding.

    With `cut` every section of a long line is a chunk. Without it a line is never cut. A line that is cut is first
    checked for bytes that are not UTF-8: with `strict` they raise an InputError that says where they are; without it
    the line stays one chunk, and the worker rejects it.
    """
    if kind == "parquet":
        yield from _read_batches(stream, name)
        return
    source: IO[bytes] | Transcoded = stream
    if codec(encoding, name, InputError) != UTF_8:
        fault = partial(
            undecodable, error=InputError, name=name, remedy=f"{_OTHER_ENCODING}{_OR_LEAVE_OUT if strict else ''}"
        )
        source = Transcoded(stream, encoding, fault, strict=strict)
    lines = _Lines(name, kind, cut and kind == "text", strict, sizes)
    parts = lines.without_bom(_read_parts(source, sizes.chunk))
    if kind in DELIMITERS:
        yield from lines.take_rows(whole_records(parts, DELIMITERS[kind]))
        return
    line = bytearray()  # the beginning of a line whose end has not been read yet
    for data in parts:
        end = data.rfind(b"\n") + 1
        if not end:
            line += data
            continue
        start = 0
        if len(line) > sizes.chunk:
            start = data.find(b"\n") + 1
            line += data[:start]
            yield from lines.take_long(line)
            line = bytearray()
        if start < end:
            yield lines.take(bytes(line) + data[start:end])
        line = bytearray(data[end:])
    if line:
        yield from lines.take_long(line)


def _read_parts(stream: IO[bytes] | Transcoded, part_size: int) -> Iterator[bytes]:
    """What the stream holds in parts of at most `part_size` bytes; a part is shorter when a pipe has no more for now.

    The first part is long enough to show a byte order mark.
    """
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    parts: list[bytes] = []
    size, min_size = 0, len(BOM)
    while data := read(part_size - size):
        parts.append(data)
        size += len(data)
        if size >= part_size or (size >= min_size and not _has_more(stream)):
            yield b"".join(parts)
            parts, size, min_size = [], 0, 1
    yield b"".join(parts)


def _has_more(stream: IO[bytes] | Transcoded) -> bool:
    """Whether reading would give something at once: always true for files, and for pipes that hold data."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError, TypeError):  # not a stream of the operating system, or one it cannot wait for
        return True


def _read_batches(stream: IO[bytes], name: str) -> Iterator[Chunk]:
    from .arrow import read_batches, to_stream

    number = 1
    for batch in read_batches(stream, name):
        yield Chunk("parquet", to_stream(batch), number, 0)
        number += batch.num_rows


class _Lines:
    """Makes chunks of the lines of a file, in order, and keeps the number and the offset of the next line."""

    def __init__(self, name: str, kind: Kind, cut: bool, strict: bool, sizes: Sizes) -> None:
        self._name, self._kind, self._cut, self._strict, self._sizes = name, kind, cut, strict, sizes
        self._number, self._offset = 1, 0

    def without_bom(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """The parts of a file, the first one without a byte order mark. Raises InputError for ASCII in UTF-16."""
        first = next(parts)
        if utf16_of_ascii(first):
            got = "a zero byte beside each character"
            raise InputError(f"{self._name}:1: expected UTF-8, got {got}; {remedy(first)}")
        if first.startswith(BOM):
            self._offset = len(BOM)
        yield first.removeprefix(BOM)
        yield from parts

    def take(self, data: bytes) -> Chunk:
        """The chunk of the next lines, all of which are whole."""
        chunk = Chunk(self._kind, data, self._number, self._offset)
        self._number, self._offset = self._number + data.count(b"\n"), self._offset + len(data)
        return chunk

    def take_rows(self, records: Iterator[bytes]) -> Iterator[Chunk]:
        """The chunks of a table whose first record holds the names of its columns; an empty one if it has no rows."""
        header = self.take(next(records, b""))
        if not header.data:
            return
        try:
            columns = read_header(header.data.decode(), self._name, DELIMITERS[self._kind])
        except UnicodeDecodeError as error:
            raise bad_utf8(self._name, 1, header.offset, error, strict=False) from None
        first = next(records, b"")
        yield self.take(first)._replace(columns=columns)
        for data in records:
            yield self.take(data)._replace(columns=columns)

    def take_long(self, line: bytearray) -> Iterator[Chunk]:
        """The chunks of the next line, which may be longer than a chunk and may lack its line feed."""
        if not self._cut or len(line) <= self._sizes.chunk or not self._is_utf8(line):
            yield self.take(bytes(line))
            return
        size = len(line) - line.endswith(b"\n")
        start = 0
        while start < size:
            # Enough bytes for a section and one code point more; the last code point may be cut.
            stop = min(size, start + 4 * self._sizes.section + 4)
            text = bytes(line[start:stop]).decode("utf-8", "ignore")
            end = start + len(text[: section_end(text, section=self._sizes.section)].encode())
            is_last = end == size
            data = bytes(line[start:] if is_last else line[start:end])
            yield Chunk(self._kind, data, self._number, self._offset + start, start > 0, not is_last)
            start = end
        self._number, self._offset = self._number + 1, self._offset + len(line)

    def _is_utf8(self, line: bytearray) -> bool:
        start = 0
        while start < len(line):
            part = bytes(line[start : start + self._sizes.chunk])
            try:
                part.decode()
                start += len(part)
            except UnicodeDecodeError as error:
                is_last = start + self._sizes.chunk >= len(line)
                if error.reason == "unexpected end of data" and error.start and not is_last:
                    start += error.start  # the end of the part cuts a code point
                elif self._strict:
                    raise bad_utf8(self._name, self._number, self._offset + start, error) from None
                else:
                    return False
        return True


def bad_utf8(
    name: str, number: int, offset: int, error: UnicodeDecodeError, *, strict: bool = True, following: bytes = b""
) -> InputError:
    """The InputError for bytes of line `number` that begin at `offset` in the file; `strict` as in `bad_line`. The byte
    `following` a line feed tells UTF-16."""
    advice = f"{remedy(error.object + following)}{_OR_LEAVE_OUT if strict else ''}"
    return InputError(
        f"{name}:{number}: expected UTF-8, got byte 0x{error.object[error.start]:02x} at offset "
        f"{offset + error.start} of the file ({error.reason}); {advice}"
    )


def bad_line(name: str, number: int, encoding: str, *, strict: bool = True) -> InputError:
    """The InputError for a line that is not of its encoding, which is not UTF-8; `strict` says whether lines may still
    be left out or replaced."""
    advice = f"{_OTHER_ENCODING}{_OR_LEAVE_OUT if strict else ''}"
    return InputError(f"{name}:{number}: expected {encoding}, got bytes that are not of it; {advice}")

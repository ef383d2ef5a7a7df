"""Streams of bytes in chunks of whole lines, a size that workers pass on and memory can hold.

A line longer than a section (see `window`) may be cut between chunks, at the places where `Block.of` cuts
it into rows: so its words are the same however it came.
"""

import select
from collections.abc import Callable, Iterator
from typing import IO, Literal, NamedTuple

from ..errors import InputError
from ..files.lines import BOM
from ..text.windows import SECTION, section_end

SIZE = 3 << 17  # bytes: as many Chinese characters as a block holds
_SECTION_BYTES = 4 * SECTION


Kind = Literal["text", "jsonl", "parquet"]
KINDS: tuple[Kind, ...] = ("text", "jsonl", "parquet")


class Chunk(NamedTuple):
    """Lines with their line feeds. The first line goes on one of the chunk before if `continues`, and the
    last one, without its line feed, in the chunk after if `unfinished`.

    `number` is the number of its first line (from 1), `offset` that of its first byte. A chunk of a table
    is a batch of rows, in Arrow's stream format, and `number` that of its first row.
    """

    kind: Kind
    data: bytes
    number: int
    offset: int
    continues: bool = False
    unfinished: bool = False


def _ready(stream: IO[bytes]) -> bool:
    """Is there more to read at once? Files always have; a pipe that has not is not waited for."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError, TypeError):  # not a stream of the system's, or one it cannot wait for
        return True


def _reads(stream: IO[bytes]) -> Iterator[bytes]:
    """Parts of at most SIZE bytes; less when a pipe has no more for now."""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    parts: list[bytes] = []
    size, least = 0, len(BOM)  # the first part shows whether there is one
    while data := read(SIZE - size):
        parts.append(data)
        size += len(data)
        if size >= SIZE or (size >= least and not _ready(stream)):
            yield b"".join(parts)
            parts, size, least = [], 0, 1
    yield b"".join(parts)


def chunks(
    stream: IO[bytes], name: str, kind: Kind = "text", *, cut: bool = False, strict: bool = True
) -> Iterator[Chunk]:
    """The chunks of a stream; a byte order mark at its start is left out.

    With `cut` every section of a long line is a chunk; without, the line is one, however long. A line that is
    cut is looked at for UTF-8 as a whole before its first part is given: with `strict` the InputError says
    where it is not, without it the line is one chunk and left to the worker.
    """
    if kind == "parquet":
        yield from _batches(stream, name)
        return
    line = bytearray()  # the beginning of a line whose end is not read yet
    number, offset, start = 1, 0, True
    for data in _reads(stream):
        if start and data:
            start = False
            if data.startswith(BOM):
                data, offset = data[len(BOM) :], len(BOM)
        end = data.rfind(b"\n") + 1
        if not end:
            line += data
            continue
        first = data.find(b"\n") + 1 if len(line) > SIZE else 0
        if first:  # the long line ends here
            line += data[:first]
            yield from _long(line, kind, number, offset, name, cut, strict)
            number, offset = number + 1, offset + len(line)
            line = bytearray()
        if first < end:
            whole = bytes(line) + data[first:end]
            yield Chunk(kind, whole, number, offset)
            number, offset = number + whole.count(b"\n"), offset + len(whole)
        line = bytearray(data[end:])
    if line:
        yield from _long(line, kind, number, offset, name, cut, strict)


def _batches(stream: IO[bytes], name: str) -> Iterator[Chunk]:
    from .arrow import batches, to_stream

    number = 1
    for batch in batches(stream, name):
        yield Chunk("parquet", to_stream(batch), number, 0)
        number += batch.num_rows


def _long(line: bytearray, kind: Kind, number: int, offset: int, name: str, cut: bool, strict: bool) -> Iterator[Chunk]:
    if not cut or kind != "text" or len(line) <= SIZE or not _is_utf8(line, number, offset, name, strict):
        yield Chunk(kind, bytes(line), number, offset)
        return
    size = len(line) - line.endswith(b"\n")
    at = 0
    while at < size:
        # Bytes enough for a section and one code point more; the last of them may be cut.
        text = bytes(line[at : min(size, at + _SECTION_BYTES + 4)]).decode("utf-8", "ignore")
        end = at + len(text[: section_end(text)].encode())
        last = end == size
        yield Chunk(kind, bytes(line[at:] if last else line[at:end]), number, offset + at, at > 0, not last)
        at = end


def _is_utf8(line: bytearray, number: int, offset: int, name: str, strict: bool) -> bool:
    at = 0
    while at < len(line):
        part = bytes(line[at : at + SIZE])
        try:
            part.decode()
            at += len(part)
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data" and error.start and at + SIZE < len(line):
                at += error.start  # the part's end cuts a code point
            elif strict:
                raise bad_utf8(name, number, offset + at, error) from None
            else:
                return False
    return True


def bad_utf8(name: str, number: int, offset: int, error: UnicodeDecodeError) -> InputError:
    """The InputError for bytes that begin at `offset` of the file."""
    return InputError(
        f"{name}:{number}: expected UTF-8, got byte 0x{error.object[error.start]:02x} at offset "
        f"{offset + error.start} of the file ({error.reason}); convert it, or choose errors=replace or errors=skip"
    )

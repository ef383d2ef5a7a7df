"""Corpora as blocks of many sentences, without an object for each word: 256 KB of a file at a time.

A part of a file in which anything is unusual goes to the reader of its format, which also says what is wrong with it.
"""

import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ..errors import CorpusError
from ..files.ahead import ahead
from ..files.encodings import codec
from ..files.lines import COMPRESSED, Line, lines
from ..text.sentence import Sentence
from .blocks import Block, Parser, parse_columns, parse_conllu, parse_lines
from .formats import ENCODING_REMEDY, FORMATS, files_of, opened
from .reading import Reader, ReadOptions

SIZES = (1 << 18, 1 << 14)  # bytes that are parsed together; of what is unusual among them, and then read line by line
_LINE, _EMPTY_LINE, _BLANK_LINE = rb"\n", rb"\n\r?\n", rb"\n[ \t\r]*\n"
# What parses each format, and what ends a sentence there.
_PARSERS: dict[str, tuple[Parser, bytes]] = {
    "segmented": (parse_lines(None), _LINE),
    "slash": (parse_lines("/"), _LINE),
    "underscore": (parse_lines("_"), _LINE),
    "columns": (parse_columns, _BLANK_LINE),
    "conllu": (parse_conllu, _EMPTY_LINE),
}


def read_blocks(path: Path, *, format: str | None, tag: str, encoding: str) -> Iterator[Block | Sentence]:
    """The sentences of `read` in their order, without format characters where they come as blocks. A sentence without a
    tag is in no block, unless `tag` is `none`.

    Raises CorpusError as `read` does.
    """
    parsers = {FORMATS[name].read: parser for name, parser in _PARSERS.items()}
    for file, _ in files_of(path, format):
        for source, reader, options in opened(file, format, tag, "collapse", encoding):
            is_plain = file.is_file() and file.suffix not in COMPRESSED
            if reader in parsers and is_plain and codec(encoding, options.name, CorpusError) == "utf-8":
                yield from _read(file, reader, *parsers[reader], options)
            else:
                yield from reader(source, options)


def _read(file: Path, reader: Reader, parser: Parser, end: bytes, options: ReadOptions) -> Iterator[Block | Sentence]:
    number, offset = 1, 0
    for data, block in ahead((data, parser(data, options)) for data in _parts_of_file(file, re.compile(end))):
        for part in [data] if block else _parts(data, re.compile(end), SIZES[1]):
            block = block or parser(part, options)
            if block and (None not in block.kinds or not options.with_tags):
                if len(block.starts):
                    yield block
            else:
                yield from reader(_lines(part, options, number, offset), options)
            number, offset, block = number + part.count(b"\n"), offset + len(part), None


def _lines(data: bytes, options: ReadOptions, number: int, offset: int) -> Iterator[Line]:
    """The lines of a part of a file, of which the first one has the `number`."""
    return lines(io.BytesIO(data), name=options.name, remedy=ENCODING_REMEDY, number=number, offset=offset)


def _parts_of_file(file: Path, end: re.Pattern[bytes]) -> Iterator[bytes]:
    """A file in parts that end where a sentence ends."""
    with file.open("rb") as stream:
        rest = b""
        for data in iter(partial(stream.read, SIZES[0]), b""):
            rest += data
            *_, cut = 0, *(match.end() for match in end.finditer(rest))
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
        if rest:
            yield rest


def _parts(data: bytes, end: re.Pattern[bytes], size: int) -> Iterator[bytes]:
    """Parts of so many bytes or more that end where a sentence ends."""
    start = 0
    for match in end.finditer(data):
        if match.end() - start >= size:
            yield data[start : match.end()]
            start = match.end()
    if start < len(data):
        yield data[start:]

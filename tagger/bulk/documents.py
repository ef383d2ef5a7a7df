"""Documents and rows of files: a file of text is a document, and so is each row of JSONL, CSV, TSV or Parquet."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ..errors import InputError
from .chunks import Chunk, read_chunks
from .inputs import Input, open_input
from .readers import InputTexts, TextReader

_CHOICE = re.compile(r",? or choose --errors .*", re.DOTALL)  # which only `tagger tag` has


class Document(NamedTuple):
    """A text by its lines, and its name: the file's and, after a colon, the number of its row, from 1."""

    name: str
    lines: Sequence[str]


def read_documents(source: Input, reader: TextReader) -> Iterator[Document]:
    """The documents of a file or of stdin. Raises InputError for what cannot be read."""
    name = _name(source)
    if source.kind != "text":
        texts = (text for rows in read_rows(source, reader) for text in rows.texts)
        yield from (Document(f"{name}:{number}", text.split("\n")) for number, text in enumerate(texts, 1))
        return
    with _refusals():
        parts = [reader.decode(name, chunk)[0] for chunk in _chunks(source, reader)]
    yield Document(name, "".join(parts).split("\n"))


def read_rows(source: Input, reader: TextReader) -> Iterator[InputTexts]:
    """The texts of the rows of a file of JSON objects or of a table, with their other fields, many at a time; a Parquet
    file gives its texts alone. Raises InputError for what cannot be read."""
    chunks = _chunks(source, reader)
    while True:
        with _refusals():
            if (chunk := next(chunks, None)) is None:
                return
            rows = _texts(_name(source), chunk, reader)
        yield rows


def _name(source: Input) -> str:
    return "<stdin>" if source.path == "-" else source.path


def _chunks(source: Input, reader: TextReader) -> Iterator[Chunk]:
    with open_input(source) as stream:
        yield from read_chunks(stream, _name(source), source.kind, encoding=reader.encoding)


@contextmanager
def _refusals() -> Iterator[None]:
    """Raises an InputError of this block without the advice to leave bad rows out."""
    try:
        yield
    except InputError as error:
        raise InputError(_CHOICE.sub("", str(error))) from None


def _texts(name: str, chunk: Chunk, reader: TextReader) -> InputTexts:
    if chunk.kind != "parquet":
        return reader.read_records(name, chunk)
    from .arrow import from_stream, texts_of

    return reader.read_table(name, chunk.number, texts_of(from_stream(chunk.data), reader.field))

"""Documents of files: a file of text is one, and so is each row of JSONL, CSV, TSV or Parquet."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .chunks import Chunk, read_chunks
from .inputs import Input, open_input
from .readers import TextReader


class Document(NamedTuple):
    """A text by its lines, and its name: the file's and, after a colon, the number of its row, from 1."""

    name: str
    lines: Sequence[str]


def read_documents(source: Input, reader: TextReader) -> Iterator[Document]:
    """The documents of a file or of stdin. Raises InputError for what cannot be read."""
    name = "<stdin>" if source.path == "-" else source.path
    with open_input(source) as stream:
        chunks = read_chunks(stream, name, source.kind, encoding=reader.encoding)
        if source.kind == "text":
            texts = [reader.decode(name, chunk)[0] for chunk in chunks]
            yield Document(name, "".join(texts).split("\n"))
            return
        number = 0
        for chunk in chunks:
            for text in _texts(name, chunk, reader):
                number += 1
                yield Document(f"{name}:{number}", text.split("\n"))


def _texts(name: str, chunk: Chunk, reader: TextReader) -> Sequence[str]:
    if chunk.kind != "parquet":
        return reader.read_records(name, chunk).texts
    from .arrow import from_stream, texts_of

    return reader.read_table(name, chunk.number, texts_of(from_stream(chunk.data), reader.field)).texts

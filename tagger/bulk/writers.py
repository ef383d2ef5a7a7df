"""Where tagged chunks go: into a file of text, or into a Parquet file. The same chunks give the same bytes."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol

from ..errors import InputError
from ..files.lines import BOM, compressing
from .chunks import Chunk
from .tagged import TaggedChunk


class OutputError(OSError):
    """The output cannot be written: an error of its own, because reading raises OSError too."""


@contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


class HashedFile(io.RawIOBase):
    """Writes to an open file, and keeps the number of bytes and their SHA-256. Closing it leaves the file open.

    Raises OutputError when the file cannot be written, and BrokenPipeError when nobody reads it any more.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        with _output_errors():
            self.file.write(view)
        self.digest.update(view)
        self.size += len(view)
        return len(view)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if not self.file.closed:
            with _output_errors():
                self.file.flush()


class ChunkWriter(Protocol):
    """Writes tagged chunks to a file."""

    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        """Writes the next chunk, in the order of the input."""


class LineWriter:
    """Writes lines, and puts the parts of cut lines together: a space between words, then the text's own spaces."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._is_empty = True
        self._has_words = False  # whether the unfinished line has a word
        self._held = b""  # what follows the last word of the unfinished line

    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        """Writes the next chunk, in the order of the input."""
        data, had_words = tagged.data, self._has_words and chunk.continues
        if self._is_empty and data.startswith(BOM):
            data = BOM + data  # readers drop the first one, so a word that begins with one needs another
        if had_words and tagged.n_words:
            self._file.write(b" ")  # the last word of the part before was not the last one of the text
        # What follows the last word of an unfinished text is held back until it is known whether a word follows.
        end = len(data) - tagged.tail if chunk.unfinished else len(data)
        if end:
            self._file.write(self._held + data[:end])
            self._held = b""
        self._held += data[end:]
        self._has_words = chunk.unfinished and (tagged.n_words > 0 or had_words)
        self._is_empty = self._is_empty and not data


class TableWriter:
    """Writes a Parquet file with a row group per chunk. `close` finishes the file, which may have no rows."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: Any = None

    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        """Writes the next chunk, which has no data if its file has no texts. Raises InputError for one with other
        columns than those before."""
        if not tagged.data:
            return
        import pyarrow.parquet as pq

        from .arrow import from_stream

        batch = from_stream(tagged.data)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, batch.schema)
        elif batch.schema != self._writer.schema:
            raise InputError(
                f"expected the same columns in every input, got {self._writer.schema.names}, then "
                f"{batch.schema.names}; name a folder as the output, which gets a file per input"
            )
        if batch.num_rows:
            self._writer.write_batch(batch)

    def close(self) -> None:
        """Finishes the file."""
        if self._writer is None:
            import pyarrow.parquet as pq

            from .arrow import EMPTY

            self._writer = pq.ParquetWriter(self._file, EMPTY)
        self._writer.close()


@contextmanager
def open_writer(file: IO[bytes] | io.RawIOBase, name: str, format: str) -> Iterator[ChunkWriter]:
    """Writes chunks of an output format to an open file, compressed if `name` has the suffix of a compression."""
    target: Any = file
    if format == "parquet":
        table = TableWriter(target)
        yield table
        table.close()
    else:
        with compressing(target, name) as stream:
            yield LineWriter(stream)

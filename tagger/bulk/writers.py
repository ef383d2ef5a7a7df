"""Where tagged chunks go: a stream of text, or a Parquet file. The same chunks give the same bytes."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol

from ..errors import InputError
from ..files.lines import BOM, compressing
from .chunks import Chunk
from .worker import TaggedChunk


class Hashed(io.RawIOBase):
    """Passes bytes on, counting them and taking their sha256. Does not close what is below."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.file.write(view)
        self.digest.update(view)
        self.size += len(view)
        return len(view)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if not self.file.closed:
            self.file.flush()


class Sink(Protocol):
    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        """The next chunk of the output, in order."""


class TextSink:
    """Puts the parts of cut lines together again: one space between words, then the text's own."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.empty, self.wordy, self.held = True, False, b""

    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        data, wordy = tagged.data, self.wordy and chunk.continues
        if self.empty and data.startswith(BOM):
            data = BOM + data  # readers drop one at a file's start: a word that begins with one needs another
        if wordy and tagged.wordy:
            self.file.write(b" ")  # the last word was not the text's last
        # What comes after an unfinished text's last word waits until it is known whether another word follows.
        end = len(data) - tagged.tail if chunk.unfinished else len(data)
        if end:
            self.file.write(self.held + data[:end])
            self.held = b""
        self.held += data[end:]
        self.wordy = chunk.unfinished and (tagged.wordy or wordy)
        self.empty = self.empty and not data


class ParquetSink:
    """A row group per chunk. `close` makes the file whole, without rows an empty one."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.writer: Any = None

    def add(self, chunk: Chunk, tagged: TaggedChunk) -> None:
        import pyarrow.parquet as pq

        from .arrow import from_stream

        batch = from_stream(tagged.data)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.file, batch.schema)
        elif batch.schema != self.writer.schema:
            raise InputError(
                f"expected the same columns in every input, got {self.writer.schema.names}, then {batch.schema.names}; "
                "name a folder as the output, which gets a file per input"
            )
        if batch.num_rows:
            self.writer.write_batch(batch)

    def close(self) -> None:
        if self.writer is None:
            import pyarrow.parquet as pq

            from .arrow import EMPTY

            self.writer = pq.ParquetWriter(self.file, EMPTY)
        self.writer.close()


@contextmanager
def sink(file: IO[bytes], name: str, format: str) -> Iterator[Sink]:
    """A sink into an open file, compressed if `name` says so."""
    if format == "parquet":
        table = ParquetSink(file)
        yield table
        table.close()
    else:
        with compressing(file, name, InputError) as stream:
            yield TextSink(stream)

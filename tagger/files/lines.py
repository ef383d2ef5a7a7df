"""Lines of UTF-8 files, plain or compressed, with the place of everything that is wrong."""

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import CorpusError, TaggerError

COMPRESSED = (".gz", ".xz", ".zst")
BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line without its line feed; `number` counts from 1."""

    number: int
    text: str


class _Frames(io.RawIOBase):
    """The content of Zstandard frames, one after the other; unlike zstandard's reader, EOFError when cut short."""

    def __init__(self, file: IO[bytes], decompressor: Any) -> None:
        self.file = file
        self.decompressor = decompressor
        self.frame = decompressor.decompressobj()
        self.ready = b""
        self.begun = False  # inside a frame

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            if self.frame.eof:
                data, self.begun = self.frame.unused_data, False
                self.frame = self.decompressor.decompressobj()
            else:
                data = b""
            data = data or self.file.read(1 << 16)
            if not data:
                if self.begun:
                    raise EOFError("the compressed data is cut short")
                return 0
            self.begun = True
            self.ready = self.frame.decompress(data)
        size = min(len(buffer), len(self.ready))
        buffer[:size], self.ready = self.ready[:size], self.ready[size:]
        return size


def _zstandard(name: str, error: type[TaggerError]) -> Any:
    try:
        import zstandard
    except ImportError:
        raise error(f"{name}: expected zstandard to be installed, it is not; pip install zstandard") from None
    return zstandard


@contextmanager
def decompressing(file: IO[bytes], name: str, error: type[TaggerError] = CorpusError) -> Iterator[IO[bytes]]:
    """The content of an open file that is compressed if its name says so. Raises `error` without zstandard."""
    opened: Any = file
    if name.endswith(".gz"):
        opened = gzip.GzipFile(fileobj=file)
    elif name.endswith(".xz"):
        opened = lzma.LZMAFile(file)  # noqa: SIM115
    elif name.endswith(".zst"):
        opened = io.BufferedReader(_Frames(file, _zstandard(name, error).ZstdDecompressor()))
    try:
        yield opened
    finally:
        if opened is not file:
            opened.close()


@contextmanager
def compressing(file: IO[bytes], name: str, error: type[TaggerError] = CorpusError) -> Iterator[IO[bytes]]:
    """Compresses what is written to an open file if its name says so: the same content, the same bytes."""
    opened: Any = file
    if name.endswith(".gz"):
        opened = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    elif name.endswith(".xz"):
        opened = lzma.LZMAFile(file, "wb")  # noqa: SIM115
    elif name.endswith(".zst"):
        opened = _zstandard(name, error).ZstdCompressor().stream_writer(file, closefd=False)
    try:
        yield opened
    finally:
        if opened is not file:
            opened.close()


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """A file to write UTF-8 text with line feeds to, compressed if its name says so. Raises OSError, and
    CorpusError without zstandard."""
    with path.open("wb") as file, compressing(file, path.name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def decompression_errors() -> tuple[type[BaseException], ...]:
    """What decompressors and the file system raise; zstandard's own error exists only where it is used."""
    zstandard = sys.modules.get("zstandard")
    own = (zstandard.ZstdError,) if zstandard else ()
    return (OSError, EOFError, lzma.LZMAError, zlib.error, *own)


def lines(
    source: Path | IO[bytes], *, name: str | None = None, error: type[TaggerError] = CorpusError
) -> Iterator[Line]:
    """Lines of a file or of an open stream of bytes; only a line feed ends one, a leading BOM is dropped.

    Raises `error` for a file that cannot be read or decompressed, and for bytes that are not UTF-8, with
    the line and the offset of the byte.
    """
    name = name or str(source)
    try:
        if isinstance(source, Path):
            with source.open("rb") as file, decompressing(file, source.name, error) as stream:
                yield from _decode(stream, name, error)
        else:
            yield from _decode(source, name, error)
    except FileNotFoundError:
        raise error(f"{name}: expected a file, found none; correct the path") from None
    except decompression_errors() as problem:
        raise error(f"{name}: cannot be read ({problem}); is it whole, and of the kind its name says?") from problem


def _decode(stream: IO[bytes], name: str, error: type[TaggerError]) -> Iterator[Line]:
    offset = 0
    for number, raw in enumerate(stream, 1):
        start = offset
        offset += len(raw)
        if number == 1 and raw.startswith(BOM):
            raw, start = raw[3:], start + 3
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            at = problem.start
            raise error(
                f"{name}:{number}: expected UTF-8, got byte 0x{raw[at]:02x} at offset {start + at} of the file "
                f"({problem.reason}); convert the file to UTF-8"
            ) from None
        yield Line(number, text.removesuffix("\n"))

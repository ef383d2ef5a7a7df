"""Lines of UTF-8 files, plain or compressed, with the place of everything that is wrong."""

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from .errors import CorpusError, TaggerError

COMPRESSED = (".gz", ".xz", ".zst")
BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line without its line feed; `number` counts from 1."""

    number: int
    text: str


class _Frames(io.RawIOBase):
    """The content of Zstandard frames, one after the other; unlike zstandard's reader, EOFError when cut short."""

    def __init__(self, path: Path, decompressor: Any) -> None:
        self.file = path.open("rb")
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

    def close(self) -> None:
        self.file.close()
        super().close()


def _open(path: Path, mode: Literal["rb", "wb"], error: type[TaggerError] = CorpusError) -> IO[bytes]:
    opened: Any
    if path.suffix == ".gz":
        opened = gzip.GzipFile(path, mode)
    elif path.suffix == ".xz":
        opened = lzma.LZMAFile(path, mode)  # noqa: SIM115
    elif path.suffix == ".zst":
        try:
            import zstandard
        except ImportError:
            raise error(f"{path}: expected zstandard to be installed, it is not; pip install zstandard") from None
        if mode == "rb":
            opened = io.BufferedReader(_Frames(path, zstandard.ZstdDecompressor()))
        else:
            opened = zstandard.open(path, mode)
    else:
        opened = path.open(mode)
    stream: IO[bytes] = opened
    return stream


def open_text(path: Path) -> IO[str]:
    """A file to write UTF-8 text with line feeds to, compressed if its name says so. Raises OSError, and
    CorpusError without zstandard."""
    return io.TextIOWrapper(_open(path, "wb"), encoding="utf-8", newline="\n")


def _damage() -> tuple[type[BaseException], ...]:
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
            with closing(_open(source, "rb", error)) as stream:
                yield from _decode(stream, name, error)
        else:
            yield from _decode(source, name, error)
    except FileNotFoundError:
        raise error(f"{name}: expected a file, found none; correct the path") from None
    except _damage() as problem:
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

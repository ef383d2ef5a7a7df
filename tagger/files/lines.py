"""Lines of files in UTF-8 or another encoding, plain or compressed. Errors say in which line and at which byte."""

import codecs
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
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
    """The content of a file of Zstandard frames. Unlike zstandard's own reader, it raises EOFError when the last frame
    is not whole."""

    def __init__(self, file: IO[bytes], decompressor: Any) -> None:
        self._file = file
        self._decompressor = decompressor
        self._frame = decompressor.decompressobj()
        self._ready = b""  # decompressed and not yet read
        self._in_frame = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            data = b""
            if self._frame.eof:
                data, self._in_frame = self._frame.unused_data, False
                self._frame = self._decompressor.decompressobj()
            data = data or self._file.read(1 << 16)
            if not data:
                if self._in_frame:
                    raise EOFError("the compressed data is cut short")
                return 0
            self._in_frame = True
            self._ready = self._frame.decompress(data)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def _zstandard(name: str, error: type[TaggerError]) -> Any:
    try:
        import zstandard
    except ImportError:
        raise error(f"{name}: expected zstandard to be installed, it is not; pip install zstandard") from None
    return zstandard


@contextmanager
def decompressing(file: IO[bytes], name: str, error: type[TaggerError] = CorpusError) -> Iterator[IO[bytes]]:
    """The content of an open file, decompressed if `name` has the suffix of a compression.

    Raises `error` when that is `.zst` and zstandard is not installed.
    """
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
    """A stream that writes to an open file, compressed if `name` has the suffix of a compression.

    The same content gives the same bytes. Raises `error` for `.zst` when zstandard is not installed.
    """
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
    """A file for UTF-8 text with line feeds, compressed if its name has the suffix of a compression.

    Raises OSError when it cannot be written, and CorpusError for `.zst` when zstandard is not installed.
    """
    with path.open("wb") as file, compressing(file, path.name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def decompression_errors() -> tuple[type[BaseException], ...]:
    """What decompressors and the file system raise, with zstandard's own error if zstandard has been imported."""
    zstandard = sys.modules.get("zstandard")
    zstd_errors = (zstandard.ZstdError,) if zstandard else ()
    return (OSError, EOFError, lzma.LZMAError, zlib.error, *zstd_errors)


def lines(
    source: Path | IO[bytes],
    *,
    name: str | None = None,
    error: type[TaggerError] = CorpusError,
    encoding: str = "utf-8",
    remedy: str = "convert the file to UTF-8",
) -> Iterator[Line]:
    """The lines of a file or of an open stream of bytes. Only a line feed ends a line; a byte order mark at the start
    is left out.

    Raises `error` when the file cannot be read or decompressed, for an encoding that Python does not know, and, with
    `remedy`, for bytes that are not of the encoding.
    """
    name = name or str(source)
    fault = partial(_undecodable, error=error, name=name, remedy=remedy)
    decode = _decode if _codec(encoding, name, error) in ("utf-8", "utf-8-sig") else partial(_decode_as, encoding)
    try:
        if isinstance(source, Path):
            with source.open("rb") as file, decompressing(file, source.name, error) as stream:
                yield from decode(stream, fault)
        else:
            yield from decode(source, fault)
    except FileNotFoundError:
        raise error(f"{name}: expected a file, found none; correct the path") from None
    except decompression_errors() as problem:
        raise error(f"{name}: cannot be read ({problem}); is it whole, and of the kind its name says?") from problem


def _codec(encoding: str, name: str, error: type[TaggerError]) -> str:
    """Python's name for an encoding of text."""
    try:
        b"text".decode(encoding, "replace")
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise error(
            f"{name}: expected an encoding such as utf-8, gb18030, big5 or utf-16, got {encoding!r}; correct it"
        ) from None


Fault = Callable[[int, str, int, int, str], TaggerError]


def _undecodable(
    number: int, encoding: str, byte: int, offset: int, reason: str, *, error: type[TaggerError], name: str, remedy: str
) -> TaggerError:
    """The error for a byte, at an offset of the file, that is not of the encoding."""
    got = f"byte 0x{byte:02x} at offset {offset} of the file"
    return error(f"{name}:{number}: expected {encoding}, got {got} ({reason}); {remedy}")


def _decode(stream: IO[bytes], fault: Fault) -> Iterator[Line]:
    offset = 0
    for number, raw in enumerate(stream, 1):
        start = offset
        offset += len(raw)
        if number == 1 and raw.startswith(BOM):
            raw, start = raw[3:], start + 3
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise fault(number, "UTF-8", raw[problem.start], start + problem.start, problem.reason) from None
        yield Line(number, text.removesuffix("\n"))


def _decode_as(encoding: str, stream: IO[bytes], fault: Fault) -> Iterator[Line]:
    """The same in any encoding. A piece that ends in the byte 0x0A need not end in a line feed, as in UTF-16."""
    decoder = codecs.getincrementaldecoder(encoding)()
    number, offset, rest = 1, 0, ""
    for raw in chain(stream, [b""]):
        state = decoder.getstate()
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as problem:
            byte = problem.object[problem.start]
            start = offset + len(raw) - len(problem.object) + problem.start  # the object has bytes of earlier pieces
            decoder.setstate(state)
            number += _line_feeds(decoder, raw)
            raise fault(number, encoding, byte, start, problem.reason) from None
        if offset == 0:
            text = text.removeprefix("\ufeff")
        offset += len(raw)
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield Line(number, line)
            number += 1
    if rest:
        yield Line(number, rest)


def _line_feeds(decoder: codecs.IncrementalDecoder, raw: bytes) -> int:
    """The line feeds in the bytes before the first that cannot be decoded."""
    count = 0
    with suppress(UnicodeDecodeError):
        for byte in raw:
            count += decoder.decode(bytes([byte])).count("\n")
    return count

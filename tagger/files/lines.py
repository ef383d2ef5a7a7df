"""Lines of files in UTF-8 or another encoding, plain or compressed. Errors say in which line and at which byte."""

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import CorpusError, TaggerError
from ..extras import needed_for
from .encodings import Fault, Transcoded, codec, guess, utf16_of_ascii

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


def _zstandard(name: str) -> Any:
    with needed_for(name):
        import zstandard
    return zstandard


@contextmanager
def decompressing(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """The content of an open file, decompressed if `name` has the suffix of a compression.

    Raises MissingExtraError when that is `.zst` and zstandard is not installed.
    """
    opened: Any = file
    if name.endswith(".gz"):
        opened = gzip.GzipFile(fileobj=file)
    elif name.endswith(".xz"):
        opened = lzma.LZMAFile(file)  # noqa: SIM115
    elif name.endswith(".zst"):
        opened = io.BufferedReader(_Frames(file, _zstandard(name).ZstdDecompressor()))
    try:
        yield opened
    finally:
        if opened is not file:
            opened.close()


@contextmanager
def compressing(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """A stream that writes to an open file, compressed if `name` has the suffix of a compression.

    The same content gives the same bytes. Raises MissingExtraError for `.zst` when zstandard is not installed.
    """
    opened: Any = file
    if name.endswith(".gz"):
        opened = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    elif name.endswith(".xz"):
        opened = lzma.LZMAFile(file, "wb")  # noqa: SIM115
    elif name.endswith(".zst"):
        opened = _zstandard(name).ZstdCompressor().stream_writer(file, closefd=False)
    try:
        yield opened
    finally:
        if opened is not file:
            opened.close()


@contextmanager
def open_text(path: Path, *, errors: str = "strict") -> Iterator[IO[str]]:
    """A file for UTF-8 text with line feeds, compressed if its name has the suffix of a compression. `errors` says what
    becomes of lone surrogates, as in `str.encode`.

    Raises OSError when it cannot be written, and MissingExtraError for `.zst` when zstandard is not installed.
    """
    with path.open("wb") as file, compressing(file, path.name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", errors=errors, newline="\n")
        yield text
        text.flush()
        text.detach()


def decompression_errors() -> tuple[type[BaseException], ...]:
    """What decompressors and the file system raise, with zstandard's own error if zstandard has been imported."""
    zstandard = sys.modules.get("zstandard")
    zstd_errors = (zstandard.ZstdError,) if zstandard else ()
    return (OSError, EOFError, lzma.LZMAError, zlib.error, *zstd_errors)


@contextmanager
def _open(source: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    """The content of a file, decompressed, or an open stream as it is."""
    if isinstance(source, Path):
        with source.open("rb") as file, decompressing(file, source.name) as stream:
            yield stream
    else:
        yield source


def lines(
    source: Path | IO[bytes],
    *,
    name: str | None = None,
    error: type[TaggerError] = CorpusError,
    encoding: str = "utf-8",
    remedy: str = "convert the file to UTF-8",
    number: int = 1,
    offset: int = 0,
) -> Iterator[Line]:
    """The lines of a file or of an open stream of bytes. Only a line feed ends a line; a byte order mark at the start
    is left out. Of a source that continues a file in UTF-8, `number` is that of its first line and `offset` that of its
    first byte.

    Raises `error` when the file cannot be read or decompressed, for an encoding that Python does not know, and, with
    `remedy`, for bytes that are not of the encoding.
    """
    name = name or str(source)
    fault = partial(undecodable, error=error, name=name, remedy=remedy)
    is_utf8 = codec(encoding, name, error) == "utf-8"
    try:
        with _open(source) as stream:
            text = stream if is_utf8 else io.BufferedReader(Transcoded(stream, encoding, fault))
            yield from _decode(text, fault, number, offset)
    except FileNotFoundError:
        raise error(f"{name}: expected a file, found none; correct the path") from None
    except decompression_errors() as problem:
        raise error(f"{name}: cannot be read ({problem}); is it whole, and of the kind its name says?") from problem


def object_remedy(line: str, other: str) -> str:
    """What to do about a line of JSON that is no object: about one of an array, or of an object on several lines; else
    what `other` says."""
    start = line.strip()
    if start.startswith("["):
        return "JSON Lines have an object on each line, this begins an array: convert the file with jq -c '.[]'"
    if start == "{":
        return "JSON Lines have an object on each line, this one takes several: convert the file with jq -c ."
    return other


def undecodable(
    number: int, encoding: str, byte: int, offset: int, reason: str, *, error: type[TaggerError], name: str, remedy: str
) -> TaggerError:
    """The error for a byte, at an offset of the file, that is not of the encoding."""
    got = f"byte 0x{byte:02x} at offset {offset} of the file"
    return error(f"{name}:{number}: expected {encoding}, got {got} ({reason}); {remedy}")


def _decode(stream: IO[bytes], fault: Fault, first: int, offset: int) -> Iterator[Line]:
    for number, raw in enumerate(stream, first):
        start = offset
        offset += len(raw)
        if number == 1 and raw.startswith(BOM):
            raw, start = raw[3:], start + 3
        if number == 1 and (other := utf16_of_ascii(raw)):
            raise fault(1, "UTF-8", raw[0], 0, f"the text is in {other.upper()}")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            reason = "; ".join(filter(None, (problem.reason, guess(raw))))
            raise fault(number, "UTF-8", raw[problem.start], start + problem.start, reason) from None
        yield Line(number, text.removesuffix("\n"))

"""Lines of UTF-8 files, plain or compressed, with the place of everything that is wrong."""

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NamedTuple

from .errors import CorpusError, TaggerError

COMPRESSED = (".gz", ".xz", ".zst")
BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line without its line feed; `number` counts from 1."""

    number: int
    text: str


def _zstandard(path: Path) -> Any:
    try:
        import zstandard
    except ImportError:
        raise CorpusError(f"{path}: expected zstandard to be installed for .zst, it is not; pip install zstandard") from None
    return zstandard


def open_binary(path: Path) -> IO[bytes]:
    """A file's bytes, decompressed if its name says so. Raises OSError, and CorpusError without zstandard."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    if path.suffix == ".xz":
        return lzma.open(path, "rb")
    if path.suffix == ".zst":
        opened: IO[bytes] = io.BufferedReader(_zstandard(path).open(path, "rb"))
        return opened
    return path.open("rb")


def open_text(path: Path) -> IO[str]:
    """A file to write UTF-8 text with line feeds to, compressed if its name says so."""
    if path.suffix == ".gz":
        raw: Any = gzip.open(path, "wb")
    elif path.suffix == ".xz":
        raw = lzma.open(path, "wb")
    elif path.suffix == ".zst":
        raw = _zstandard(path).open(path, "wb")
    else:
        raw = path.open("wb")
    return io.TextIOWrapper(raw, encoding="utf-8", newline="\n")


def lines(source: Path | IO[bytes], *, name: str | None = None, error: type[TaggerError] = CorpusError) -> Iterator[Line]:
    """Lines of a file or of an open stream of bytes; only a line feed ends one, a leading BOM is dropped.

    Raises `error` for a file that cannot be read or decompressed, and for bytes that are not UTF-8, with
    the line and the offset of the byte.
    """
    name = name or str(source)
    try:
        if isinstance(source, Path):
            with closing(open_binary(source)) as stream:
                yield from _decode(stream, name, error)
        else:
            yield from _decode(source, name, error)
    except FileNotFoundError:
        raise error(f"{name}: expected a file, found none; correct the path") from None
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as problem:
        raise error(f"{name}: cannot be read ({problem or 'truncated'}); is it whole, and of the kind its name says?") from problem
    except Exception as problem:
        # zstandard raises a class of its own, which exists only where that library does.
        if type(problem).__module__.partition(".")[0] in ("zstandard", "backend_c"):
            raise error(f"{name}: cannot be read ({problem}); is it whole, and of the kind its name says?") from problem
        raise


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

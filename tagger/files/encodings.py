"""Text in other encodings than UTF-8: streams of it as UTF-8, and what an unknown one may be."""

import codecs
import io
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from ..errors import TaggerError

_SIZE = 1 << 16  # bytes decoded at once
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENOUGH = 4  # characters of three bytes in UTF-8 that text in another encoding does not hold by chance
_MARK = "tagger-mark"  # a way to handle errors: what cannot be decoded becomes the byte 0xFF
# Makes the error for a byte that is not of the encoding: the line, the encoding, the byte, its offset, and why.
Fault = Callable[[int, str, int, int, str], TaggerError]


def codec(encoding: str, name: str, error: type[TaggerError]) -> str:
    """Python's name for an encoding of text, "utf-8" also for UTF-8 with a byte order mark. Raises `error` for one that
    Python does not know."""
    try:
        b"text".decode(encoding, "replace")
        return codecs.lookup(encoding).name.removesuffix("-sig")
    except (LookupError, ValueError):
        raise error(
            f"{name}: expected an encoding such as utf-8, gb18030, big5 or utf-16, got {encoding!r}; correct it"
        ) from None


class Transcoded(io.RawIOBase):
    """The content of a stream in some encoding, as UTF-8. Reads no more of the stream than it needs.

    With `strict` a byte that is not of the encoding raises the error that `fault` makes. Without it such bytes become
    0xFF, which is no UTF-8 either, so that whoever decodes a line finds that it is bad. Text that is in UTF-8 raises
    the error in any case: most bytes are legal in GB18030 or UTF-16, and the text would become another in silence.
    """

    def __init__(self, stream: IO[bytes], encoding: str, fault: Fault, *, strict: bool = True) -> None:
        self._stream, self._encoding, self._fault = stream, encoding, fault
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._decoder = codecs.getincrementaldecoder(encoding)("strict" if strict else _MARK)
        self._number, self._offset = 1, 0  # the line feeds decoded and one more, and the bytes decoded
        self._ready, self._at_end = b"", False

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._at_end:
            raw = self._read(_SIZE)
            self._at_end = not raw
            self._ready = self._transcode(raw)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _transcode(self, raw: bytes) -> bytes:
        if not self._offset and _is_utf8(raw):
            raise self._fault(1, self._encoding, raw[0], 0, "the text is in UTF-8")
        state = self._decoder.getstate()
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as problem:
            start = self._offset + len(raw) - len(problem.object) + problem.start  # the object has earlier bytes too
            self._decoder.setstate(state)
            number = self._number + _line_feeds(self._decoder, raw)
            raise self._fault(number, self._encoding, problem.object[problem.start], start, problem.reason) from None
        except UnicodeError:  # of UTF-16 and UTF-32
            reason = f"no byte order mark; is it {self._encoding}-le or {self._encoding}-be?"
            raise self._fault(1, self._encoding, raw[0], self._offset, reason) from None
        self._number, self._offset = self._number + text.count("\n"), self._offset + len(raw)
        return text.encode("utf-8", _MARK)


def find_encoding(data: bytes, wanted: str) -> str:
    """The encoding of the beginning of a text: `wanted` if the bytes are of it, else utf-16 by its byte order mark or
    its zero bytes, utf-8, or gb18030; empty if it is none of these."""
    if data.startswith(_UTF16_MARKS) and not wanted.startswith("utf-16"):
        return "utf-16"
    found = "utf-8" if wanted != "utf-8" and _is_utf8(data) else wanted
    with suppress(UnicodeError):
        codecs.getincrementaldecoder(found)().decode(data)
        return found
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(data)
        return "utf-8"
    if b"\0" in data:
        return _find_byte_order(data)
    return "gb18030" if _may_be_gb18030(data) else ""


def _find_byte_order(data: bytes) -> str:
    """Which UTF-16 without a byte order mark it is: ASCII there has zero bytes. Empty if it is none."""
    found = "utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder(found)().decode(data)
        return found
    return ""


def _may_be_gb18030(data: bytes) -> bool:
    """Whether bytes that are not UTF-8 are GB18030, or Big5 that is read so, and not UTF-8 with a fault."""
    n_utf8 = sum(len(char.encode()) for char in data.decode("utf-8", "ignore") if char >= "\u0800")
    n_other = sum(byte >= 0x80 for byte in data) - n_utf8
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("gb18030")().decode(data)
        return n_other > n_utf8
    return False


def _is_utf8(data: bytes) -> bool:
    """Whether the beginning of a text is UTF-8 beyond doubt: it holds four or more characters of three bytes."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return sum("\u0800" <= char <= "\uffff" for char in text) >= _ENOUGH


def _line_feeds(decoder: codecs.IncrementalDecoder, raw: bytes) -> int:
    """The line feeds in the bytes before the first that cannot be decoded."""
    count = 0
    with suppress(UnicodeDecodeError):
        for byte in raw:
            count += decoder.decode(bytes([byte])).count("\n")
    return count


def _mark(error: UnicodeError) -> tuple[str | bytes, int]:
    """Decodes what cannot be decoded as a lone surrogate, and encodes such a one as the byte 0xFF."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff" * (error.end - error.start), error.end
    raise error


codecs.register_error(_MARK, _mark)


def remedy(data: bytes) -> str:
    """What to do about bytes of a text that are not UTF-8: which encoding they may be in."""
    if data.startswith(_UTF16_MARKS) or b"\0" in data:
        return "is it UTF-16? give --encoding utf-16"
    if _may_be_gb18030(data):
        return "is it GB18030 or Big5? give --encoding gb18030 or --encoding big5"
    return "convert it"

"""Text in other encodings than UTF-8: streams of it as UTF-8, and what an unknown one may be."""

import codecs
import io
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from ..errors import TaggerError

_SIZE = 1 << 16  # bytes decoded at once
# Byte order marks and what they show; those of UTF-32 come first, because one of them begins like one of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_ENOUGH = 4  # characters of three bytes in UTF-8, or of ASCII in UTF-16, that other text does not hold by chance
_ENOUGH_ASCII = 32  # bytes of ASCII that text in UTF-16 is not made of by chance
_ASCII = bytes(range(0x20, 0x7F)) + b"\t\r\n"
# The first bytes of punctuation and of common characters.
_FIRST_LEVELS = {"gb18030": {*range(0xA1, 0xAA), *range(0xB0, 0xD8)}, "big5": {*range(0xA1, 0xC7)}}
_SAMPLE, _MOST = 4096, 0.9  # bytes to look at, and the share of common characters from which text may be UTF-16
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
    0xFF, which is no UTF-8 either, so that whoever decodes a line finds that it is bad. Text that is in UTF-8 or begins
    with the byte order mark of another encoding raises the error in any case: most bytes are legal in GB18030 or
    UTF-16, and the text would become another in silence.
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
        if not self._offset and (other := _other_encoding(raw, self._encoding)):
            raise self._fault(1, self._encoding, raw[0], 0, f"the text is in {other.upper()}")
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


def find_encodings(data: bytes, wanted: str) -> list[str]:
    """The encoding of the beginning of a text: that of its byte order mark, `wanted` if the bytes are of it, or utf-8;
    else those that it may be in, the likeliest first."""
    if wanted == "utf-8" and (found := utf16_of_ascii(data)):
        return [found]
    found = _other_encoding(data, wanted) or wanted
    for name in (found, "utf-8"):
        with suppress(UnicodeError):
            codecs.getincrementaldecoder(name)().decode(data)
            return [name]
    return likely_encodings(data)


def likely_encodings(data: bytes) -> list[str]:
    """The encodings that bytes which are not UTF-8 may be in, the likeliest first. Each decodes them, to text without
    control characters, most of it in common characters if it is UTF-16, in which nearly all bytes are legal."""
    data = data[:_SAMPLE]
    if other := _other_encoding(data, "utf-8") or utf16_of_ascii(data):
        return [other]
    n_utf8 = sum(len(char.encode()) for char in data.decode("utf-8", "ignore") if char >= "\u0800")
    is_utf8 = sum(byte >= 0x80 for byte in data) <= 2 * n_utf8  # with a fault
    shares = {name: _share_of_common(data, name) for name in ("gb18030", "big5", "utf-16-le", "utf-16-be")}
    found = {name: share for name, share in shares.items() if share > (_MOST if name.startswith("utf-16") else 0)}
    return [] if is_utf8 else sorted(found, key=lambda name: -found[name])


def _share_of_common(data: bytes, name: str) -> float:
    """How much of a text in this encoding are common characters, 0 if it cannot be in it. Common are, as in the order
    of GB 2312 and Big5, punctuation and the characters of their first levels."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(data)
        if name in _FIRST_LEVELS and len(data) < _SAMPLE:  # whole lines, and perhaps one byte of the next one
            (data[: data.rfind(b"\n") + 1] or data).decode(name)
    except UnicodeDecodeError:
        return 0.0
    if any(char not in "\t\n\v\f\r" and not char.isprintable() and not char.isspace() for char in text):
        return 0.0
    foreign = [char for char in text if not char.isascii()]
    names = [name] if name in _FIRST_LEVELS else [*_FIRST_LEVELS]
    n_common = sum(any(char.encode(of, "replace")[0] in _FIRST_LEVELS[of] for of in names) for char in foreign)
    return (n_common + 0.01) / (len(foreign) + 0.01)  # rare characters alone are possible too


def utf16_of_ascii(data: bytes) -> str:
    """Which UTF-16 without a byte order mark the beginning of a text is that looks like ASCII with a zero byte beside
    each character, and so like UTF-8 too; empty if it does not."""
    if len(data) < 2 * _ENOUGH or (data[0] and data[1]):
        return ""
    evens, odds = data[::2], data[1::2]
    if all(evens) and not any(odds):
        return "utf-16-le"
    return "utf-16-be" if all(odds) and not any(evens) else ""


def _other_encoding(data: bytes, encoding: str) -> str:
    """Another encoding than this one that the beginning of a text is in beyond doubt; empty if there is none."""
    name = codecs.lookup(encoding).name
    shown = next((shown for mark, shown in _MARKS.items() if data.startswith(mark)), "")
    if shown:
        family = shown[: len("utf-16")]
        return "" if shown.startswith(name) else shown if name.startswith(family) else family
    if name == "utf-8":
        return ""
    is_ascii = name.startswith("utf-16") and len(data) >= _ENOUGH_ASCII and not data.translate(None, _ASCII)
    return "utf-8" if is_ascii or _is_utf8(data) else ""


def _is_utf8(data: bytes) -> bool:
    """Whether the beginning of a text is UTF-8 beyond doubt: with its mark, or four or more characters of three
    bytes."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return data.startswith(codecs.BOM_UTF8) or sum("\u0800" <= char <= "\uffff" for char in text) >= _ENOUGH


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


def guess(data: bytes) -> str:
    """The question whether bytes that are not UTF-8 are in another encoding, `is it GB18030 or BIG5?`; empty if none
    fits."""
    names = " or ".join("Big5" if name == "big5" else name.upper() for name in likely_encodings(data))
    return f"is it {names}?" if names else ""


def remedy(data: bytes) -> str:
    """What to do about bytes of a text that are not UTF-8: which encoding they may be in."""
    flags = " or ".join(f"--encoding {name}" for name in likely_encodings(data))
    return f"{guess(data)} give {flags}" if flags else "convert it"

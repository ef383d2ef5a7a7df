"""The charset that a document says it is in."""

import codecs
from collections.abc import Iterator
from encodings import normalize_encoding
from encodings.aliases import aliases

from .errors import ApiError

# Names of Python's codecs. Others, such as punycode, take a time that grows with the square of the text.
CHARSETS = ("gb18030", "gbk", "gb2312", "hz", "big5", "big5hkscs", "cp950", "utf-16", "utf-16-le", "utf-16-be")
_NONE = ("utf-8", "ascii")  # nothing to do
PIECE = 1 << 16  # bytes that are decoded at a time, in a fifth of a millisecond
GROWTH = 2  # bytes of UTF-8 that a byte in a charset becomes at most: two of big5hkscs become four


def charset_of(content_type: str) -> str:
    """The charset of a Content-Type that is not UTF-8, empty if it is. Raises ApiError for one that is not read."""
    parameters = (part.partition("=") for part in content_type.split(";")[1:])
    wanted = next((value.strip(" \t\"'") for name, _, value in parameters if name.strip().lower() == "charset"), "")
    alias = normalize_encoding(wanted or "utf-8").lower()
    name = aliases.get(alias, alias).replace("_", "-")  # codecs.lookup would keep each unknown name for ever
    if name in _NONE:
        return ""
    if name not in CHARSETS:
        known = ", ".join(("utf-8", *CHARSETS))
        raise ApiError("unsupported_media_type", f"expected a charset among {known}, got {wanted[:80]}; send UTF-8")
    return name


class Recoder:
    """Makes UTF-8 of a body in a charset, a piece at a time as it arrives; a body in UTF-8, whose charset is empty, is
    left as it is."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._decoder: codecs.IncrementalDecoder | None = None
        self._first = b""  # of UTF-16, until its order of bytes is known
        self._n_bytes = 0  # given to the decoder

    def recode(self, chunk: bytes, *, final: bool = False) -> Iterator[bytes]:
        """The text of the next bytes. `final` says that no others come. Raises ApiError for bytes that are no text in
        the charset."""
        if not self._charset:
            yield chunk
            return
        if self._decoder is None:
            self._first += chunk
            if len(self._first) < len(codecs.BOM_UTF16) and not final:
                return
            self._decoder = codecs.getincrementaldecoder(_with_order(self._first, self._charset))()
            chunk, self._first = self._first, b""
        for start in range(0, len(chunk), PIECE):
            yield self._decode(self._decoder, chunk[start : start + PIECE])
        if final:
            yield self._decode(self._decoder, b"", final=True)

    def _decode(self, decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bytes:
        self._n_bytes += len(piece)
        try:
            return decoder.decode(piece, final).encode()
        except UnicodeDecodeError as error:
            # Its object begins with what was left of the piece before.
            place = self._n_bytes - len(error.object) + error.start
            wanted = f"expected text in {self._charset}, as Content-Type says"
            raise ApiError("bad_request", f"{wanted}, got {error.reason} at byte {place}; correct either") from None


def _with_order(body: bytes, charset: str) -> str:
    """The charset with its order of bytes, for UTF-16 that of the mark that the body begins with, or little-endian."""
    if charset != "utf-16":
        return charset
    return "utf-16-be" if body.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"

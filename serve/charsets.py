"""The charset that a document says it is in."""

import codecs
from encodings import normalize_encoding
from encodings.aliases import aliases

from .errors import ApiError

# Names of Python's codecs. Others, such as punycode, take a time that grows with the square of the text.
CHARSETS = ("gb18030", "gbk", "gb2312", "hz", "big5", "big5hkscs", "cp950", "utf-16", "utf-16-le", "utf-16-be")
_NONE = ("utf-8", "ascii")  # nothing to do
PIECE = 1 << 16  # bytes that are decoded at a time, in less than a millisecond


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


def to_utf8(body: bytes, charset: str, *, piece: int = PIECE) -> bytes:
    """A body in that charset as UTF-8, decoded `piece` bytes at a time, so that other threads go on in between.

    Raises ApiError for bytes that are no text in it.
    """
    decoder = codecs.getincrementaldecoder(_with_order(body, charset))()
    written: list[bytes] = []
    for start in range(0, len(body), piece):
        end = min(start + piece, len(body))
        try:
            written.append(decoder.decode(body[start:end], final=end == len(body)).encode())
        except UnicodeDecodeError as error:
            place = end - len(error.object) + error.start  # its object begins with what was left of the piece before
            wanted = f"expected text in {charset}, as Content-Type says"
            raise ApiError("bad_request", f"{wanted}, got {error.reason} at byte {place}; correct either") from None
    return b"".join(written)


def _with_order(body: bytes, charset: str) -> str:
    """The charset with its order of bytes, for UTF-16 that of the mark that the body begins with, or little-endian."""
    if charset != "utf-16":
        return charset
    return "utf-16-be" if body.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"

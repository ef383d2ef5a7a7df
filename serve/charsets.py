"""The charset that a document says it is in."""

from encodings import normalize_encoding
from encodings.aliases import aliases

from .errors import ApiError

# Names of Python's codecs. Others, such as punycode, take a time that grows with the square of the text.
CHARSETS = ("gb18030", "gbk", "gb2312", "hz", "big5", "big5hkscs", "cp950", "utf-16", "utf-16-le", "utf-16-be")
_NONE = ("utf-8", "ascii")  # nothing to do


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


def to_utf8(body: bytes, charset: str) -> bytes:
    """A body in that charset as UTF-8. Raises ApiError for bytes that are no text in it."""
    try:
        return body.decode(charset).encode()
    except UnicodeError as error:
        message = f"expected text in {charset}, as Content-Type says, got another encoding ({error}); correct either"
        raise ApiError("bad_request", message) from None

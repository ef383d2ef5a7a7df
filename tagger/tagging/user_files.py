"""The lines of the files of users, dictionaries and patterns, in any encoding, plain or compressed."""

import codecs
import re
from pathlib import Path

from ..errors import InputError
from ..files.lines import decompressing, decompression_errors, lines
from ..text.format_characters import without_format

COMMENT = re.compile(r"\s*#(?:\s|$)")  # how a line begins that is a comment
_CONVERT = "convert the file to UTF-8, or name its encoding: --dictionary-encoding gb18030, encoding='gb18030'"


def read_rows(path: Path, encoding: str) -> list[str]:
    """The lines of a file, which end with LF, CR LF or CR, without format characters: byte order marks are inside of
    files that were joined.

    Raises InputError for a file that cannot be read, and for an encoding that Python does not know.
    """
    text = _read_text(path, encoding)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return without_format(text).split("\n")


def _read_text(path: Path, encoding: str) -> str:
    """The text of a file as a whole, which is several times as fast as line by line."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise InputError(f"expected an encoding that Python knows, got {encoding!r}; try utf-8 or gb18030") from None
    try:
        with path.open("rb") as file, decompressing(file, path.name) as stream:
            return stream.read().decode(encoding)
    except UnicodeError as problem:
        if name != "utf-8":
            raise InputError(f"{path}: expected {encoding}, got other bytes ({problem}); name its encoding") from None
    except decompression_errors():
        pass
    try:  # lines() says what is wrong, and where
        return "\n".join(text for _, text in lines(path, error=InputError))
    except InputError as error:
        raise InputError(str(error).replace("convert the file to UTF-8", _CONVERT)) from None

"""Texts with lone surrogates, halves of characters beyond U+FFFF that Unicode does not allow alone.

Such a text is answered by an error in its place, so that the other texts of its request have their answers. Anywhere
else a lone surrogate makes the request one that is no JSON in UTF-8.
"""

import codecs
import json
from collections.abc import Iterable
from typing import Any, NoReturn

import orjson

from tagger.files.encodings import likely_encodings

from .charsets import CHARSETS
from .errors import ApiError
from .refusals import Json
from .schema import describe_byte, read_json


def read_texts(body: bytes, most_lists: int | None = None) -> tuple[Any, dict[int, Json]]:
    """The JSON value of a body, whose `texts` with lone surrogates are empty, and the error of each of these by its
    index. Raises ApiError for bytes that are no such JSON, or have too many lists."""
    try:
        return read_json(body, most_lists=most_lists), {}
    except ApiError as error:
        value = _read_surrogates(body, error)
        texts = value.get("texts") if isinstance(value, dict) else None
        spoiled = _empty(texts, range(len(texts))) if isinstance(texts, list) else []
        _check_rest(value, error)
        return value, {index: _fault_of(f'"texts[{index}]"') for index in spoiled}


def read_line(line: bytes, where: str) -> tuple[Any, Json | None]:
    """The JSON value of a line, an object for a string, whose `text` is empty if it has lone surrogates, and the error
    of such a text. Raises ApiError for bytes that are no such JSON; `where` names the line."""
    try:
        return _as_object(read_json(line, f" in {where}")), None
    except ApiError as error:
        value = _as_object(_read_surrogates(line, error))
        spoiled = _empty(value, ["text"]) if isinstance(value, dict) and "text" in value else []
        _check_rest(value, error)
        return value, _fault_of(where) if spoiled else None


def read_plain(line: bytes, where: str) -> tuple[Json, Json | None]:
    """The same as `read_line` for a line of plain text."""
    try:
        return {"text": line.decode("utf-8")}, None
    except UnicodeDecodeError as error:
        try:
            line.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            likely = likely_encodings(line)
            charset = next((name for name in likely if name in CHARSETS), "gb18030")
            remedy = f"name its charset in Content-Type, such as text/plain; charset={charset}, or convert the text"
            raise ApiError("bad_request", f"expected UTF-8 in {where}, got {describe_byte(error)}; {remedy}") from None
        return {"text": ""}, _fault_of(where)


def _fault_of(where: str) -> Json:
    """The error that answers a text with lone surrogates."""
    message = f"expected Unicode in {where}, got a lone surrogate; correct how the text was cut or decoded"
    return {"code": "invalid", "message": message}


def _as_object(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _read_surrogates(body: bytes, refusal: ApiError) -> Any:
    """The JSON value of a body whose strings may have lone surrogates. Raises the refusal if it has none."""
    # Bytes that were not read, and those without anything that could be a surrogate.
    if refusal.code != "bad_request" or (b"\\u" not in body and b"\xed" not in body):
        raise refusal
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogatepass")
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise refusal from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _empty(strings: Any, keys: Iterable[Any]) -> list[Any]:
    """Put empty strings in place of those with lone surrogates, and return the keys of these."""
    spoiled = [key for key in keys if isinstance(strings[key], str) and _has_surrogate(strings[key])]
    for key in spoiled:
        strings[key] = ""
    return spoiled


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _check_rest(value: Any, refusal: ApiError) -> None:
    """Raises the refusal for a value that has lone surrogates elsewhere, or that is no JSON for other reasons."""
    try:
        orjson.dumps(value)
    except TypeError:
        raise refusal from None

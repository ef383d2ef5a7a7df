"""Statements of requests: JSON Schemas by which bodies are checked, and which the OpenAPI document shows.

A schema may say in `x-remedy` what to do about a value that it refuses, and in `x-wanted` what it wants, where the
words that `refusals` finds are not good enough. Other programs ignore both keywords.
"""

import codecs
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, ValidationError

from tagger.files.encodings import guess
from tagger.text.block import UNITS

from .errors import ApiError
from .json_size import check_number_of_lists
from .refusals import Json, refuse, wrong_value

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
OFFSETS: Json = {
    "enum": [*UNITS, None],
    "default": "codepoint",
    "description": "The unit of start and end; the default is code points.",
}


class Statement:
    """A schema that values are checked by."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        # Masked: the library's own messages, which nobody reads, would repeat the value.
        self._validator = Draft202012Validator(schema, mask="value")

    def check(self, value: Any, where: str = "the body") -> Any:
        """The value as it came. Raises ApiError for a value that the schema does not allow; `where` is what the error
        calls it."""
        if self._validator.is_valid(value):
            return value
        try:
            self._validator.validate(self._outline(value))
        except ValidationError as error:
            raise refuse(error, self.schema, value, where) from None
        except ValueError:  # the library's errors hold values of 255 levels at most
            raise wrong_value(f"fewer levels in {where}", "a value of more than 255", "see /docs") from None
        raise AssertionError("a value that is not valid has a fault")

    def _outline(self, value: Any) -> Any:
        """A value with the same fault, without what the fault cannot depend on: errors copy the value, in a time in
        which no other thread goes on."""
        if isinstance(value, list) and self.schema.get("type") == "object":
            return []
        if isinstance(value, dict) and (fields := self.schema.get("properties")):
            return {
                name: _shorten(content, fields[name]) if name in fields else None for name, content in value.items()
            }
        return value


class QueryStatement:
    """Query parameters, by the schemas of the body's fields of the same names."""

    def __init__(self, body: Json, names: Collection[str]) -> None:
        self.schemas = {name: _without_null(body["properties"][name]) for name in names}
        excluded = {"not": body["not"]} if "not" in body else {}
        self._statement = Statement(object_schema(self.schemas, ()) | excluded)

    def read(self, query: Mapping[str, str]) -> Json:
        """The parameters as JSON values. Raises ApiError for unknown ones, and for values that are not allowed."""
        parsed = {name: _parse(text, self.schemas.get(name, {})) for name, text in query.items()}
        return dict(self._statement.check(parsed, "the query"))

    def merge(self, query: Mapping[str, str], value: Any) -> Any:
        """The value of a body, with the fields that the query has. Raises ApiError for a field with two values."""
        if not query or not isinstance(value, dict):
            return value
        fields = self.read(query)
        if twice := sorted(name for name in fields.keys() & value.keys() if fields[name] != value[name]):
            raise wrong_value(f'one value of "{twice[0]}"', "another in the query than in the body", "send it once")
        return value | fields


def _shorten(value: Any, schema: Json) -> Any:
    """A list that is too long, without most of what is too much."""
    return value[: schema["maxItems"] + 1] if isinstance(value, list) and "maxItems" in schema else value


def object_schema(properties: Mapping[str, Json], required: Collection[str] | None = None) -> Json:
    """The schema of an object that has no other fields; all of them are required unless `required` names some."""
    names = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": names, "additionalProperties": False}


def array(items: Json) -> Json:
    """The schema of a list."""
    return {"type": "array", "items": items}


FEWER_TEXTS = "send them in parts, or as NDJSON, or raise --max-texts"


def check_number_of_texts(n: int, most: int) -> None:
    """Raises ApiError for more texts than a request may have, before anybody looks at them."""
    if n > most:
        raise ApiError("too_large", f"expected at most {most} texts, got {n}; {FEWER_TEXTS}")


def texts_schema(max_texts: int, max_chars: int) -> Json:
    """The schema of the texts of a request."""
    return {
        "type": "array",
        "maxItems": max_texts,
        "items": text_schema(max_chars),
        "x-remedy": FEWER_TEXTS,
        "examples": [["我喜欢北京。"]],
    }


def text_schema(max_chars: int) -> Json:
    """The schema of a text."""
    remedy = "split the text where sentences or lines end, or raise --max-chars"
    return {"type": "string", "maxLength": max_chars, "x-remedy": remedy}


def name_schema(description: str) -> Json:
    """The schema of a name, or null for the default."""
    remedy = "send it as a string, or leave it out for the default"
    return {"type": ["string", "null"], "description": description, "x-wanted": "one name", "x-remedy": remedy}


def read_json(body: bytes, where: str = "", most_lists: int | None = None) -> Any:
    """Any JSON value. Raises ApiError for bytes that are not JSON, or too many lists (see `json_size`); `where` names
    their place, if not the body."""
    check_number_of_lists(body, where, most_lists)
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError("bad_request", f"expected JSON in UTF-8{where}, got {_describe_fault(body, error)}") from None


def _describe_fault(body: bytes, error: orjson.JSONDecodeError) -> str:
    """What bytes are that are no JSON, and what to do about it."""
    early = "JSON that ends early, after {}; send all of it, and check Content-Length"
    if not body.strip():
        return "nothing; send JSON, see /docs"
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        if fault.reason == "unexpected end of data":
            return early.format(f"{len(body)} bytes")
        return f"{describe_byte(fault)}; encode the body in UTF-8"
    if error.msg == "unexpected end of data":
        return early.format(f"{len(error.doc)} characters")
    return f"a fault at character {error.pos + 1}: {error.msg}; correct it, or let a JSON library write the body"


def describe_byte(fault: UnicodeDecodeError) -> str:
    """The byte that is not UTF-8, its offset, and what the bytes may be in."""
    got = f"byte 0x{fault.object[fault.start]:02x} at offset {fault.start} ({fault.reason})"
    return "; ".join(filter(None, (got, guess(fault.object))))


def _without_null(schema: Json) -> Json:
    """The schema of a query parameter, which is absent rather than null. It says no default, because generated clients
    would send it, whatever the body says."""
    schema = {name: value for name, value in schema.items() if name != "default"}
    if isinstance(schema.get("type"), list):
        schema["type"] = next(name for name in schema["type"] if name != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema


def _parse(text: str, schema: Json) -> Any:
    """A query parameter as text, where that is allowed, else as the JSON value that it looks like."""
    if "enum" in schema or schema.get("type") == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text

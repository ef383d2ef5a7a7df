"""Types of request fields. Each has the JSON Schema for the OpenAPI document beside the check of a value.

A type of field is a small class with `schema`, the values that it allows, and `read(value, where)`, which returns the
value as the service uses it and raises ApiError for any other; `where` names the place in the error message.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

from tagger.text.block import UNITS, Unit

from .errors import ApiError

Json = dict[str, Any]


class Field(Protocol):
    """A type of field."""

    @property
    def schema(self) -> Json: ...

    def read(self, value: Any, where: str) -> Any: ...


def object_schema(properties: Mapping[str, Json], required: Collection[str] | None = None) -> Json:
    """The schema of an object that has no other fields; all of them are required unless `required` names some."""
    names = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": names, "additionalProperties": False}


def fields_schema(fields: Mapping[str, Field], required: Collection[str] = ()) -> Json:
    """The schema of an object of these fields."""
    return object_schema({name: field.schema for name, field in fields.items()}, required)


def read_fields(value: Any, fields: Mapping[str, Field], where: str, required: Collection[str] = ()) -> Json:
    """The value of every field of an object, checked. A field that is absent is None, or null if it is `required`.

    Raises ApiError for a value that is no object, for an unknown field and for a value that its field does not allow.
    """
    value = read_object(value, fields.keys(), where) | {name: value.get(name) for name in required}
    return {name: field.read(value[name], f'"{name}"') if name in value else None for name, field in fields.items()}


def read_object(value: Any, names: Collection[str] | None, where: str) -> Json:
    """A JSON object whose fields are among `names` (None: any). Raises ApiError for any other value."""
    if not isinstance(value, dict):
        raise wrong_value(f"an object in {where}", json_type(value), "see /docs")
    if names is not None and (unknown := sorted(value.keys() - names)):
        raise wrong_value(
            f"the fields {', '.join(sorted(names))} in {where}", ", ".join(unknown)[:80], "leave the others out"
        )
    return value


def read_text(value: Any, max_chars: int, where: str) -> str:
    """A string of at most `max_chars` characters. Raises ApiError for any other value."""
    if not isinstance(value, str):
        raise wrong_value(f"a string in {where}", json_type(value), "send text")
    if len(value) > max_chars:
        raise ApiError(
            "too_large",
            f"expected at most {max_chars} characters in {where}, got {len(value)}; split the text where "
            "sentences or lines end, or raise --max-chars (for alternatives --max-nbest-chars)",
        )
    return value


@dataclass(frozen=True)
class Texts:
    """A list of at most `max_texts` texts of at most `max_chars` characters each."""

    max_texts: int
    max_chars: int

    @property
    def schema(self) -> Json:
        return {"type": "array", "maxItems": self.max_texts, "items": {"type": "string", "maxLength": self.max_chars}}

    def read(self, value: Any, where: str) -> list[str]:
        if not isinstance(value, list):
            raise wrong_value(f"a list of strings in {where}", json_type(value), "put the text into brackets")
        if len(value) > self.max_texts:
            raise ApiError(
                "too_large",
                f"expected at most {self.max_texts} texts, got {len(value)}; send them in parts, or as NDJSON, "
                "or raise --max-texts",
            )
        for index, text in enumerate(value):
            read_text(text, self.max_chars, f"{where}[{index}]")
        return value


@dataclass(frozen=True)
class Sentence:
    """A text of 1 to `max_chars` characters."""

    max_chars: int

    @property
    def schema(self) -> Json:
        return {"type": "string", "minLength": 1, "maxLength": self.max_chars}

    def read(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not value:
            raise wrong_value(f"{where}, a sentence", repr(value)[:80], f'send {{{where}: "我喜欢北京。"}}')
        if len(value) > self.max_chars:
            raise ApiError(
                "too_large",
                f"expected at most {self.max_chars} characters in {where}, got {len(value)}; send one sentence, or "
                "raise --max-inspect",
            )
        return value


@dataclass(frozen=True)
class Name:
    """A name, or null for the default."""

    description: str = ""
    remedy: str = "send a name from /v1/models, or leave it out"

    @property
    def schema(self) -> Json:
        return {"type": ["string", "null"]} | ({"description": self.description} if self.description else {})

    def read(self, value: Any, where: str) -> str | None:
        if value is not None and not isinstance(value, str):
            raise wrong_value(f"a string in {where}", json_type(value), self.remedy)
        return value


@dataclass(frozen=True)
class OffsetUnit:
    """The unit in which offsets are counted; null for code points."""

    @property
    def schema(self) -> Json:
        return {"enum": [*UNITS, None], "default": "codepoint", "description": "The unit of start and end."}

    def read(self, value: Any, where: str) -> Unit:
        if value is None:
            return "codepoint"
        for unit in UNITS:
            if value == unit:
                return unit
        raise wrong_value(f"{where} among {', '.join(UNITS)}", repr(value)[:80], "leave it out for code points")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    description: str

    @property
    def schema(self) -> Json:
        return {"type": "boolean", "description": self.description}

    def read(self, value: Any, where: str) -> bool:
        if not isinstance(value, bool):
            raise wrong_value(f"true or false in {where}", repr(value)[:80], "leave it out for false")
        return value


@dataclass(frozen=True)
class Count:
    """A whole number from 1 to `most`, which may be written as 2.0; `remedy` helps whoever sends another."""

    most: int
    description: str
    remedy: str

    @property
    def schema(self) -> Json:
        return {"type": "integer", "minimum": 1, "maximum": self.most, "description": self.description}

    def read(self, value: Any, where: str) -> int:
        if not (_is_number(value) and value % 1 == 0 and 1 <= value <= self.most):
            raise wrong_value(f"a whole number from 1 to {self.most} in {where}", repr(value)[:80], self.remedy)
        return int(value)


@dataclass(frozen=True)
class Probability:
    """A probability of at least `least`."""

    least: float
    description: str

    @property
    def schema(self) -> Json:
        return {"type": "number", "minimum": self.least, "maximum": 1, "description": self.description}

    def read(self, value: Any, where: str) -> float:
        if not (_is_number(value) and self.least <= value <= 1):
            raise wrong_value(f"a probability from {self.least} to 1 in {where}", repr(value)[:80], "try 0.1")
        return float(value)


@dataclass(frozen=True)
class Integer:
    """An integer of at least `least` (None: any), or null for the default; `wanted` and `remedy` are for errors."""

    least: int | None
    description: str
    wanted: str
    remedy: str

    @property
    def schema(self) -> Json:
        bound = {} if self.least is None else {"minimum": self.least}
        return {"type": ["integer", "null"], **bound, "description": self.description}

    def read(self, value: Any, where: str) -> int | None:
        if value is None:
            return None
        too_small = self.least is not None and isinstance(value, int) and value < self.least
        if not isinstance(value, int) or isinstance(value, bool) or too_small:
            raise wrong_value(f"{self.wanted} in {where}", repr(value)[:80], self.remedy)
        return value


@dataclass(frozen=True)
class Unchecked:
    """A value that is passed on as it came: its check needs the model, so it comes later."""

    schema: Json

    def read(self, value: Any, where: str) -> Any:
        return value


def json_type(value: Any) -> str:
    """What an error message calls a JSON value."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def wrong_value(wanted: str, got: str, remedy: str) -> ApiError:
    """The refusal of a value."""
    return ApiError("invalid", f"expected {wanted}, got {got}; {remedy}")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

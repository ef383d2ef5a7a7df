"""Frozen dataclasses as JSON objects: one key per field, each checked when it is read.

A field says what its key means and gives an example: `pos: Annotated[tuple[str, ...], Key("…", ["NOUN"])]`. Keys that a
class does not know are kept in its field `further` and written back, so that a file of a newer version loses nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import ModelError

T = TypeVar("T")
FURTHER = "further"
_SCALARS = {int: "an integer", float: "a finite number", str: "a string", bool: "true or false"}


@dataclass(frozen=True)
class Key:
    """What the documentation says about a key, and how it is read and written.

    A key that is not `always` written is left out at its default. Where `numbers` are accepted, one is read as text:
    `name=2024` of a command line is a number.
    """

    meaning: str
    example: object = None
    since: str = "0.1"
    always: bool = False
    numbers: bool = False


class Entry(NamedTuple):
    """A key of a class, the type of its value, whether it may be missing, and the value that it then has."""

    name: str
    type: Any
    key: Key
    optional: bool
    default: object


def entries(kind: Any) -> tuple[Entry, ...]:
    """The keys of a class, in the order of its fields."""
    hints = get_type_hints(kind, include_extras=True)
    keys = []
    for field in fields(kind):
        if get_origin(hints[field.name]) is Annotated:
            value_type, key = get_args(hints[field.name])
            default = _default(field)
            keys.append(Entry(field.name, value_type, key, default is not MISSING, default))
    return tuple(keys)


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def read(kind: type[T], value: object, place: str) -> T:
    """An object of JSON as a value of `kind`; `place` names it in errors.

    Raises ModelError when a key is missing or its value has another type.
    """
    if not isinstance(value, Mapping):
        raise _unexpected(place, "an object", value)
    arguments: dict[str, object] = {}
    known = entries(kind)
    for entry in known:
        path = f"{place}.{entry.name}"
        if entry.name in value:
            part = value[entry.name]
            is_number = isinstance(part, int | float) and not isinstance(part, bool)
            text_or_part = str(part) if entry.key.numbers and is_number else part
            arguments[entry.name] = _read_value(entry.type, text_or_part, path)
        elif not entry.optional:
            raise ModelError(f"expected a key {path}, got none; export it again")
    names = {entry.name for entry in known}
    further = {name: part for name, part in value.items() if name not in names}
    return kind(**arguments, **({FURTHER: further} if further else {}))


def write(record: object) -> dict[str, object]:
    """A value that `read` gave, or one like it, as an object of JSON."""
    written: dict[str, object] = {}
    for entry in entries(type(record)):
        value = getattr(record, entry.name)
        if entry.key.always or value != entry.default:
            written[entry.name] = _write_value(value)
    return written | dict(getattr(record, FURTHER))


def _read_value(expected: Any, value: object, path: str) -> object:
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):
        [inner] = [part for part in arguments if part is not NoneType]
        return None if value is None else _read_value(inner, value, path)
    if origin is Literal:
        if value not in arguments:
            raise _unexpected(path, " or ".join(map(repr, arguments)), value)
        return value
    if origin is tuple:
        return _read_list(arguments, value, path)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise _unexpected(path, "an object", value)
        return {name: _read_value(arguments[1], part, f"{path}.{name}") for name, part in value.items()}
    if isinstance(expected, type) and is_dataclass(expected):
        return read(expected, value, path)
    return _read_scalar(expected, value, path)


def _read_list(arguments: Sequence[Any], value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _unexpected(path, "a list", value)
    if arguments[-1] is not Ellipsis and len(value) != len(arguments):
        raise _unexpected(path, f"a list of {len(arguments)}", value)
    return tuple(_read_value(arguments[0], part, f"{path}[{i}]") for i, part in enumerate(value))


def _read_scalar(expected: Any, value: object, path: str) -> object:
    if expected is object:
        return value
    accepted = (int, float) if expected is float else expected
    if (isinstance(value, bool) and expected is not bool) or not isinstance(value, accepted):
        raise _unexpected(path, _SCALARS[expected], value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _unexpected(path, _SCALARS[expected], value)
    return value


def _write_value(value: object) -> object:
    if is_dataclass(value):
        return write(value)
    if isinstance(value, tuple):
        return [_write_value(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _write_value(part) for name, part in value.items()}
    return value


def _unexpected(path: str, wanted: str, value: object) -> ModelError:
    return ModelError(f"expected {path} to be {wanted}, got {value!r:.80}; export it again")

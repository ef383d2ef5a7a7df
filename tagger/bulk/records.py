"""JSON objects of an input: values at paths of keys, and the object's own text, which an output copies.

An output that copies the text of an object keeps the spelling of its numbers, whatever their size, and the order of its
keys.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from ..errors import InputError

_SPACE = re.compile(r"[ \t\r\n]*")
_MAX_DIGITS = 4000  # Python refuses to convert integers of more than 4300 digits


class MissingFieldError(InputError):
    """An object has no text at a path."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON; write null")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_integer)


def parse(line: str) -> dict[str, Any]:
    """The object on a line. Raises InputError for what is no JSON, among it NaN and Infinity, or no object."""
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error})") from None
    if not isinstance(value, dict):
        raise InputError(f"a {type(value).__name__}")
    return value


def find(value: Any, path: str) -> Any:
    """The value at a path of keys with dots between them, as `data.text`; a number is a place in a list.

    A key that itself holds a dot wins over the keys that its parts name. Raises MissingFieldError that says what there
    is when nothing is at the path.
    """
    if not path:
        return value
    for key, rest in _beginnings(path):
        if isinstance(value, dict) and key in value:
            return _find_below(value[key], key, rest)
        if isinstance(value, list) and key.isascii() and key.isdecimal() and int(key) < len(value):
            return _find_below(value[int(key)], key, rest)
    raise MissingFieldError(f"no {path.split('.')[0]!r} in {_describe(value)}")


def holds(value: Any, path: str) -> bool:
    """Whether `find` finds a value."""
    try:
        find(value, path)
    except MissingFieldError:
        return False
    return True


def _beginnings(path: str) -> Iterator[tuple[str, str]]:
    """The keys with which a path may begin, the longest first, and the rest of the path after each."""
    yield path, ""
    for place in range(len(path) - 1, -1, -1):
        if path[place] == ".":
            yield path[:place], path[place + 1 :]


def _find_below(value: Any, key: str, path: str) -> Any:
    try:
        return find(value, path)
    except MissingFieldError as error:
        raise MissingFieldError(f"{key!r}: {error}") from None


def _describe(value: Any) -> str:
    """What a value is, with some of its keys."""
    if isinstance(value, dict):
        return f"an object of {', '.join(map(repr, value))[:80] or 'no keys'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"{value!r:.40}"


def head(line: str, value: Collection[str], without: Collection[str]) -> str:
    """The text of an object, whose keys are in `value`, up to its closing brace, without the members `without`."""
    if not any(key in value for key in without):
        return line.strip()[:-1].rstrip()
    members, place = [], line.index("{") + 1
    while True:
        start = _after_space(line, place)
        key, end = _DECODER.raw_decode(line, start)
        _, end = _DECODER.raw_decode(line, _after_space(line, _after_space(line, end) + 1))
        if key not in without:
            members.append(line[start:end])
        place = _after_space(line, end) + 1
        if line[place - 1] == "}":
            return "{" + ", ".join(members)


def _after_space(line: str, place: int) -> int:
    match = _SPACE.match(line, place)
    return match.end() if match else place

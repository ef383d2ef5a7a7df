"""What users pass to taggers, looked at before the first text comes."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from .dictionary import Dictionary
from .patterns import Patterns

Given = TypeVar("Given", Dictionary, Patterns)
_REMEDIES = {
    Dictionary: "a Dictionary, or several, {got}; use Dictionary.read(PATH) or Dictionary([WORD, …])",
    Patterns: "Patterns, or several, {got}; use Patterns.read(PATH) or Patterns([EXPRESSION, …])",
}


def several(given: object, kind: type[Given]) -> tuple[Given, ...]:
    """One or several objects of a kind as a tuple. Raises InputError for anything else, such as a path or a word."""
    values: tuple[object, ...] = (given,)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        values = tuple(given)
    found = [value for value in values if isinstance(value, kind)]
    if len(found) < len(values):
        wrong = next(value for value in values if not isinstance(value, kind))
        raise InputError(f"expected {_REMEDIES[kind].format(got=f'got {wrong!r:.60}')}")
    return tuple(found)


def refuse_unopened(model: object, load: str) -> None:
    """Raises InputError for the name, the path or the content of a model in place of an open one."""
    if isinstance(model, str | Path | bytes):
        shown = "its content" if isinstance(model, bytes) else repr(str(model))
        raise InputError(f"expected an open model, got {shown}; use tagger.{load}, which opens it")

"""Laws of dataclasses as JSON: what is written is read back, and whatever JSON is read, an error is a ModelError."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ModelError
from tagger.modelfile.metadata import Calibration, ClassifierMetadata, TaggerMetadata, from_json, to_json
from tagger.modelfile.record import entries, read, write

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3),
    max_leaves=5,
)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    object: JSON,
}


def values(expected: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the schema."""
    arguments = get_args(expected)
    if NoneType in arguments:
        return st.none() | values(next(part for part in arguments if part is not NoneType))
    if get_origin(expected) is Literal:
        return st.sampled_from(arguments)
    if get_origin(expected) is tuple:
        sizes = {"max_size": 3} if Ellipsis in arguments else {"min_size": len(arguments), "max_size": len(arguments)}
        return st.lists(values(arguments[0]), **sizes).map(tuple)  # type: ignore[arg-type]
    if get_origin(expected) is Mapping:
        return st.dictionaries(TEXTS, values(arguments[1]), max_size=2)
    return st.deferred(lambda: records(expected)) if is_dataclass(expected) else SCALARS[expected]


@cache
def records(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a class of the schema, with keys that it does not know."""
    known = {entry.name: values(entry.type) for entry in entries(kind)}
    if kind is Calibration:
        known["temperature"] = st.floats(0.1, 10)
    further = st.dictionaries(TEXTS.filter(lambda name: name not in {*known, "kind"}), JSON, max_size=2)
    return st.builds(kind, **known, further=further)


@given(records(TaggerMetadata) | records(ClassifierMetadata))
def test_what_is_written_is_read_back(metadata: TaggerMetadata | ClassifierMetadata) -> None:
    text = to_json(metadata)
    assert from_json(text) == metadata
    assert to_json(from_json(text)) == text


@given(records(TaggerMetadata), st.data())
def test_any_other_value_is_read_or_refused(metadata: TaggerMetadata, data: st.DataObject) -> None:
    written = write(metadata)
    place = written
    while isinstance(place, dict) and place:
        name = data.draw(st.sampled_from(sorted(place)))
        inner = place[name]
        if not isinstance(inner, dict) or data.draw(st.booleans()):
            place[name] = data.draw(JSON)
            break
        place = inner
    with suppress(ModelError):
        assert json.loads(to_json(from_json(json.dumps(written))))["format"] == 1


def test_a_class_of_the_schema_says_nothing_twice() -> None:
    names = [entry.name for entry in entries(TaggerMetadata)]
    assert len(names) == len(set(names))
    assert "further" not in names
    with pytest.raises(ModelError, match=r"expected calibration\.temperature to be a finite number, got '1'"):
        read(Calibration, {"temperature": "1"}, "calibration")

"""What a field's schema allows is what its check accepts: both are written once, beside each other."""

from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.errors import ApiError
from serve.schema import (
    Count,
    Field,
    Flag,
    Integer,
    Name,
    OffsetUnit,
    Probability,
    Sentence,
    Texts,
    fields_schema,
    read_fields,
)
from serve.settings import Settings
from serve.v1_requests import ClassifyReader, InspectReader, TagReader
from serve.v2_requests import InferReader
from tagger.text.block import UNITS

FIELDS: dict[str, Field] = {
    "texts": Texts(max_texts=2, max_chars=3),
    "sentence": Sentence(max_chars=3),
    "name": Name(),
    "unit": OffsetUnit(),
    "flag": Flag("description"),
    "count": Count(3, "description", "remedy"),
    "probability": Probability(0.1, "description"),
    "integer": Integer(1, "description", "wanted", "remedy"),
    "any integer": Integer(None, "description", "wanted", "remedy"),
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.floats(-1, 2) | st.text(max_size=4) | st.sampled_from(UNITS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)


def is_valid(schema: dict[str, Any], value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("name", FIELDS)
@given(value=VALUES)
def test_a_field_accepts_exactly_what_its_schema_allows(name: str, value: Any) -> None:
    field = FIELDS[name]
    refusal = None
    try:
        field.read(value, '"field"')
    except ApiError as error:
        refusal = error.message
    # JSON Schema counts 2.0 among the integers; a layer, or a number of labels, is not written so.
    valid = is_valid(field.schema, value) and not (isinstance(field, Integer) and isinstance(value, float))
    assert (refusal is None) == valid
    assert refusal is None or (refusal.startswith("expected ") and "; " in refusal)


@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), VALUES.filter(lambda v: not isinstance(v, float))))
def test_an_object_is_accepted_exactly_when_its_fields_are(value: dict[str, Any]) -> None:
    try:
        found = read_fields(value, FIELDS, "the body")
    except ApiError:
        assert not is_valid(fields_schema(FIELDS), value)
    else:
        assert is_valid(fields_schema(FIELDS), value)
        assert list(found) == list(FIELDS)
        assert all(found[name] is None for name in FIELDS.keys() - value.keys())


SETTINGS = Settings(max_texts=2, max_chars=4)
READERS = [kind(SETTINGS) for kind in (TagReader, ClassifyReader, InspectReader, InferReader)]
TENSORS = st.fixed_dictionaries(
    {
        "name": st.just("text"),
        "datatype": st.just("BYTES"),
        "shape": st.just([1]) | VALUES,
        "data": st.lists(st.text(max_size=5), max_size=3) | VALUES.filter(lambda value: not isinstance(value, list)),
    }
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "texts": st.lists(st.text(max_size=5), max_size=3) | VALUES,
        "text": st.text(max_size=3) | VALUES,
        "inputs": st.lists(TENSORS, max_size=2) | VALUES,
        **dict.fromkeys(("model", "offsets", "top", "layer", "nbest", "search", "id", "parameters", "outputs"), VALUES),
    },
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
@given(body=BODIES)
def test_a_request_that_is_read_is_one_that_the_document_describes(reader: Any, body: dict[str, Any]) -> None:
    known = {name: value for name, value in body.items() if name in reader.schema["properties"]}
    try:
        reader.read(orjson.dumps(known))
    except ApiError:
        return
    assert is_valid(reader.schema, known)

"""A body is accepted exactly when its schema allows it, by another library's reading of the schema; errors say what to
do."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serve.errors import ApiError
from serve.schema import Statement
from serve.settings import Settings
from serve.v1_requests import TagReader, classify_schema, inspect_schema, tag_schema
from serve.v2_requests import infer_schema
from tagger.text.block import UNITS

SETTINGS = Settings(max_texts=2, max_chars=4, max_nbest_chars=3, max_entries=2, max_entry_chars=3)
SCHEMAS = {build.__name__: build(SETTINGS) for build in (tag_schema, classify_schema, inspect_schema, infer_schema)}
TABLE = Path(__file__).parent / "cases" / "refusals.tsv"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.floats(-1, 2) | st.text(max_size=5) | st.sampled_from(UNITS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)
TEXTS = st.lists(st.text(max_size=5), max_size=3)
ENTRIES = st.fixed_dictionaries(
    {"word": st.text(max_size=4)}, optional={"strength": st.sampled_from(["cut", "no"]), "weight": st.floats(-1, 1001)}
)
MARKS = st.fixed_dictionaries({}, optional=dict.fromkeys(("start", "end", "pos", "at", "cut"), VALUES))
TENSORS = st.fixed_dictionaries(
    {"name": st.just("text"), "datatype": st.just("BYTES"), "shape": st.just([1]) | VALUES, "data": TEXTS | VALUES},
    optional={"parameters": st.fixed_dictionaries({}, optional={"binary_data_size": VALUES})},
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "texts": TEXTS | VALUES,
        "text": st.text(max_size=3) | VALUES,
        "inputs": st.lists(TENSORS, max_size=2) | VALUES,
        "entries": st.lists(st.text(max_size=4) | ENTRIES, max_size=3) | VALUES,
        "given": st.lists(st.lists(MARKS, max_size=2), max_size=2) | VALUES,
        **dict.fromkeys(("model", "offsets", "top", "layer", "nbest", "search", "id", "parameters", "outputs"), VALUES),
    },
)


@pytest.mark.parametrize("name", SCHEMAS)
@given(body=BODIES, keep=st.booleans())
@example(body={"inputs": [], "parameters": None}, keep=True)
@example(body={"inputs": [], "parameters": {"": 1}, "": 1}, keep=True)
def test_what_a_schema_allows_is_accepted_and_nothing_else(name: str, body: dict[str, Any], keep: bool) -> None:
    schema = SCHEMAS[name]
    value = body if keep else {field: content for field, content in body.items() if field in schema["properties"]}
    refusal = None
    try:
        Statement(schema).check(value)
    except ApiError as error:
        refusal = error
    assert (refusal is None) == jsonschema.Draft202012Validator(schema).is_valid(value)
    assert refusal is None or re.fullmatch("expected .+, got .+; .+", refusal.message, re.DOTALL)


@pytest.mark.parametrize("line", TABLE.read_text(encoding="utf-8").splitlines()[1:])
def test_refusals_say_what_was_wanted_what_came_and_what_to_do(line: str) -> None:
    body, code, message = line.split("\t")
    with pytest.raises(ApiError) as refusal:
        TagReader(SETTINGS).read(body.encode(), {})
    assert (refusal.value.code, refusal.value.message) == (code, message)


@given(st.fixed_dictionaries({}, optional={"model": st.text(max_size=3), "confidence": st.booleans()}))
def test_a_field_may_be_in_the_query_or_in_the_body(fields: dict[str, Any]) -> None:
    query = {name: value if isinstance(value, str) else str(value).lower() for name, value in fields.items()}
    reader = TagReader(SETTINGS)
    assert reader.read(b'{"texts":[]}', query) == reader.read(orjson.dumps({"texts": [], **fields}), {})
    assert reader.read(orjson.dumps({"texts": [], **fields}), query) == reader.read(b'{"texts":[]}', query)
    for name in fields:
        with pytest.raises(ApiError, match=f'one value of "{name}", got another in the query than in the body; send'):
            reader.read(orjson.dumps({"texts": [], name: None}), {name: query[name]})

"""Texts at paths of keys, and objects that come out as they came in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk import records
from tagger.bulk.chunks import Chunk
from tagger.bulk.formats import FORMATS
from tagger.bulk.readers import TextReader
from tagger.errors import InputError
from tagger.text.scheme import Scheme

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[list[str]]:
    rows = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [row.split("\t") for row in rows if not row.startswith("#")]


def read(line: str, **options: Any) -> tuple[list[str], list[str]]:
    reader = TextReader(FORMATS["jsonl"], Scheme(("A",)), **options)
    inputs = reader.read_objects("x", Chunk("jsonl", f"\n{line}\n".encode(), 1, 0))
    return list(inputs.texts), list(inputs.fields)


@pytest.mark.parametrize(("line", "path", "wanted"), cases("fields.tsv"))
def test_a_text_at_a_path(line: str, path: str, wanted: str) -> None:
    if not wanted.startswith("!"):
        assert read(line, field=path)[0] == [wanted]
        return
    with pytest.raises(InputError, match=f"x:2: expected a JSON object with a string '{path}'") as raised:
        read(line, field=path)
    assert wanted[1:] in str(raised.value)


@pytest.mark.parametrize(("line", "wanted"), cases("objects.tsv"))
def test_an_object_keeps_its_text(line: str, wanted: str) -> None:
    assert read(line)[1] == [wanted.removesuffix("}")] or read(line)[1] == [wanted]


def test_integers_of_any_length() -> None:
    line = f'{{"n": {"9" * 6000}, "text": "我", "words": []}}'
    assert read(line) == (["我"], [line[:-14]])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_refused(number: str) -> None:
    with pytest.raises(InputError, match=rf"x:2: .* \(not JSON \({number} is no number of JSON; write null"):
        read(f'{{"text": "我", "n": [{number}]}}')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["words", "a", "text", "}", '"', "x.y"]), VALUES, min_size=1),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_an_object_without_some_members(value: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    line = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = json.loads(records.head(line, records.parse(line), ("words", "a")) + "}")
    assert found == {key: item for key, item in value.items() if key not in ("words", "a")}
    assert list(found) == [key for key in value if key in found]

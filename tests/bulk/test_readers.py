"""Every row of a chunk is read, replaced or left out, and bad ones are named by their numbers."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk.chunks import Chunk
from tagger.bulk.formats import FORMATS
from tagger.bulk.readers import Errors, TextReader
from tagger.errors import InputError
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.text.scheme import Scheme

SCHEME = Scheme(("A", "B"))
LENIENT = [errors for errors in get_args(Errors) if errors != "strict"]
GOOD_LINES = st.sampled_from([b"", "我们".encode(), b" a\r"])
BAD_LINES = st.sampled_from([b"\xff", b"a\xe4", b"\xe6\x88"])
GOOD_OBJECTS = st.fixed_dictionaries({"text": st.text("我a ", max_size=4)}, optional={"id": st.integers()})
BAD_OBJECTS: st.SearchStrategy[Any] = st.sampled_from([{}, {"text": 3}, [], None, "text", {"text": "a\nb"}])


def is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def reader(**options: Any) -> TextReader:
    return TextReader(FORMATS["slash"], SCHEME, **options)


@pytest.mark.parametrize("errors", LENIENT)
@given(lines=st.lists(GOOD_LINES | BAD_LINES, max_size=8), ends=st.booleans())
def test_lines(errors: Errors, lines: list[bytes], ends: bool) -> None:
    data = b"\n".join(lines) + b"\n" * (ends and bool(lines))
    text, rejects = reader(errors=errors).decode("x", Chunk("text", data, 5, 100))
    if errors == "replace":
        assert text == data.decode(errors="replace")
    else:
        whole = [line + b"\n" for line in data.split(b"\n")]
        whole[-1] = whole[-1].removesuffix(b"\n")
        assert text == b"".join(line for line in whole if is_utf8(line)).decode()
    assert [reject.number for reject in rejects] == [n for n, line in enumerate(lines, 5) if not is_utf8(line)]


@pytest.mark.parametrize("errors", LENIENT)
@given(values=st.lists(GOOD_OBJECTS | BAD_OBJECTS | st.none(), max_size=6))
def test_objects(errors: Errors, values: list[Any]) -> None:
    def is_good(value: Any) -> bool:
        return isinstance(value, dict) and isinstance(value.get("text"), str) and "\n" not in value["text"]

    data = "".join(json.dumps(value) + "\n" for value in values).encode()
    inputs = reader(errors=errors).read_objects("x", Chunk("jsonl", data, 1, 0))
    assert [reject.number for reject in inputs.rejects] == [n for n, v in enumerate(values, 1) if not is_good(v)]
    kept = [value for value in values if errors == "replace" or is_good(value)]
    assert list(inputs.texts) == [value["text"] if is_good(value) else "" for value in kept]
    for value, head in zip(kept, inputs.fields, strict=True):
        fields = json.loads(head + "}")
        assert fields == value if is_good(value) else fields.keys() == {"text", "error"}


@pytest.mark.parametrize("errors", LENIENT)
@given(texts=st.lists(st.none() | st.text("我a \n\ud800", max_size=4), max_size=6))
def test_rows_of_a_table(errors: Errors, texts: list[str | None]) -> None:
    def is_good(text: str | None) -> bool:
        return text is not None and "\n" not in text and "\ud800" not in text

    inputs = reader(errors=errors).read_table("x", 3, texts)
    assert [reject.number for reject in inputs.rejects] == [n for n, text in enumerate(texts, 3) if not is_good(text)]
    kept = [text for text in texts if errors == "replace" or is_good(text)]
    assert list(inputs.texts) == [text if is_good(text) else "" for text in kept]


def test_known_words_come_from_their_field() -> None:
    row = {"text": "😀我们", "given": [{"start": 0, "end": 4, "pos": "A"}, {"at": 7}]}
    chunk = Chunk("jsonl", json.dumps(row).encode(), 1, 0)
    inputs = reader(known_field="given", unit="byte").read_objects("x", chunk)
    assert [list(known) for known in inputs.known] == [[KnownWord(0, 1, "A"), KnownBoundary(2)]]
    assert list(reader().read_objects("x", chunk).known) == [()]
    nested = Chunk("jsonl", json.dumps({"data": row}).encode(), 1, 0)
    deep = reader(field="data.text", known_field="data.given", unit="byte").read_objects("x", nested)
    assert [list(known) for known in deep.known] == [list(known) for known in inputs.known]
    assert list(reader(field="data.text", known_field="data.none").read_objects("x", nested).known) == [()]
    wrong = Chunk("jsonl", json.dumps({"text": "我", "given": [{"start": 0, "end": 1, "pos": "C"}]}).encode(), 8, 0)
    with pytest.raises(InputError, match=r"x:8: .*\('given': .*expected a tag among A, B"):
        reader(known_field="given").read_objects("x", wrong)

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk.arrow import WORDS, column_of_words, from_stream, read_batches, tag_batch, tag_batches, to_stream
from tagger.errors import InputError
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block

CHARS = st.sampled_from("我a é\u3000\n\r😀𠮷\0") | st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(st.none() | st.text(CHARS, max_size=20), max_size=6)
KINDS = [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]


def batch_of(texts: list[str | None], kind: Any = KINDS[0], **others: Any) -> Any:
    return pa.record_batch({"text": pa.array(texts, kind), **others})


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(texts=TEXTS)
def test_words_are_those_of_the_api(small_tagger: Tagger, kind: Any, texts: list[str | None]) -> None:
    others = {"id": pa.array(range(len(texts)))}
    found = tag_batch(batch_of(texts, kind, **others), small_tagger)
    found.validate(full=True)
    assert found.schema.names == ["text", "id", "words"]
    assert found.column("text").to_pylist() == texts
    assert found.column("id").to_pylist() == list(range(len(texts)))
    wanted = [None if t is None else [word._asdict() for word in small_tagger(t).words] for t in texts]
    assert found.column("words").to_pylist() == wanted
    for unit, encoding, size in (("byte", "utf-8", 1), ("utf16", "utf-16-le", 2)):
        column = tag_batch(batch_of(texts, kind), small_tagger, unit=unit).column("words").to_pylist()  # type: ignore[arg-type]
        for text, row in zip(texts, column, strict=True):
            for word in row or ():
                part = str(text).encode(encoding)[word["start"] * size : word["end"] * size]
                assert part.decode(encoding) == word["form"]


def test_words_that_are_there_are_replaced(small_tagger: Tagger) -> None:
    batch = pa.record_batch({"words": pa.array(["old"]), "body": pa.array(["我们"])})
    found = tag_batch(batch, small_tagger, field="body")
    assert found.schema.names == ["words", "body"]
    assert found.schema.field("words").type == WORDS
    assert tag_batch(found, small_tagger, field="body") == found
    assert list(tag_batches([batch, batch], small_tagger, field="body")) == [found, found]


def test_what_holds_no_texts(small_tagger: Tagger) -> None:
    with pytest.raises(InputError, match="expected a column 'body', got text; name one of them"):
        tag_batch(batch_of(["a"]), small_tagger, field="body")
    with pytest.raises(InputError, match="expected strings in column 'n', got int64"):
        tag_batch(pa.record_batch({"n": pa.array([1])}), small_tagger, field="n")
    with pytest.raises(InputError, match=r"x: expected a Parquet file, cannot read it \("):
        list(read_batches(io.BytesIO(b"no table"), "x"))
    spans = small_tagger.spans(Block.of(["\ud800"]))
    with pytest.raises(InputError, match=r"expected text that UTF-8 can hold, got '\\ud800'"):
        column_of_words(spans, ["A", "B", "C"], spans.offsets())


def test_tables_travel_and_an_empty_one_keeps_its_columns(small_tagger: Tagger) -> None:
    batch = batch_of(["a", None], id=pa.array([1, 2]))
    assert from_stream(to_stream(batch)) == batch
    file = io.BytesIO()
    pq.write_table(pa.table({"text": pa.array([], pa.string()), "id": pa.array([], pa.int64())}), file)
    (empty,) = read_batches(file, "x")
    assert tag_batch(from_stream(to_stream(empty)), small_tagger).schema.names == ["text", "id", "words"]
    pq.write_table(pa.table({"text": ["a"] * 5000}), file := io.BytesIO())
    assert [batch.num_rows for batch in read_batches(file, "x", 2000)] == [2000, 2000, 1000]

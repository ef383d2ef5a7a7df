"""Tables of texts to tables of words, with pyarrow: the function that clusters run.

A row's words are a list of structs `form`, `pos`, `start`, `end`. Nothing here knows where the batches come
from: Ray Data's `map_batches`, Spark's `mapInArrow` or a loop over a Parquet file.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError
from ..tagging.confidence import RatedSpans
from ..tagging.word_tagger import AnyTagger
from ..text.block import Block, Spans, Unit, widths

WORDS = pa.list_(pa.struct([("form", pa.string()), ("pos", pa.string()), ("start", pa.int32()), ("end", pa.int32())]))
EMPTY = pa.schema([("text", pa.string()), ("words", WORDS)])  # of a table made from texts


def words(spans: Spans, names: Sequence[str | None], unit: Unit = "codepoint") -> pa.ListArray:
    """The words of a block's texts as a column of type `WORDS`, made from the columns of the spans.

    Rated ones have more fields: `probability` and `span_probability` if they are to be shown, and `doubtful` if there
    is a least probability.
    """
    form = _overlapping(spans) if isinstance(spans, RatedSpans) and spans.overlapping else _forms(spans)
    pos = pa.array(list(names), pa.string()).take(pa.array(spans.pos))
    start, end = (pa.array(column.astype(np.int32)) for column in spans.offsets(unit))
    fields = dict(zip(WORDS.value_type, (form, pos, start, end), strict=True))
    if isinstance(spans, RatedSpans) and spans.shown:
        for name in ("probability", "span_probability"):
            fields[pa.field(name, pa.float32())] = pa.array(getattr(spans, name).astype(np.float32))
    if isinstance(spans, RatedSpans) and spans.least:
        fields[pa.field("doubtful", pa.bool_())] = pa.array(spans.doubtful())
    struct = pa.StructArray.from_arrays(list(fields.values()), fields=list(fields))
    column: pa.ListArray = pa.ListArray.from_arrays(pa.array(spans.firsts.astype(np.int32)), struct)
    return column


def _overlapping(spans: Spans) -> pa.StringArray:
    try:
        return pa.array(spans.forms(), pa.string())
    except UnicodeEncodeError as error:
        raise _unfit(error) from None


def _unfit(error: UnicodeEncodeError) -> InputError:
    return InputError(f"expected text that UTF-8 can hold, got {error.object[error.start]!r}; use the format jsonl")


def _forms(spans: Spans) -> pa.StringArray:
    """The forms of words that do not overlap, cut from the block's text as it lies there."""
    block = spans.block
    sizes = widths(block.codes, "byte").astype(np.int64)
    within = np.zeros(len(block.codes) + 1, np.int8)
    np.add.at(within, spans.starts, 1)
    np.add.at(within, spans.ends, -1)
    try:
        letters = np.frombuffer(block.text.encode(), np.uint8)
    except UnicodeEncodeError as error:
        raise _unfit(error) from None
    letters = letters[np.repeat(np.cumsum(within[:-1]).astype(bool), sizes)]
    before = np.concatenate([[0], np.cumsum(sizes)])
    offsets = np.concatenate([[0], np.cumsum(before[spans.ends] - before[spans.starts])])
    return pa.StringArray.from_buffers(
        len(spans.starts), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(letters))
    )


def texts_of(batch: pa.RecordBatch, field: str) -> list[str | None]:
    """The texts of a batch. Raises InputError when there is no such column of strings."""
    if field not in batch.schema.names:
        raise InputError(f"expected a column {field!r}, got {', '.join(batch.schema.names)}; name one of them")
    column = batch.column(field)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InputError(f"expected strings in column {field!r}, got {column.type}; name another column, or cast it")
    found: list[str | None] = column.to_pylist()
    return found


def table(spans: Spans, texts: Sequence[str], names: Sequence[str | None], unit: Unit = "codepoint") -> pa.RecordBatch:
    """A batch of two columns, `text` and `words`."""
    return pa.record_batch([pa.array(texts, pa.string()), words(spans, names, unit)], names=["text", "words"])


def tag_batch(
    batch: pa.RecordBatch,
    tagger: AnyTagger,
    *,
    field: str = "text",
    unit: Unit = "codepoint",
    spans: Callable[[Any, Block], Spans] | None = None,
) -> pa.RecordBatch:
    """A batch with its column `words` added, or replaced; null where the text is null.

    `spans` finds the words of a block: `Tagger.rated` gives their probabilities too.
    """
    texts = texts_of(batch, field)
    block = Block.of(text or "" for text in texts)
    found = spans(tagger, block) if spans else tagger.spans(block)
    column = words(found, tagger.model.scheme.pos or (None,), unit)
    if None in texts:
        missing = np.array([text is None for text in texts])
        firsts = pa.array(column.offsets.to_numpy(), mask=np.append(missing, False))
        column = pa.ListArray.from_arrays(firsts, column.values)
    if "words" in batch.schema.names:
        return batch.set_column(batch.schema.get_field_index("words"), pa.field("words", column.type), column)
    return batch.append_column(pa.field("words", column.type), column)


def tag_batches(
    batches: Iterable[pa.RecordBatch], tagger: AnyTagger, *, field: str = "text", unit: Unit = "codepoint"
) -> Iterator[pa.RecordBatch]:
    """`tag_batch` for every batch, in order. Raises InputError when `field` is no column of strings."""
    for batch in batches:
        yield tag_batch(batch, tagger, field=field, unit=unit)


def batches(stream: IO[bytes], name: str, size: int = 2048) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, `size` at a time. Raises InputError when it is none."""
    try:
        file = pq.ParquetFile(stream)
        if not file.metadata.num_rows:  # its columns are those of its output all the same
            yield pa.RecordBatch.from_pylist([], file.schema_arrow)
        yield from file.iter_batches(size)
    except pa.ArrowInvalid as error:
        raise InputError(f"{name}: expected a Parquet file, cannot read it ({error}); is it whole?") from None


def to_stream(batch: pa.RecordBatch) -> bytes:
    """A batch as bytes, for another process."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def from_stream(data: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()

"""Tables of texts to tables of words, with pyarrow: what clusters run.

The words of a row are a list of structs `form`, `pos`, `start` and `end`. The batches may come from anywhere: Ray
Data's `map_batches`, Spark's `mapInArrow`, or a loop over a Parquet file.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError
from ..tagging.confidence import RatedSpans
from ..tagging.span_names import WORDS as WORD_NAMES
from ..tagging.span_names import SpanNames, names_of
from ..tagging.word_tagger import AnyTagger, WordTagger
from ..text.block import Block, Places, Spans, Unit, widths
from .tagged import TaggedTexts

STRUCT = pa.struct([("form", pa.string()), ("pos", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
WORDS = pa.list_(STRUCT)
EMPTY = pa.schema([("text", pa.string()), ("words", WORDS)])  # the columns of a table that is made from texts


def tag_batch(
    batch: pa.RecordBatch,
    tagger: AnyTagger,
    *,
    field: str = "text",
    unit: Unit = "codepoint",
    spans: Callable[[Any, Block], Spans] | None = None,
) -> pa.RecordBatch:
    """The batch with a column `words`, or `spans` of entities, or both if the model finds both, which replaces one of
    that name; null where the text in column `field` is null.

    Offsets count `unit`. `spans(tagger, block)` finds the words, by default `tagger.spans`; `Tagger.rated` gives their
    probabilities too. Raises InputError when `field` is not a column of strings.
    """
    texts = texts_of(batch, field)
    block = Block.of(text or "" for text in texts)
    layers = [spans(tagger, block)] if spans else _layers(tagger, block)
    for model, found in zip(tagger.model.layers, layers, strict=False):
        names = names_of(model.scheme)
        column = column_of_words(found, model.scheme.pos or (None,), found.offsets(unit), names)
        batch = with_words(batch, texts, column, names)
    return batch


def _layers(tagger: AnyTagger, block: Block) -> Sequence[Spans]:
    return [tagger.spans(block)] if isinstance(tagger, WordTagger) else tagger.layers(block)


def tag_batches(
    batches: Iterable[pa.RecordBatch], tagger: AnyTagger, *, field: str = "text", unit: Unit = "codepoint"
) -> Iterator[pa.RecordBatch]:
    """`tag_batch` of every batch, in order. Raises InputError when `field` is not a column of strings."""
    for batch in batches:
        yield tag_batch(batch, tagger, field=field, unit=unit)


def texts_of(batch: pa.RecordBatch, field: str) -> list[str | None]:
    """The texts of a batch. Raises InputError when `field` is not a column of strings."""
    if field not in batch.schema.names:
        raise InputError(f"expected a column {field!r}, got {', '.join(batch.schema.names)}; name one of them")
    column = batch.column(field)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InputError(f"expected strings in column {field!r}, got {column.type}; name another column, or cast it")
    texts: list[str | None] = column.to_pylist()
    return texts


def column_of_words(
    spans: Spans, pos: Sequence[str | None], offsets: tuple[Places, Places], span_names: SpanNames = WORD_NAMES
) -> pa.ListArray:
    """The words of a block's texts as a column of type `WORDS`; `pos` holds the names of the POS by number, and
    `offsets` the start and the end of each word. Entities have a `label` in place of `pos`.

    Rated words have more fields: `probability` and `span_probability` if these are to be shown, and `doubtful` if
    there is a least probability. Raises InputError for a lone surrogate.
    """
    overlap = isinstance(spans, RatedSpans) and spans.overlapping
    forms = _copied_forms(spans) if overlap else _cut_forms(spans)
    names = pa.array(list(pos), pa.string()).take(pa.array(spans.pos))
    starts, ends = (pa.array(column.astype(np.int32)) for column in offsets)
    struct = [field.with_name(span_names.tag) if field.name == "pos" else field for field in STRUCT]
    fields = dict(zip(struct, (forms, names, starts, ends), strict=True))
    if isinstance(spans, RatedSpans) and spans.shown:
        for name in ("probability", "span_probability"):
            fields[pa.field(name, pa.float32())] = pa.array(getattr(spans, name).astype(np.float32))
    if isinstance(spans, RatedSpans) and spans.least:
        fields[pa.field("doubtful", pa.bool_())] = pa.array(spans.doubtful())
    structs = pa.StructArray.from_arrays(list(fields.values()), fields=list(fields))
    column: pa.ListArray = pa.ListArray.from_arrays(pa.array(spans.firsts.astype(np.int32)), structs)
    return column


def with_words(
    batch: pa.RecordBatch, texts: Sequence[str | None], words: pa.ListArray, names: SpanNames = WORD_NAMES
) -> pa.RecordBatch:
    """The batch with a column of the spans' name, null where the text is None; it replaces a column of that name."""
    if None in texts:
        is_null = np.array([text is None for text in texts])
        firsts = pa.array(words.offsets.to_numpy(), mask=np.append(is_null, False))
        words = pa.ListArray.from_arrays(firsts, words.values)
    column = pa.field(names.spans, words.type)
    if names.spans in batch.schema.names:
        return batch.set_column(batch.schema.get_field_index(names.spans), column, words)
    return batch.append_column(column, words)


def words_table(tagged: TaggedTexts) -> pa.RecordBatch:
    """A batch of the columns `text` and `words`, or `spans` of entities, or both."""
    texts = pa.record_batch([pa.array(tagged.originals, pa.string())], names=["text"])
    return with_tagged(texts, tagged.originals, tagged)


def with_tagged(batch: pa.RecordBatch, texts: Sequence[str | None], tagged: TaggedTexts) -> pa.RecordBatch:
    """The batch with the columns of words, and of entities beside them, of its texts, as `with_words` has them."""
    for layer in (tagged, tagged.entities):
        if layer:
            column = column_of_words(layer.spans, layer.pos, layer.offsets(), layer.names)
            batch = with_words(batch, texts, column, layer.names)
    return batch


def read_batches(stream: IO[bytes], name: str, size: int = 2048) -> Iterator[pa.RecordBatch]:
    """The rows of the Parquet file `name`, `size` at a time. Raises InputError when it cannot be read."""
    try:
        file = pq.ParquetFile(stream)
        if not file.metadata.num_rows:  # an empty batch, so that the output has the columns of the input
            yield pa.RecordBatch.from_pylist([], file.schema_arrow)
        yield from file.iter_batches(size)
    except pa.ArrowInvalid as error:
        raise InputError(f"{name}: expected a Parquet file, cannot read it ({error}); is it whole?") from None


def to_stream(batch: pa.RecordBatch) -> bytes:
    """The batch in Arrow's stream format, for another process."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def from_stream(data: bytes) -> pa.RecordBatch:
    """The batch that `to_stream` wrote."""
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()


def _copied_forms(spans: Spans) -> pa.StringArray:
    try:
        return pa.array(spans.forms(), pa.string())
    except UnicodeEncodeError as error:
        raise _not_utf8(error) from None


def _cut_forms(spans: Spans) -> pa.StringArray:
    """The forms of words that do not overlap: the bytes of the block's text without those between words."""
    block = spans.block
    sizes = widths(block.codes, "byte").astype(np.int64)
    n_open = np.zeros(len(block.codes) + 1, np.int8)
    np.add.at(n_open, spans.starts, 1)
    np.add.at(n_open, spans.ends, -1)
    is_inside = np.cumsum(n_open[:-1]).astype(bool)
    try:
        data = np.frombuffer(block.text.encode(), np.uint8)
    except UnicodeEncodeError as error:
        raise _not_utf8(error) from None
    data = data[np.repeat(is_inside, sizes)]  # shape: [bytes of the block] -> [bytes of the words]
    before = np.concatenate([[0], np.cumsum(sizes)])
    offsets = np.concatenate([[0], np.cumsum(before[spans.ends] - before[spans.starts])])
    buffers = pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data))
    return pa.StringArray.from_buffers(len(spans.starts), *buffers)


def _not_utf8(error: UnicodeEncodeError) -> InputError:
    return InputError(f"expected text that UTF-8 can hold, got {error.object[error.start]!r}; use the format jsonl")

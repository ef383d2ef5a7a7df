"""Tagged texts as JSON objects, one a line."""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat
from json.encoder import encode_basestring

import numpy as np

from ..errors import InputError
from ..modelfile.native.runtime import wanted_library
from ..modelfile.native.writing import WrittenWords
from ..tagging.confidence import RatedSpans
from ..tagging.output import alternative_values
from ..tagging.span_names import ENTITIES
from . import records
from .sentences import sentence_offsets
from .tagged import TaggedTexts, TextAlternatives

_SURROGATE = re.compile("[\ud800-\udfff]")
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def write_jsonl(tagged: TaggedTexts) -> bytes:
    """An object per text, with its other fields, `text`, and `words` with `form`, `pos`, `start` and `end`, or `spans`
    with `label` for `pos`, or both; by sentence with `sentences` too, each with `start` and `end`.

    A lone surrogate is written as an escape. Raises InputError for two halves of a character side by side.
    """
    words, originals = _words_of_texts(tagged), tagged.originals
    entities = _words_of_texts(tagged.entities) if tagged.entities else None
    sentences = sentence_offsets(tagged) if tagged.by_sentence else None
    lines = []
    for i, objects in enumerate(words):
        fields, more = tagged.fields[i] if tagged.fields else _text_alone(originals[i]), ""
        if entities is not None:
            more = f', "{ENTITIES.spans}": [{entities[i]}]'
        if sentences is not None:
            more += f', "sentences": {json.dumps(sentences[i])}'
            fields = records.head(f"{fields}}}", records.parse(f"{fields}}}"), ("sentences",))
        lines.append(f'{fields}, "{tagged.names.spans}": [{objects}]{more}}}\n')
    return _encode(lines)


def write_jsonl_alternatives(texts: TextAlternatives) -> bytes:
    """An object per text with its other fields, `text`, and its `alternatives`. Surrogates as for `write_jsonl`."""
    lines = []
    for i, readings in enumerate(texts.alternatives):
        fields = texts.fields[i] if texts.fields else _text_alone(texts.original(i))
        fields = records.head(f"{fields}}}", records.parse(f"{fields}}}"), ("alternatives",))
        values = [alternative_values(reading, texts.offsets(i, reading.sentence), texts.names) for reading in readings]
        lines.append(f'{fields}, "alternatives": {json.dumps(values, ensure_ascii=False)}}}\n')
    return _encode(lines)


def _text_alone(text: str) -> str:
    """The fields of an object that holds only its text, as JSON without the closing brace."""
    return f'{{"text": {encode_basestring(text)}'


def _words_of_texts(tagged: TaggedTexts) -> list[str]:
    """The JSON objects of the words of each text, with commas."""
    spans, tag = tagged.spans, tagged.names.tag
    middles = [f', "{tag}": {json.dumps(name, ensure_ascii=False)}, "start": ' for name in tagged.pos]
    firsts, library = spans.firsts, wanted_library()
    if library and not isinstance(spans, RatedSpans):
        words = WrittenWords(spans.block.codes, spans.starts, spans.ends, spans.pos, [f'"{m}' for m in middles])
        written = words.objects(library, tagged.offsets())
        if written is not None:
            data, places = written
            ends = np.maximum(places[firsts[1:]] - len(", "), places[firsts[:-1]])
            return [data[a:b].decode() for a, b in zip(places[firsts[:-1]].tolist(), ends.tolist(), strict=True)]
    objects = _word_objects(tagged, middles)
    return [", ".join(objects[first:last]) for first, last in pairwise(firsts.tolist())]


def _word_objects(tagged: TaggedTexts, middles: Sequence[str]) -> list[str]:
    """The JSON object of each word."""
    spans = tagged.spans
    starts, ends = (column.tolist() for column in tagged.offsets())
    tails: Iterable[str] = _rating_tails(spans) if isinstance(spans, RatedSpans) else repeat("}", len(starts))
    return [
        f'{{"form": {form}{middles[pos]}{start}, "end": {end}{tail}'
        for form, pos, start, end, tail in zip(
            map(encode_basestring, spans.forms()), spans.pos.tolist(), starts, ends, tails, strict=True
        )
    ]


def _rating_tails(spans: RatedSpans) -> list[str]:
    """How the object of each word ends: with its probabilities, and with its doubt."""
    tails = ["}"] * len(spans.starts)
    if spans.shown:
        rates = zip(spans.probability.tolist(), spans.span_probability.tolist(), strict=True)
        tails = [
            f', "probability": {probability:.6f}, "span_probability": {span_probability:.6f}}}'
            for probability, span_probability in rates
        ]
    for index in np.flatnonzero(spans.doubtful()).tolist():
        tails[index] = f'{tails[index][:-1]}, "doubtful": true}}'
    return tails


def _encode(lines: Sequence[str]) -> bytes:
    try:
        return "".join(lines).encode()
    except UnicodeEncodeError:
        return b"".join(map(_escape, lines))


def _escape(line: str) -> bytes:
    """A line of JSON with lone surrogates as escapes. Two halves side by side would be read as one character."""
    if _HALVES.search(line):
        raise InputError(
            "expected characters, got halves of one side by side in a text; repair it: "
            'text.encode("utf-16", "surrogatepass").decode("utf-16")'
        )
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", line).encode()

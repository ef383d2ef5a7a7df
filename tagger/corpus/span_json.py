"""Corpora of texts with character spans in JSON: those of doccano, Label Studio and Hugging Face, and our own output.

A file is one object a line, or an array of objects. An object is one of

    {"text": …, "label": [[start, end, type], …]}                                       doccano
    {"text": …, "entities": [{"start_offset", "end_offset", "label"}, …]}               doccano, with relations
    {"data": {"text": …}, "annotations": [{"result": [{"value": {"start", "end", "labels"}}, …]}]}    Label Studio
    {"text": …, "label": [{"start", "end", "labels"}, …]}                               Label Studio, JSON-MIN
    {"text": …, "spans": [{"start", "end", "label"}, …]}                                `tagger tag --format jsonl`
    {"tokens": [form, …], "ner_tags": [tag, …]}                                         Hugging Face

Offsets are code points; those of Label Studio, which count UTF-16 code units, are read by the text that stands beside
them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Entity, Sentence
from ..text.span_tags import find_fault, read_spans, recognize
from .reading import ReadOptions
from .spacing import sentence_of
from .span_columns import trimmed

SPANS = ("spans", "entities", "label", "labels")
TOKENS = ("tokens", "words")
TAGS = ("ner_tags", "tags", "labels")
Values = Mapping[str, Any]


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences with entities. Raises CorpusError with file and line, or number of the object in an array."""
    objects = list(_objects(source, options.name))
    tagged = [_tags(value, place) for place, value in objects if _is_tokens(value)]
    scheme = recognize(tagged)
    for place, value in objects:
        if not isinstance(value, dict):
            raise CorpusError(f"{place}: expected an object with a text and its spans, got {value!r:.80}; correct it")
        yield _of_tokens(value, scheme, place) if _is_tokens(value) else _of_text(value, place)


def _objects(source: Iterable[Line], name: str) -> Iterator[tuple[str, Any]]:
    """The place and the value of each object, of a file of lines or of one array."""
    lines = iter(source)
    first = next((line for line in lines if line.text.strip()), None)
    if first is None:
        return
    if first.text.lstrip().startswith("["):
        content = "\n".join([first.text, *(line.text for line in lines)])
        for number, value in enumerate(_parse(content, name), 1):
            yield f"{name}: object {number}", value
        return
    for number, line in chain([first], lines):
        if line.strip():
            yield f"{name}:{number}", _parse(line, f"{name}:{number}")


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{place}: expected JSON, got an error ({error}); correct it") from None


def _is_tokens(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(value.get(key), list) for key in TOKENS) and "text" not in value


def _tags(value: Values, place: str) -> list[str]:
    """The tags of tokens. Raises CorpusError where there are none, or numbers."""
    key = next((key for key in TAGS if isinstance(value.get(key), list)), None)
    tags = value[key] if key else None
    if tags is None or not all(isinstance(tag, str) for tag in tags):
        raise CorpusError(
            f"{place}: expected names of tags in {key or TAGS[0]}, got {tags!r:.40}; write the names, which Hugging "
            f'Face\'s datasets has in data.features["{key or TAGS[0]}"].feature.names'
        )
    return list(tags)


def _of_tokens(value: Values, scheme: str, place: str) -> Sentence:
    tokens, tags = next(value[key] for key in TOKENS if isinstance(value.get(key), list)), _tags(value, place)
    if len(tokens) != len(tags) or not all(isinstance(token, str) and token for token in tokens):
        raise CorpusError(
            f"{place}: expected a tag for each token, got {len(tokens)} and {len(tags)}; correct the line"
        )
    if fault := find_fault(tags, scheme):
        raise CorpusError(
            f"{place}: expected {fault.expected} for token {fault.place + 1} in {scheme}, got {tags[fault.place]!r}; "
            "correct the tag"
        )
    sentence = sentence_of(tokens)
    edges = ((sentence.words[a].start, sentence.words[b - 1].end, label) for a, b, label in read_spans(tags, scheme))
    entities = tuple(Entity(sentence.text[a:b], label, a, b) for a, b, label in edges)
    return Sentence(sentence.text, sentence.words, (), entities, entities_annotated=True)


def _of_text(value: Values, place: str) -> Sentence:
    text = value.get("text")
    data = value.get("data")
    if isinstance(data, dict):
        text = data.get("text", next((item for item in data.values() if isinstance(item, str)), None))
    elif isinstance(data, str) and text is None:  # doccano's older name
        text = data
    if not isinstance(text, str):
        raise CorpusError(
            f'{place}: expected {{"text": …, "spans": [{{"start", "end", "label"}}, …]}}, got {value!r:.80}'
        )
    try:
        marked = [_span(item, text) for item in _items(value)]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise CorpusError(
            f"{place}: expected start, end and label of each span, got a fault ({error}); correct it"
        ) from None
    entities = sorted((entity for entity in marked if entity), key=lambda entity: (entity.start, entity.end))
    for before, after in pairwise(entities):
        if after.start < before.end:
            raise CorpusError(
                f"{place}: expected spans that do not overlap, got {before.form!r} ({before.label}) and {after.form!r} "
                f"({after.label}); keep one of them"
            )
    return Sentence(text, (), (), tuple(entities), entities_annotated=True)


def _items(value: Values) -> Sequence[Any]:
    """The spans of an object, as they stand there; of several annotations of Label Studio the last one counts."""
    annotations = value.get("annotations", value.get("completions"))
    if isinstance(annotations, list) and annotations and "result" in annotations[-1]:
        results = (item for item in annotations[-1]["result"] if "labels" in item.get("value", {}))
        return [item["value"] for item in results]
    if isinstance(annotations, list) and "data" in value:
        return []
    key = next((key for key in SPANS if isinstance(value.get(key), list)), None)
    if key is None:
        raise KeyError(f"no list under {', '.join(SPANS)}")
    spans: Sequence[Any] = value[key]
    return spans


def _span(item: Any, text: str) -> Entity | None:
    """Raises KeyError, TypeError, ValueError or IndexError for what is no span of the text."""
    if isinstance(item, list):
        start, end, label = item
        quoted = None
    else:
        start, end = (item[key] if key in item else item[f"{key}_offset"] for key in ("start", "end"))
        label = item["labels"][0] if "labels" in item else item[next(k for k in ("label", "entity_group") if k in item)]
        quoted = item.get("text")
    if not isinstance(label, str) or type(start) is not int or type(end) is not int:
        raise TypeError(f"{item!r:.80} has no whole numbers and a name")
    if isinstance(quoted, str) and text[start:end] != quoted:
        units = text.encode("utf-16-le", "surrogatepass")
        start, end = (len(units[: 2 * place].decode("utf-16-le", "surrogatepass")) for place in (start, end))
        if text[start:end] != quoted:
            raise ValueError(f"{quoted!r:.40} does not stand at its offsets")
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{start} to {end} in a text of {len(text)}")
    return trimmed(text, start, end, label)


def write(sentence: Sentence) -> str:
    """A sentence as a JSON object on one line: its text and its spans."""
    value = {"text": sentence.text, "spans": [entity._asdict() for entity in sentence.entities]}
    return json.dumps(value, ensure_ascii=False) + "\n"

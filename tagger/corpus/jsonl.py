"""Corpora of a JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..errors import CorpusError
from ..files.lines import Line, object_remedy
from ..text.sentence import Entity, Sentence, Word
from .reading import ReadOptions
from .spacing import between

WORDS = ("words", "tokens")
ENTITIES = "spans"  # of an object with words: the entities of its text
# Where the tags of words are, the first that there is: Hugging Face's data sets have `pos_tags` beside `ner_tags`.
TAGS = {
    "upos": ("tags", "upos", "pos_tags", "pos", "ner_tags", "labels"),
    "xpos": ("xpos", "tags", "pos_tags", "pos", "ner_tags", "labels"),
}
# What holds spans over a text: doccano's and Label Studio's tasks, and ours of entities alone.
SPANS = ("label", "labels", "entities", "annotations", "relations", "predictions", ENTITIES)


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of JSON objects, one a line: `text`, `words` and `comments`, and perhaps `spans`, its entities; or a
    list of words (`words`, `tokens`) and one of tags (`tags`, `pos_tags`, `ner_tags`, …), as Hugging Face's data sets
    have. Raises CorpusError with file and line."""
    for number, line in source:
        if not line.strip():
            continue
        place = f"{options.name}:{number}"
        value = _parse(line, place)
        if isinstance(value, dict):
            _refuse_spans(value, place)
            _refuse_numbers(value, place, options)
        try:
            sentence = _from_json(value, options)
            fault = sentence.fault()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            raise _faulty(place, fault)
        if not options.with_tags:
            sentence = replace(sentence, words=tuple(word._replace(pos=None) for word in sentence.words))
        yield sentence


def _parse(line: str, place: str) -> Any:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        if line.lstrip().startswith("["):
            raise _array(place) from None
        fault = f"{place}: expected a JSON object, got an error at column {error.colno}: {error.msg}"
        raise CorpusError(f"{fault}; {object_remedy(line, 'correct the line')}") from None
    except (ValueError, RecursionError) as error:  # a number of too many digits, or too many brackets
        raise _faulty(place, f"{type(error).__name__}: {error}") from None
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        raise _array(place)
    return value


def _array(place: str) -> CorpusError:
    return CorpusError(
        f"{place}: expected one JSON object a line, got an array; write its objects on lines of their own: jq -c '.[]'"
    )


def _faulty(place: str, fault: str) -> CorpusError:
    return CorpusError(
        f'{place}: expected {{"text": …, "words": [{{"form", "pos", "start", "end"}}, …]}} or '
        f'{{"words": [form, …], "tags": [tag, …]}}, got a line with a fault ({fault}); correct it'
    )


def _refuse_spans(value: dict[str, Any], place: str) -> None:
    """Raises CorpusError for a text with spans over it, which say nothing of where other words begin and end."""
    if any(key in value for key in WORDS):
        return
    if spans := [key for key in SPANS if key in value]:
        raise CorpusError(
            f"{place}: expected words, got spans of a text ({spans[0]}), as doccano and Label Studio write them; "
            'give the words and a tag for each: {"tokens": [form, …], "tags": [tag, …]}, or a model of entities'
        )


def _from_json(value: dict[str, Any], options: ReadOptions) -> Sentence:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is not a sentence."""
    key = next((key for key in WORDS if key in value), "words")
    words, comments = value[key], _all(value.get("comments", []), str)
    if "text" in value and (not words or isinstance(words[0], dict)):
        sentence = _with_offsets(value["text"], words, comments)
        return _with_entities(sentence, value[ENTITIES]) if ENTITIES in value else sentence
    forms = _all(words, str)
    return Sentence.from_forms(forms, _tags(value, options), gaps=_gaps(value.get("text"), forms), comments=comments)


def _with_offsets(text: str, words: Any, comments: list[str]) -> Sentence:
    read_words = [Word(w["form"], w.get("pos"), w["start"], w["end"]) for w in words]
    _all([text, *(word.form for word in read_words)], str)
    _all([word.pos for word in read_words], str, type(None))
    _all([edge for word in read_words for edge in (word.start, word.end)], int)
    return Sentence(text, tuple(read_words), tuple(comments))


def _with_entities(sentence: Sentence, spans: Any) -> Sentence:
    entities = [Entity(span["form"], span["label"], span["start"], span["end"]) for span in _all(spans, dict)]
    _all([part for entity in entities for part in entity[:2]], str)
    _all([edge for entity in entities for edge in entity[2:]], int)
    return replace(sentence, entities=tuple(entities), entities_annotated=True)


def _gaps(text: Any, forms: list[str]) -> list[str]:
    """The spaces around words in a text that may be given. Raises ValueError for a text of other words."""
    if text is None:
        return between(forms)
    gaps, end = [], 0
    for form in forms:
        start = _all([text], str)[0].find(form, end)
        if start < 0 or not form:
            raise ValueError(f"{form!r} is not in the text after its first {end} characters")
        gaps.append(text[end:start])
        end = start + len(form)
    return [*gaps, text[end:]]


def _tags(value: dict[str, Any], options: ReadOptions) -> list[str | None] | None:
    key = _tags_key(value, options)
    return None if key is None else _all(value[key], str, type(None))


def _tags_key(value: dict[str, Any], options: ReadOptions) -> str | None:
    """Where the tags of a line's words are; None when it has none, or they are not asked for."""
    return next((key for key in TAGS.get(options.tag, ()) if value.get(key) is not None), None)


def _refuse_numbers(value: dict[str, Any], place: str, options: ReadOptions) -> None:
    """Raises CorpusError for tags that are numbers: the line does not say for which names they stand."""
    key = _tags_key(value, options)
    if key and isinstance(value[key], list) and any(type(tag) is int for tag in value[key]):
        raise CorpusError(
            f"{place}: expected names of tags in {key}, got numbers ({value[key]!r:.40}); write the names, which "
            f'Hugging Face\'s datasets has in data.features["{key}"].feature.names; or use tag=none'
        )


def _all(values: Any, *kinds: type) -> list[Any]:
    """`values`, a list of these kinds. JSON that is of another would be taken silently: "ab" for ["a", "b"]."""
    if not isinstance(values, list):
        raise TypeError(f"{values!r:.80} is not a list")
    for value in values:
        if type(value) not in kinds:
            raise TypeError(f"{value!r:.80} is not {' or '.join(kind.__name__ for kind in kinds)}")
    return values


def write(sentence: Sentence) -> str:
    """A sentence as a JSON object on one line. Raises CorpusError for half characters side by side."""
    value: dict[str, Any] = {"text": sentence.text, "words": [word._asdict() for word in sentence.words]}
    if sentence.entities_annotated:
        value[ENTITIES] = [entity._asdict() for entity in sentence.entities]
    if sentence.comments:
        value["comments"] = sentence.comments
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # lone surrogates survive as escapes, but two side by side read as one character
        line = json.dumps(value)
        if json.loads(line)["text"] != sentence.text:
            raise CorpusError(
                f"expected characters, got halves of one side by side in {sentence.text!r}; "
                'repair the text: text.encode("utf-16", "surrogatepass").decode("utf-16")'
            ) from None
    return line + "\n"

"""Corpora of a JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Sentence, Word
from .reading import ReadOptions


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of JSON objects, one a line: `text`, `words` and `comments`, or a list of words and one of tags.
    Raises CorpusError with file and line."""
    name = options.name
    for number, line in source:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            sentence = _from_json(value)
            fault = sentence.fault()
        except json.JSONDecodeError as error:
            raise CorpusError(
                f"{name}:{number}: expected a JSON object, got an error at column {error.colno}: {error.msg}; "
                "correct the line"
            ) from None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            raise CorpusError(
                f'{name}:{number}: expected {{"text": …, "words": [{{"form", "pos", "start", "end"}}, …]}} or '
                f'{{"words": [form, …], "tags": [tag, …]}}, got a line with a fault ({fault}); correct it'
            )
        if not options.with_tags:
            sentence = Sentence(
                sentence.text, tuple(word._replace(pos=None) for word in sentence.words), sentence.comments
            )
        yield sentence


def _from_json(value: dict[str, Any]) -> Sentence:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is not a sentence."""
    words, comments = value["words"], _all(value.get("comments", []), str)
    if "text" not in value:
        tags = value.get("tags")
        return Sentence.from_forms(
            _all(words, str), None if tags is None else _all(tags, str, type(None)), comments=comments
        )
    read_words = [Word(w["form"], w.get("pos"), w["start"], w["end"]) for w in words]
    _all([value["text"], *(word.form for word in read_words)], str)
    _all([word.pos for word in read_words], str, type(None))
    _all([edge for word in read_words for edge in (word.start, word.end)], int)
    return Sentence(value["text"], tuple(read_words), tuple(comments))


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

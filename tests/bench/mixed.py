"""Requests of all kinds with their right answers: what callers of the service send beside each other."""

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import islice

import orjson
from load import Request, post

from serve.inference import TagOptions, tag_texts
from serve.models import ServedModel
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.output import OutputOptions

Values = dict[str, object]
# How a request asks, and the same as options of the tagger; how many texts it has at most.
WAYS: tuple[tuple[Values, TagOptions, int], ...] = (
    ({}, TagOptions(), 1),
    ({"offsets": "utf16"}, TagOptions("utf16"), 32),
    ({"offsets": "byte"}, TagOptions("byte"), 8),
    ({}, TagOptions(), 64),
    ({"confidence": True}, TagOptions(output=OutputOptions(confidence=True)), 4),
    ({"sentences": True}, TagOptions(output=OutputOptions(sentences=True)), 4),
    ({"search": 0.1}, TagOptions(output=OutputOptions(search=0.1)), 4),
    ({"nbest": 3}, TagOptions(output=OutputOptions(nbest=3)), 2),
)


def mixed_requests(models: Sequence[ServedModel], texts: Sequence[str], n: int) -> list[Request]:
    """`n` requests; `n_chars` of each is the number of its texts. The right answers are those of the models, which tag
    each text by itself."""
    source = _endless(texts)
    return [_request(number, models, source) for number in range(n)]


def _endless(texts: Sequence[str]) -> Iterator[str]:
    """Different texts of different lengths."""
    number = 0
    while True:
        text = texts[number % len(texts)]
        yield f"{number}号，" + text[: 3 + number * 7 % (len(text) - 2)]
        number += 1


def _request(number: int, models: Sequence[ServedModel], source: Iterator[str]) -> Request:
    turn = number % 16
    if turn == 15:
        return _document(models, list(islice(source, 70)), json_lines=number % 32 == 15)
    if turn == 14:
        return _infer(models, list(islice(source, 4)))
    if turn == 13:
        return _own_entry(models, list(islice(source, 2)))
    asked, options, most = WAYS[turn] if turn < len(WAYS) else WAYS[0]
    texts = list(islice(source, 1 + number // 16 % most))
    return _tag(models, texts, asked, options, packed=number % 3 == 0)


def _words(model: ServedModel, texts: Sequence[str], options: TagOptions) -> list[bytes]:
    return [tag_texts(model.tagger, [text], options)[0] for text in texts]


def _tag(
    models: Sequence[ServedModel], texts: Sequence[str], asked: Values, options: TagOptions, *, packed: bool = False
) -> Request:
    body = orjson.dumps({"texts": texts, **asked})
    name = b"alternatives" if options.output.nbest else b"words"
    answers = []
    for model in models:
        head = orjson.dumps({"model": model.label, "offsets": options.unit})[:-1]
        results = b",".join(b'{"%b":%b}' % (name, words) for words in _words(model, texts, options))
        answers.append(b'%b,"results":[%b]}' % (head, results))
    data = post("/v1/tag", gzip.compress(body, 1), headers="Content-Encoding: gzip\r\n") if packed else None
    return Request(data or post("/v1/tag", body), tuple(answers), len(texts))


def _own_entry(models: Sequence[ServedModel], texts: Sequence[str]) -> Request:
    """A dictionary of the request's own, of one word across the middle of a text."""
    word = texts[0][4:7] or "号"
    options = TagOptions(dictionaries=(Dictionary([Entry(word, "force")]),))
    return _tag(models, texts, {"entries": [{"word": word, "strength": "force"}]}, options)


def _infer(models: Sequence[ServedModel], texts: Sequence[str]) -> Request:
    tensor = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": texts}
    answers = []
    for model in models:
        words = [answer.decode() for answer in _words(model, texts, TagOptions())]
        output = {"name": "words", "datatype": "BYTES", "shape": [len(texts)], "data": words}
        head = {"model_name": model.name, "model_version": model.version}
        answers.append(orjson.dumps(head | {"outputs": [output]}))
    path = f"/v2/models/{models[0].name}/infer"
    return Request(post(path, orjson.dumps({"inputs": [tensor]})), tuple(answers), len(texts))


def _document(models: Sequence[ServedModel], texts: Sequence[str], *, json_lines: bool) -> Request:
    lines = [json.dumps(text) for text in texts] if json_lines else texts
    kind = "application/x-ndjson" if json_lines else "text/plain"
    answers = [
        b"".join(
            b'{"line":%d,"words":%b}\n' % (line, words)
            for line, words in enumerate(_words(model, texts, TagOptions()), 1)
        )
        for model in models
    ]
    return Request(post("/v1/tag", "\n".join(lines).encode(), kind), tuple(answers), len(texts))

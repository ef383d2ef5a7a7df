"""Corpora with words and entities: a sentence has both, or one of the two where its file tells no more.

Files of the formats of entities (IOB2 columns, spans in JSON) give entities, those of words give words. CoNLL-U has
both where MISC has `NER=B-PER`, and JSON where an object has `words` and `spans`. Sentences of the same text in
different files are one sentence with both layers.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ..errors import CorpusError
from ..files.lines import lines
from ..text.sentence import Sentence
from ..text.span_tags import SCHEMES
from .formats import ENCODING_REMEDY, files_of, format_of, read
from .jsonl import WORDS
from .spans import SPANS
from .standoff import STANDOFF

JOINT_SPANS = "joint_spans"
_OF_ENTITIES = (SPANS, *SCHEMES)


def read_layers(path: Path, *, format: str | None, tag: str, encoding: str) -> Iterator[Sentence]:
    """The sentences of a file, or of the files in a folder, that have words or annotated entities; words of a format of
    entities, which have no POS, are left out. Arguments and errors are those of `corpus.read`."""
    for file, name in files_of(path, format):
        if name in _OF_ENTITIES or (name == "jsonl" and not _has_words(file, encoding)):
            for sentence in read(file, format=SPANS if name == "jsonl" else name, encoding=encoding):
                if sentence.text.strip():
                    yield replace(sentence, words=(), entities_annotated=True)
            continue
        for sentence in read(file, format=format, tag=tag, encoding=encoding):
            if sentence.words or sentence.entities_annotated:
                yield sentence


def read_entities(
    path: Path, *, format: str | None = None, tag: str = "upos", encoding: str = "utf-8"
) -> Iterator[Sentence]:
    """The sentences of a file, or of the files in a folder, with their entities; `format` None is `standoff` by the
    names of the files, else `spans`. Other arguments and errors are those of `corpus.read`; it raises CorpusError too
    for records of words."""
    for file, name in files_of(path, format or (None if path.is_dir() else format_of(path) or SPANS)):
        chosen = format or (name if name == STANDOFF else SPANS)
        for sentence in read(file, format=chosen, tag=tag, encoding=encoding):
            if chosen == STANDOFF and not sentence.entities_annotated:
                raise CorpusError(f"{file}: expected records of entities, got one of words; name a file of entities")
            yield sentence


def _has_words(path: Path, encoding: str) -> bool:
    """Whether the first object of a JSON lines file has words; what is no object is left to the reader of words."""
    first = next((text for _, text in lines(path, encoding=encoding, remedy=ENCODING_REMEDY) if text.strip()), "")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, dict) or any(key in value for key in WORDS)


def sentences_with(sentences: Iterable[Sentence], *, entities: bool) -> list[Sentence]:
    """The sentences whose words, or whose `entities`, are annotated."""
    return [sentence for sentence in sentences if (sentence.entities_annotated if entities else sentence.words)]


def merge_layers(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences with words, then those with entities alone. A sentence of words whose entities are not annotated
    takes those of a sentence with the same text and entities alone: the first such takes those of the first, and so
    on."""
    of_entities: dict[str, deque[Sentence]] = {}
    for sentence in sentences:
        if not sentence.words:
            of_entities.setdefault(sentence.text, deque()).append(sentence)
    merged = []
    for sentence in (sentence for sentence in sentences if sentence.words):
        others = of_entities.get(sentence.text)
        if others and not sentence.entities_annotated:
            merged.append(replace(sentence, entities=others.popleft().entities, entities_annotated=True))
        else:
            merged.append(sentence)
    return [*merged, *chain(*of_entities.values())]

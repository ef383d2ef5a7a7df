"""Texts with their entities as lines: marks inside of the text, and IOB2 columns."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from ..corpus.span_columns import writer
from ..text.sentence import WHITESPACE, Entity, Sentence, Word
from .sentences import split_texts
from .tagged import TaggedTexts, encode

_ESCAPES = str.maketrans({"[": "\\[", "]": "\\]", "\\": "\\\\", "\n": "\\n"})


def write_inline(tagged: TaggedTexts) -> bytes:
    """A line per text or, by sentence, per sentence, with its entities as `[北京/LOC]`. Brackets and backslashes of the
    text have a backslash before them, and a line feed is written as `\\n`."""
    return encode("".join(map(mark, _sentences(tagged))))


def mark(sentence: Sentence) -> str:
    """The text of a sentence with marks around its entities, as a line."""
    parts, end = list[str](), 0
    for form, label, start, stop in sentence.entities:
        parts.append(f"{_escape(sentence.text[end:start])}[{_escape(form)}/{label}]")
        end = stop
    return "".join([*parts, _escape(sentence.text[end:]), "\n"])


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)


def write_iob2(tagged: TaggedTexts) -> bytes:
    """For each text or, by sentence, for each sentence a comment with the text, a line of unit and tag for each of its
    characters or given words, and an empty line."""
    write: Callable[[Sentence], str] = writer("iob2")
    return encode("".join(map(write, _sentences(tagged))))


def _sentences(tagged: TaggedTexts) -> Iterator[Sentence]:
    """The texts with their entities and, if these are entities of given words, with the words that spaces separate."""
    split = split_texts(tagged)[0] if tagged.by_sentence else tagged
    spans = split.spans
    starts, ends = (column.tolist() for column in spans.offsets())
    labels = [str(split.pos[i]) for i in spans.pos.tolist()]
    entities = list(map(Entity, spans.forms(), labels, starts, ends))
    for text, (first, last) in zip(split.texts, pairwise(spans.firsts.tolist()), strict=True):
        yield Sentence(text, tuple(_words(text)) if split.given_words else (), (), tuple(entities[first:last]))


def _words(text: str) -> Iterator[Word]:
    """The parts of a text between white space."""
    is_space = np.array([True, *(char in WHITESPACE for char in text), True])
    edges = np.flatnonzero(is_space[:-1] != is_space[1:])
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield Word(text[start:end], None, start, end)

"""Annotation without its text: where each sentence lies in a folder of texts, and the words or the entities in it.

A record is a line of five parts, with tabs between them: the name of the text file without its suffix, the number of
the line from 1, the code point at which the sentence begins in that line, the first 16 hexadecimal digits of the
SHA-256 of the sentence, and what is annotated. Words are `2NOUN 1PUNCT`: length in code points and UPOS tag of each;
white space between words is not recorded. Entities are `9 0-2PER 3-7ORG`: the length of the sentence, then start, end
and type of each, if there are any.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import CorpusError
from ..files.lines import COMPRESSED, Line, lines
from ..text.sentence import WHITESPACE, Entity, Sentence, Word
from .reading import ReadOptions

STANDOFF = "standoff"
VARIABLE = "TAGGER_DATA"
FOLDER = "raw-zh"


class Origin(NamedTuple):
    """Where a sentence lies: the name of a text file without suffix, the line from 1, the code point in the line."""

    source: str
    line: int
    start: int


class Record(NamedTuple):
    """An annotated sentence without its text: pairs of length and tag of its words, or, of a sentence of `length` code
    points, starts, ends and types of its entities."""

    origin: Origin
    digest: str
    words: tuple[tuple[int, str], ...] = ()
    length: int | None = None
    entities: tuple[tuple[int, int, str], ...] = ()


def record_of(sentence: Sentence, origin: Origin) -> str:
    """The line that stands for a sentence whose words all have a tag and whose text begins and ends with a word, or for
    the annotated entities of one."""
    parts = [f"{len(word.form)}{word.pos}" for word in sentence.words]
    if sentence.entities_annotated:
        parts = [str(len(sentence.text)), *(f"{e.start}-{e.end}{e.label}" for e in sentence.entities)]
    return "\t".join((*map(str, origin), _digest(sentence.text), " ".join(parts))) + "\n"


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of records, with the text from the folder `raw-zh` of `TAGGER_DATA`, in order of the records.

    Raises CorpusError with file and line for a record that cannot be read, when the variable or a text file is
    missing, and when a text is not the one that was annotated.
    """
    records = {number: _parse(text, f"{options.name}:{number}") for number, text in source if text}
    texts = _texts([record.origin for record in records.values()], options.name)
    for number, record in records.items():
        yield _attach(record, texts.get(record.origin, ""), f"{options.name}:{number}", options.with_tags)


_WORD = re.compile(r"([0-9]+)([A-Z]+)")
_ENTITY = re.compile(r"([0-9]+)-([0-9]+)(\D\S*)")


def _parse(text: str, place: str) -> Record:
    try:
        name, line, start, digest, annotation = text.split("\t")
        origin = Origin(name, int(line), int(start))
        first, *rest = annotation.split()
        if first.isdecimal():
            spans = [_match(_ENTITY, span) for span in rest]
            entities = tuple((int(begin), int(end), label) for begin, end, label in spans)
            return Record(origin, digest, length=int(first), entities=entities)
        pairs = [_match(_WORD, word) for word in (first, *rest)]
        return Record(origin, digest, tuple((int(length), tag) for length, tag in pairs))
    except ValueError:
        raise CorpusError(
            f"{place}: expected file, line, start, digest and words such as 2NOUN, or length and entities such as "
            f"9 0-2PER, with tabs between, got {text!r}; correct the line"
        ) from None


def _match(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """The groups of a pattern that matches the whole text. Raises ValueError when it does not."""
    if not (match := pattern.fullmatch(text)):
        raise ValueError(text)
    return match.groups()


def _texts(origins: list[Origin], name: str) -> Mapping[Origin, str]:
    """The rest of the line from each origin on: every text file is read once, up to the last line that is needed."""
    root = os.environ.get(VARIABLE, "")
    if origins and not root:
        raise CorpusError(f"{name}: expected the folder of its texts in {VARIABLE}, got none; set {VARIABLE}=FOLDER")
    texts: dict[Origin, str] = {}
    for source in dict.fromkeys(origin.source for origin in origins):
        wanted: dict[int, list[Origin]] = {}
        for origin in origins:
            if origin.source == source:
                wanted.setdefault(origin.line, []).append(origin)
        for number, text in lines(_file(Path(root, FOLDER), source)):
            for origin in wanted.pop(number, ()):
                texts[origin] = text[origin.start :]
            if not wanted:
                break
    return texts


def _file(folder: Path, source: str) -> Path:
    names = [f"{source}.txt{suffix}" for suffix in ("", *COMPRESSED)]
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise CorpusError(
        f"{folder}: expected {' or '.join(names)}, found none; {VARIABLE} is the folder that holds {FOLDER}"
    )


def _attach(record: Record, rest: str, place: str, with_tags: bool) -> Sentence:
    """The sentence of a record in the rest of its line."""
    words: list[Word] = []
    end = record.length or 0
    for length, tag in record.words:
        start = end
        while rest[start : start + 1] in WHITESPACE and start < len(rest):
            start += 1
        end = start + length
        words.append(Word(rest[start:end], tag if with_tags else None, start, end))
    text = rest[:end]
    if _digest(text) != record.digest:
        source, line, _ = record.origin
        raise CorpusError(
            f"{place}: expected the text that was annotated in line {line} of {source}, got {rest[:20]!r}…; "
            "use the version of the texts that the annotation names"
        )
    edges = [0, *(edge for entity in record.entities for edge in entity[:2]), len(text)]
    if edges != sorted(edges) or any(start == end for start, end, _ in record.entities):
        raise CorpusError(
            f"{place}: expected entities inside the {len(text)} characters of the sentence, in order and not "
            f"overlapping, got {record.entities}; correct the line"
        )
    entities = tuple(Entity(text[start:end], label, start, end) for start, end, label in record.entities)
    return Sentence(text, tuple(words), entities=entities, entities_annotated=record.length is not None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

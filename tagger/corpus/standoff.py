"""Annotation without its text: where each sentence lies in a folder of texts, and the words in it.

A record is a line of five parts, with tabs between them: the name of the text file without its suffix, the number of
the line from 1, the code point at which the sentence begins in that line, the first 16 hexadecimal digits of the
SHA-256 of the sentence, and its words as `2NOUN 1PUNCT`: length in code points and UPOS tag of each. White space
between words is not recorded.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import CorpusError
from ..files.lines import COMPRESSED, Line, lines
from ..text.sentence import WHITESPACE, Sentence, Word
from .reading import ReadOptions

VARIABLE = "TAGGER_DATA"
FOLDER = "raw-zh"


class Origin(NamedTuple):
    """Where a sentence lies: the name of a text file without suffix, the line from 1, the code point in the line."""

    source: str
    line: int
    start: int


class Record(NamedTuple):
    """An annotated sentence without its text. `words` are pairs of length and tag."""

    origin: Origin
    digest: str
    words: tuple[tuple[int, str], ...]


def record_of(sentence: Sentence, origin: Origin) -> str:
    """The line that stands for a sentence whose words all have a tag and whose text begins and ends with a word."""
    words = " ".join(f"{len(word.form)}{word.pos}" for word in sentence.words)
    return "\t".join((*map(str, origin), _digest(sentence.text), words)) + "\n"


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of records, with the text from the folder `raw-zh` of `TAGGER_DATA`, in order of the records.

    Raises CorpusError with file and line for a record that cannot be read, when the variable or a text file is
    missing, and when a text is not the one that was annotated.
    """
    records = {number: _parse(text, f"{options.name}:{number}") for number, text in source if text}
    texts = _texts([record.origin for record in records.values()], options.name)
    for number, record in records.items():
        yield _attach(record, texts.get(record.origin, ""), f"{options.name}:{number}", options.with_tags)


def _parse(text: str, place: str) -> Record:
    parts = text.split("\t")
    try:
        name, line, start, digest, words = parts
        pairs = tuple(
            (int(word.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), word.lstrip("0123456789")) for word in words.split()
        )
        return Record(Origin(name, int(line), int(start)), digest, pairs)
    except ValueError:
        raise CorpusError(
            f"{place}: expected file, line, start, digest and words such as 2NOUN, with tabs between, got {text!r}; "
            "correct the line"
        ) from None


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
    end = 0
    for length, tag in record.words:
        start = end
        while rest[start : start + 1] in WHITESPACE and start < len(rest):
            start += 1
        end = start + length
        words.append(Word(rest[start:end], tag if with_tags else None, start, end))
    if _digest(rest[:end]) != record.digest:
        source, line, _ = record.origin
        raise CorpusError(
            f"{place}: expected the text that was annotated in line {line} of {source}, got {rest[:20]!r}…; "
            "use the version of the texts that the annotation names"
        )
    return Sentence(rest[:end], tuple(words))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

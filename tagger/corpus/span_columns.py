"""Corpora of a unit (a word or a character) and its columns a line, of which one holds the tags of spans."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import WHITESPACE, Entity, Sentence, Word
from ..text.span_tags import SCHEMES, Span, find_fault, read_spans, recognize, split_tag, write_tags
from .columns import cells_of, is_document_mark
from .lines import SPACES
from .reading import Reader, ReadOptions
from .spacing import between

TEXT = "# text = "
CHARACTERS = 0.9  # in a file in which so many units are single characters, all of them are parts of words

NUMBERED = re.compile("[^0-9][0-9]|[0-9]{2}")  # of Weibo NER: a character and its place in a word, `科0`, `技1`


@dataclass
class _Rows:
    """The units of a sentence with their tags, the lines that they stand on, and its text if a comment gives it."""

    forms: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    text: str | None = None


def reader(scheme: str | None) -> Reader:
    """A reader of sentences that empty lines separate, with tags in a scheme; None recognizes the scheme by the tags.

    Units are in column 1, or in column 2 after numbers. Tags are in the last column that has tags of spans, or in the
    one that `options.tag` numbers from 1. A unit of white space is a part of the text and no word. It raises
    CorpusError with file and line for tags that are illegal in the scheme, and for the digits of Weibo NER, which are
    no text.
    """

    def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
        sentences = list(_sentences(source, options))
        chosen = scheme or recognize(rows.tags for rows in sentences)
        forms = [form for rows in sentences for form in rows.forms]
        if len(forms) > 1 and all(map(NUMBERED.fullmatch, forms)):
            raise CorpusError(
                f"{options.name}: expected characters or words, got a character and a digit in every line, as "
                f"{forms[0]!r}; cut the digits off: sed -E 's/^(.)[0-9]/\\1/' {options.name} > NEW"
            )
        are_characters = sum(len(form) == 1 for form in forms) > CHARACTERS * len(forms)
        for rows in sentences:
            yield _sentence(rows, chosen, options.name, are_characters=are_characters)

    return read


def _sentences(source: Iterable[Line], options: ReadOptions) -> Iterator[_Rows]:
    """The units of each sentence. Raises CorpusError for lines without a unit or a tag."""
    rows, lines = _Rows(), list(source)
    if not any(line.strip(SPACES) for _, line in lines):
        return
    place = _columns(lines, options)
    for number, line in lines:
        if is_document_mark(line):
            continue
        if line.startswith("# ") and "\t" not in line:
            rows.text = line.removeprefix(TEXT).rstrip("\r") if line.startswith(TEXT) else rows.text
        elif line.strip(SPACES):
            form, tag = _cells(line, f"{options.name}:{number}", *place)
            rows.forms.append(form)
            rows.tags.append(tag)
            rows.numbers.append(number)
        elif rows.forms:
            yield rows
            rows = _Rows()
    if rows.forms:
        yield rows


def _columns(lines: Sequence[Line], options: ReadOptions) -> tuple[int, int]:
    """The columns, from 0, of units and tags. Raises CorpusError where no column has tags of spans."""
    rows = [cells_of(line) for _, line in lines[:500] if line.strip(SPACES) and not line.startswith("# ")]
    rows = [cells for cells in rows if len(cells) > 1 and not is_document_mark(cells[0])]
    is_numbered = bool(rows) and all(cells[0].isdecimal() and len(cells) > 2 for cells in rows)
    if options.tag.isdecimal():
        return int(is_numbered), int(options.tag) - 1
    width = min(map(len, rows), default=0)
    columns = [n for n in range(1 + is_numbered, width) if all(split_tag(cells[n])[0] for cells in rows)]
    if not columns:
        raise CorpusError(
            f"{options.name}: expected a column of tags such as O, B-PER and I-PER, found none; give tag=NUMBER of the "
            "column, or another format="
        )
    return int(is_numbered), columns[-1]


def _cells(line: str, place: str, unit: int, tag: int) -> tuple[str, str]:
    cells = cells_of(line)
    if len(cells) == tag and split_tag(cells[-1])[0]:  # white space before the first column was the unit
        return " ", cells[-1]
    if len(cells) <= tag:
        raise CorpusError(
            f"{place}: expected a tag in column {tag + 1}, got {len(cells)} columns; use tag=NUMBER of another column"
        )
    return cells[unit] or " ", cells[tag]


def _sentence(rows: _Rows, scheme: str, name: str, *, are_characters: bool) -> Sentence:
    """The sentence of some units. Raises CorpusError with the line of an illegal tag."""
    if fault := find_fault(rows.tags, scheme):
        raise CorpusError(_describe(rows, scheme, fault.place, fault.expected, name))
    words = _words(rows, f"{name}:{rows.numbers[0]}", are_characters=are_characters)
    text = rows.text if rows.text is not None else _text(rows.forms, are_characters=are_characters)
    entities = (
        trimmed(text, words[start].start, words[end - 1].end, label)
        for start, end, label in read_spans(rows.tags, scheme)
    )
    units = tuple(word for word in words if word.form not in WHITESPACE)
    return Sentence(text, units, (), tuple(entity for entity in entities if entity), entities_annotated=True)


def _describe(rows: _Rows, scheme: str, place: int, expected: str, name: str) -> str:
    tag = rows.tags[place]
    others = [other for other in SCHEMES if other != scheme and find_fault(rows.tags, other) is None]
    remedy = f"give format={' or '.join(others)}" if others else "correct the tag"
    before = f" after {rows.tags[place - 1]}" if place else " at the start of a sentence"
    return f"{name}:{rows.numbers[place]}: expected {expected}{before} in {scheme}, got {tag!r}; {remedy}"


def _text(forms: Sequence[str], *, are_characters: bool) -> str:
    gaps = [""] * (len(forms) + 1) if are_characters else between(forms)
    return "".join(part for pair in zip(gaps, [*forms, ""], strict=True) for part in pair)


def _words(rows: _Rows, place: str, *, are_characters: bool) -> list[Word]:
    """The units with their offsets in the text. Raises CorpusError for a text in a comment that does not have them."""
    if rows.text is None:
        gaps = [""] * len(rows.forms) if are_characters else between(rows.forms)[:-1]
        ends = list(accumulate(len(gap) + len(form) for gap, form in zip(gaps, rows.forms, strict=True)))
        return [Word(form, None, end - len(form), end) for form, end in zip(rows.forms, ends, strict=True)]
    words, end = [], 0
    for form in rows.forms:
        start = rows.text.find(form, end)
        if start < 0:
            raise CorpusError(
                f"{place}: expected {form!r} in the text of the comment, {rows.text!r}; correct one of them"
            )
        end = start + len(form)
        words.append(Word(form, None, start, end))
    return words


def trimmed(text: str, start: int, end: int, label: str) -> Entity | None:
    """The entity without white space around it; None if it holds nothing else."""
    form = text[start:end].strip(SPACES)
    start += len(text[start:end]) - len(text[start:end].lstrip(SPACES))
    return Entity(form, label, start, start + len(form)) if form else None


def writer(scheme: str) -> Callable[[Sentence], str]:
    """A writer of a comment with the text, and a line of unit and tag for each word, or for each character of a text
    without words; then an empty line."""

    def write(sentence: Sentence) -> str:
        units = list(sentence.words) or [
            Word(char, None, place, place + 1) for place, char in enumerate(sentence.text) if char not in WHITESPACE
        ]
        rows = [f"{unit.form}\t{tag}\n" for unit, tag in zip(units, tags_of(sentence, units, scheme), strict=True)]
        if any(char in sentence.text for char in "\n\t"):
            raise CorpusError(f"expected a text without line feeds and tabs, got {sentence.text!r}; use format=jsonl")
        return "".join([f"{TEXT}{sentence.text}\n", *rows, "\n"])

    return write


def tags_of(sentence: Sentence, units: Sequence[Word], scheme: str) -> list[str]:
    """The tags of the units of a sentence in a scheme. Raises CorpusError for an entity that ends inside of a unit."""
    return write_tags(spans_over(sentence, units), len(units), scheme) if units else []


def spans_over(sentence: Sentence, units: Sequence[Word]) -> list[Span]:
    """The entities of a sentence as spans over its units. Raises CorpusError for one that ends inside of a unit."""
    starts = {unit.start: place for place, unit in enumerate(units)}
    ends = {unit.end: place for place, unit in enumerate(units, 1)}
    spans = []
    for entity in sentence.entities:
        if entity.start not in starts or entity.end not in ends:
            raise CorpusError(
                f"expected entities that begin and end with words, got {entity.form!r} in {sentence.text!r}; correct "
                "the words, or train over characters: data=files"
            )
        spans.append(Span(starts[entity.start], ends[entity.end], entity.label))
    return spans

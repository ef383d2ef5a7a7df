"""Corpora: read and write, one sentence at a time, in the formats that treebanks and bakeoffs use."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Literal

from . import conllu
from .errors import CorpusError
from .files import publishing
from .stream import COMPRESSED, Line, lines, open_text
from .text import WHITESPACE, Sentence, Word

SUFFIXES = {
    ".conllu": "conllu", ".conll": "columns", ".tsv": "columns", ".col": "columns", ".seg": "segmented",
    ".utf8": "segmented", ".txt": "segmented", ".slash": "slash", ".pos": "slash", ".jsonl": "jsonl",
}  # fmt: skip
_SPACE = "".join(sorted(WHITESPACE))
_TOKEN = re.compile(f"[^{re.escape(_SPACE)}]+")


def format_of(path: Path) -> str | None:
    """The format that a file's name stands for, its compression aside."""
    return SUFFIXES.get((path.with_suffix("") if path.suffix in COMPRESSED else path).suffix)


def read(
    path: str | Path, *, format: str | None = None, tag: str = "upos", spaces: Literal["collapse", "exact"] = "collapse"
) -> Iterator[Sentence]:
    """Sentences of a file, or of the files in a folder in order of their names.

    `format` is `conllu`, `columns`, `segmented`, `slash`, `underscore` or `jsonl`; None goes by the name.
    `tag` is `upos`, `xpos`, `none`, or for `columns` a column number from 1. `spaces` says what several
    spaces between the words of a line mean: a separator, or (`exact`, as this module writes) one
    separator and the spaces of the text. Raises CorpusError with file and line.
    """
    path = Path(path)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.is_file() and format_of(file))
        if not found:
            raise CorpusError(f"{path}: expected corpus files ({', '.join(SUFFIXES)}) in the folder, found none")
        for file in found:
            yield from read(file, format=format, tag=tag, spaces=spaces)
        return
    chosen = format or format_of(path)
    if chosen not in READERS:
        raise CorpusError(
            f"{path}: expected format {', '.join(READERS)}, or a name that ends in {', '.join(SUFFIXES)}, "
            f"got {chosen!r}; give format="
        )
    if tag not in ("upos", "xpos", "none") and not (chosen == "columns" and tag.isdecimal() and int(tag) > 0):
        raise CorpusError(f"{path}: expected tag upos, xpos, none (or, for columns, a number from 1), got {tag!r}")
    yield from READERS[chosen](lines(path), str(path), tag, spaces == "exact")


def _conllu(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    return conllu.read(source, name, tag)


def _columns(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    column = None if tag == "none" else int(tag) - 1 if tag.isdecimal() else {"upos": 1, "xpos": 2}[tag]
    forms: list[str] = []
    tags: list[str | None] = []
    for number, line in source:
        cells = line.split("\t") if "\t" in line else line.split()
        cells = [cell.strip(_SPACE) for cell in cells]
        if any(cells):
            if column is not None and (len(cells) <= column or not cells[column]):
                raise CorpusError(
                    f"{name}:{number}: expected a tag in column {column + 1}, got {len(cells)} columns; "
                    "use tag=NUMBER of another column, or tag=none"
                )
            forms.append(cells[0])
            tags.append(None if column is None else cells[column])
        elif forms:
            yield Sentence.from_forms(forms, tags)
            forms, tags = [], []
    if forms:
        yield Sentence.from_forms(forms, tags)


def _tokens(line: str, exact: bool) -> tuple[list[str], list[str]]:
    """The words of a line and the gaps of the text around them."""
    matches = list(_TOKEN.finditer(line))
    forms = [match.group() for match in matches]
    gaps = [""] * (len(forms) + 1)
    if exact and matches:
        gaps[0], gaps[-1] = line[: matches[0].start()], line[matches[-1].end() :]
        for i, (left, right) in enumerate(pairwise(matches), 1):
            gaps[i] = line[left.end() + 1 : right.start()]  # after the one separator
    return forms, gaps


def _segmented(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    for line in source:
        forms, gaps = _tokens(line.text, exact)
        if forms:
            yield Sentence.from_forms(forms, gaps=gaps)


def _joined(mark: str) -> Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]:
    def reader(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
        for number, line in source:
            tokens, gaps = _tokens(line, exact)
            parts = [token.rpartition(mark) for token in tokens]
            for token, (form, _, pos) in zip(tokens, parts, strict=True):
                if not form or not pos:
                    raise CorpusError(
                        f"{name}:{number}: expected word{mark}POS, got {token!r}; "
                        "use format=segmented for untagged text"
                    )
            if parts:
                tags = [None if tag == "none" else pos for _, _, pos in parts]
                yield Sentence.from_forms([form for form, _, _ in parts], tags, gaps=gaps)

    return reader


def _jsonl(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    for number, line in source:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            sentence = _from_json(value)
            fault = sentence.fault()
        except json.JSONDecodeError as error:
            raise CorpusError(
                f"{name}:{number}: expected a JSON object, got an error at column {error.colno}: {error.msg}"
            ) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            raise CorpusError(
                f'{name}:{number}: expected {{"text": …, "words": [{{"form", "pos", "start", "end"}}, …]}} or '
                f'{{"words": [form, …], "tags": [tag, …]}}, got a line with a fault ({fault}); correct it'
            )
        if tag == "none":
            sentence = Sentence(
                sentence.text, tuple(word._replace(pos=None) for word in sentence.words), sentence.comments
            )
        yield sentence


def _from_json(value: dict[str, Any]) -> Sentence:
    words = value["words"]
    if "text" not in value:
        return Sentence.from_forms(words, value.get("tags"))
    found = tuple(Word(str(w["form"]), w.get("pos"), int(w["start"]), int(w["end"])) for w in words)
    return Sentence(str(value["text"]), found, tuple(value.get("comments", ())))


READERS: dict[str, Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]] = {
    "conllu": _conllu, "columns": _columns, "segmented": _segmented,
    "slash": _joined("/"), "underscore": _joined("_"), "jsonl": _jsonl,
}  # fmt: skip


def _write_line(sentence: Sentence, form: Callable[[Word], str]) -> str:
    gaps, tokens = sentence.gaps, []
    if "\n" in sentence.text:
        raise CorpusError(f"expected a text on one line, got {sentence.text!r}; use format=jsonl")
    for word in sentence.words:
        if not WHITESPACE.isdisjoint(word.form):
            raise CorpusError(f"expected words without whitespace, got {word.form!r}; use format=conllu or jsonl")
        tokens.append(form(word))
    parts = [gaps[0]]
    for i, token in enumerate(tokens):
        parts += (" " if i else ""), (gaps[i] if i else ""), token
    return "".join([*parts, gaps[-1] if tokens else "", "\n"])


def _mark(mark: str) -> Callable[[Word], str]:
    def form(word: Word) -> str:
        if word.pos is None:
            raise CorpusError(f"expected a POS on every word, got none on {word.form!r}; use format=segmented")
        return f"{word.form}{mark}{word.pos}"

    return form


def _write_json(sentence: Sentence) -> str:
    value: dict[str, Any] = {"text": sentence.text, "words": [word._asdict() for word in sentence.words]}
    if sentence.comments:
        value["comments"] = sentence.comments
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # lone surrogates survive as escapes
        line = json.dumps(value)
    return line + "\n"


def _write_columns(sentence: Sentence) -> str:
    return "".join(f"{word.form}\t{word.pos or '_'}\n" for word in sentence.words) + "\n"


WRITERS: dict[str, Callable[[Sentence], str]] = {
    "conllu": conllu.write,
    "columns": _write_columns,
    "segmented": lambda sentence: _write_line(sentence, lambda word: word.form),
    "slash": lambda sentence: _write_line(sentence, _mark("/")),
    "underscore": lambda sentence: _write_line(sentence, _mark("_")),
    "jsonl": _write_json,
}


def format_sentence(sentence: Sentence, format: str) -> str:
    """A sentence as text that ends in a line feed. `jsonl` and `conllu` keep everything; the line formats
    write one separator, then the text's own spaces; `columns` drops spaces. Raises CorpusError for what the
    format cannot hold."""
    if format not in WRITERS:
        raise CorpusError(f"expected format {', '.join(WRITERS)}, got {format!r}")
    return WRITERS[format](sentence)


def write(sentences: Iterable[Sentence], target: str | Path | IO[str], *, format: str | None = None) -> None:
    """Write a file (whole or not at all, compressed by suffix) or to an open text stream."""
    if not isinstance(target, str | Path):
        target.writelines(format_sentence(sentence, format or "conllu") for sentence in sentences)
        return
    path = Path(target)
    chosen = format or format_of(path)
    if chosen is None:
        raise CorpusError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}; give format=")
    with publishing(path) as temporary, open_text(temporary) as file:
        file.writelines(format_sentence(sentence, chosen) for sentence in sentences)

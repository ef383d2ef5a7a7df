"""Corpora: read and write, one sentence at a time, in the formats that treebanks and bakeoffs use."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Literal

from . import conllu, partial
from .errors import CorpusError
from .files import publishing
from .stream import COMPRESSED, Line, lines, open_text
from .text import WHITESPACE, Sentence, Word

SUFFIXES = {
    ".conllu": "conllu", ".conll": "columns", ".tsv": "columns", ".col": "columns", ".seg": "segmented",
    ".utf8": "segmented", ".txt": "segmented", ".slash": "slash", ".pos": "slash", ".jsonl": "jsonl",
    ".partial": "partial",
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

    `format` is `conllu`, `conllu_words` (syntactic words), `columns`, `segmented`, `slash`, `underscore`,
    `jsonl` or `partial` (whose sentences are `Partial`: see there); None goes by the name.
    `tag` is `upos`, `xpos`, `none`, or for `columns` a column number from 1. `spaces` says what several
    spaces between the words of a line mean: a separator, or (`exact`, as this module writes) one
    separator and the spaces of the text. Raises CorpusError with file and line.
    """
    path = Path(path)
    if path.is_dir():
        for file in _files(path, format):
            yield from read(file, format=format, tag=tag, spaces=spaces)
        return
    chosen = format or format_of(path)
    if chosen not in READERS:
        raise CorpusError(
            f"{path}: expected format {', '.join(READERS)}, or a name that ends in {', '.join(SUFFIXES)}, "
            f"got {chosen!r}; give format="
        )
    if tag not in ("upos", "xpos", "none") and not (chosen == "columns" and tag.isdecimal() and int(tag) > 0):
        raise CorpusError(
            f"{path}: expected tag upos, xpos, none (or, for columns, a number from 1), got {tag!r}; choose one of them"
        )
    if spaces not in ("collapse", "exact"):
        raise CorpusError(f"{path}: expected spaces collapse or exact, got {spaces!r}; choose one of the two")
    yield from READERS[chosen](lines(path), str(path), tag, spaces == "exact")


def _files(folder: Path, format: str | None) -> list[Path]:
    """A folder's corpus files of one format: half-written (hidden) files and a LICENSE.txt beside are none."""
    known = sorted(file for file in folder.iterdir() if file.name[0] != "." and file.is_file() and format_of(file))
    if not known:
        raise CorpusError(
            f"{folder}: expected corpus files ({', '.join(SUFFIXES)}) in the folder, found none; name the file"
        )
    examples = {format_of(file): file.name for file in known}
    if format is None and len(examples) > 1:
        raise CorpusError(
            f"{folder}: expected files of one format, got {', '.join(f'{f} ({n})' for f, n in examples.items())}; "
            "give format=, or name the file"
        )
    return [file for file in known if format not in examples or format_of(file) == format]


def _conllu(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    return conllu.read(source, name, tag)


def _conllu_words(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    return conllu.read(conllu.without_tokens(source), name, tag)


def _columns(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    column = None if tag == "none" else int(tag) - 1 if tag.isdecimal() else {"upos": 1, "xpos": 2}[tag]
    forms: list[str] = []
    tags: list[str | None] = []
    for number, line in source:
        cells = line.split("\t") if "\t" in line else _TOKEN.findall(line)
        cells = [cell.strip(_SPACE) for cell in cells]
        if any(cells):
            if not cells[0]:
                raise CorpusError(
                    f"{name}:{number}: expected a word in column 1, got none in {line!r}; delete the line or write it"
                )
            if column is not None and (len(cells) <= column or cells[column] in ("", "_")):
                raise CorpusError(
                    f"{name}:{number}: expected a tag in column {column + 1}, got "
                    f"{repr(cells[column]) if column < len(cells) else f'{len(cells)} columns'}; "
                    "use tag=NUMBER of another column, or tag=none"
                )
            forms.append(cells[0])
            tags.append(None if column is None else cells[column])
        elif forms:
            yield Sentence.from_forms(forms, tags)
            forms, tags = [], []
    if forms:
        yield Sentence.from_forms(forms, tags)


def _partial(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    return partial.read(source, name, tag)


def _tokens(line: str, exact: bool, place: str) -> tuple[list[str], list[str]]:
    """The words of a line and the gaps of the text around them."""
    matches = list(_TOKEN.finditer(line))
    forms = [match.group() for match in matches]
    gaps = [""] * (len(forms) + 1)
    if exact and matches:
        gaps[0], gaps[-1] = line[: matches[0].start()], line[matches[-1].end() :]
        for i, (left, right) in enumerate(pairwise(matches), 1):
            if (separator := line[left.end()]) != " ":
                raise CorpusError(
                    f"{place}: expected a space after {left.group()!r}, got {separator!r}; use spaces=collapse"
                )
            gaps[i] = line[left.end() + 1 : right.start()]
    return forms, gaps


def _segmented(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    for number, line in source:
        forms, gaps = _tokens(line, exact, f"{name}:{number}")
        if forms:
            yield Sentence.from_forms(forms, gaps=gaps)


def _joined(mark: str) -> Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]:
    def reader(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
        for number, line in source:
            tokens, gaps = _tokens(line, exact, f"{name}:{number}")
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
        if tag == "none":
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
    found = [Word(w["form"], w.get("pos"), w["start"], w["end"]) for w in words]
    _all([value["text"], *(word.form for word in found)], str)
    _all([word.pos for word in found], str, type(None))
    _all([edge for word in found for edge in (word.start, word.end)], int)
    return Sentence(value["text"], tuple(found), tuple(comments))


def _all(values: Any, *kinds: type) -> list[Any]:
    """`values`, a list of these kinds. JSON that is of another would be taken silently: "ab" for ["a", "b"]."""
    if not isinstance(values, list):
        raise TypeError(f"{values!r:.80} is not a list")
    for value in values:
        if type(value) not in kinds:
            raise TypeError(f"{value!r:.80} is not {' or '.join(kind.__name__ for kind in kinds)}")
    return values


READERS: dict[str, Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]] = {
    "conllu": _conllu, "conllu_words": _conllu_words, "columns": _columns, "segmented": _segmented,
    "slash": _joined("/"), "underscore": _joined("_"), "jsonl": _jsonl, "partial": _partial,
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
        if not word.pos or mark in word.pos or not WHITESPACE.isdisjoint(word.pos):
            raise CorpusError(
                f"expected a POS without {mark!r} and whitespace, got {word.pos!r} on {word.form!r}; "
                "use format=conllu or jsonl"
            )
        return f"{word.form}{mark}{word.pos}"

    return form


def _write_json(sentence: Sentence) -> str:
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


def _write_columns(sentence: Sentence) -> str:
    rows = []
    for form, pos, _, _ in sentence.words:
        for cell in (form, pos or "_"):
            if cell.strip(_SPACE) != cell or not {"\t", "\n"}.isdisjoint(cell):
                raise CorpusError(
                    f"expected words and tags without tabs, line feeds and outer spaces, got {cell!r}; use format=jsonl"
                )
        rows.append(f"{form}\t{pos or '_'}\n")
    return "".join([*rows, "\n"])


WRITERS: dict[str, Callable[[Sentence], str]] = {
    "conllu": conllu.write,
    "columns": _write_columns,
    "segmented": lambda sentence: _write_line(sentence, lambda word: word.form),
    "slash": lambda sentence: _write_line(sentence, _mark("/")),
    "underscore": lambda sentence: _write_line(sentence, _mark("_")),
    "jsonl": _write_json,
    "partial": partial.write,
}


def format_sentence(sentence: Sentence, format: str) -> str:
    """A sentence as text that ends in a line feed. `jsonl` and `conllu` keep everything; the line formats
    write one separator, then the text's own spaces; `columns` drops spaces. Raises CorpusError for what the
    format cannot hold."""
    if format not in WRITERS:
        raise CorpusError(f"expected format {', '.join(WRITERS)}, got {format!r}; choose one of them")
    text = WRITERS[format](sentence)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"expected text that UTF-8 can hold, got {text[error.start]!r} in {sentence.text!r}; use format=jsonl"
        ) from None
    return text


def _written(sentences: Iterable[Sentence], format: str, name: str) -> Iterator[str]:
    for number, sentence in enumerate(sentences, 1):
        try:
            text = format_sentence(sentence, format)
        except CorpusError as error:
            raise CorpusError(f"{name}: sentence {number}: {error}") from None
        # Readers drop a byte order mark at a file's start: a word that begins with one needs another.
        yield "\ufeff" + text if number == 1 and text.startswith("\ufeff") else text


def write(sentences: Iterable[Sentence], target: str | Path | IO[str], *, format: str | None = None) -> None:
    """Write a file (whole or not at all, compressed by suffix) or to an open text stream."""
    if not isinstance(target, str | Path):
        name = getattr(target, "name", None)
        target.writelines(_written(sentences, format or "conllu", name if isinstance(name, str) else "<stream>"))
        return
    path = Path(target)
    chosen = format or format_of(path)
    if chosen is None:
        raise CorpusError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}; give format=")
    with publishing(path) as temporary, open_text(temporary) as file:
        file.writelines(_written(sentences, chosen, str(path)))

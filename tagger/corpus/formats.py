"""Corpora: read and write, one sentence at a time, in the formats that treebanks and bakeoffs use."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Literal

from ..errors import CorpusError
from ..files.atomic import publishing
from ..files.lines import COMPRESSED, Line, lines, open_text
from ..text.sentence import Sentence
from . import conllu, partial
from .columns import _columns, _write_columns
from .jsonl import _jsonl, _write_json
from .lines import _joined, _mark, _segmented, _write_line

SUFFIXES = {
    ".conllu": "conllu", ".conll": "columns", ".tsv": "columns", ".col": "columns", ".seg": "segmented",
    ".utf8": "segmented", ".txt": "segmented", ".slash": "slash", ".pos": "slash", ".jsonl": "jsonl",
    ".partial": "partial",
}  # fmt: skip


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


def _partial(source: Iterable[Line], name: str, tag: str, exact: bool) -> Iterator[Sentence]:
    return partial.read(source, name, tag)


READERS: dict[str, Callable[[Iterable[Line], str, str, bool], Iterator[Sentence]]] = {
    "conllu": _conllu, "conllu_words": _conllu_words, "columns": _columns, "segmented": _segmented,
    "slash": _joined("/"), "underscore": _joined("_"), "jsonl": _jsonl, "partial": _partial,
}  # fmt: skip
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

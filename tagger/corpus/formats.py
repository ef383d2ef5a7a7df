"""The formats of annotated corpora, by name: read and write, one sentence at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeVar

from ..errors import CorpusError
from ..files.atomic import publishing
from ..files.lines import COMPRESSED, Line, lines, open_text
from ..text.partial import Partial
from ..text.sentence import Sentence
from ..text.span_tags import SCHEMES
from . import columns, conllu, jsonl, numbered, partial, pfr, recognition, span_columns, span_json, spans, standoff
from . import lines as line_formats
from .reading import Reader, ReadOptions, Writer

Item = TypeVar("Item", Sentence, Partial)
ENCODING_REMEDY = "give encoding=gb18030, utf-16 or what the file is in, or convert it to UTF-8"
PARTIAL = "partial"  # the one format whose sentences are not fully annotated


class Format(NamedTuple):
    """A format of fully annotated sentences: its reader and its writer, which both stream (None: the format cannot
    be read, or written, as such), the suffixes of file names that stand for it, and whether the option `tag` may be the
    number of a column."""

    read: Reader | None
    write: Writer | None
    suffixes: tuple[str, ...] = ()
    has_columns: bool = False


FORMATS = {
    "conllu": Format(conllu.read, conllu.write, (".conllu",)),
    "conllu_words": Format(conllu.read_words, None),
    "columns": Format(columns.read, columns.write, (".conll", ".tsv", ".col"), has_columns=True),
    "conllx": Format(numbered.reader(numbered.CONLLX), None, has_columns=True),
    "conll2009": Format(numbered.reader(numbered.CONLL2009), None, has_columns=True),
    "conll2012": Format(numbered.reader(numbered.CONLL2012), None, has_columns=True),
    "segmented": Format(line_formats.read_segmented, line_formats.write_segmented, (".seg", ".utf8", ".txt")),
    "slash": Format(line_formats.reader("/"), line_formats.writer("/"), (".slash", ".pos")),
    "underscore": Format(line_formats.reader("_"), line_formats.writer("_")),
    "pfr": Format(pfr.read, None),
    "standoff": Format(standoff.read, None, (".standoff",)),
    "jsonl": Format(jsonl.read, jsonl.write, (".jsonl",)),
    spans.SPANS: Format(spans.read, span_json.write, (".iob", ".iob2", ".bio", ".bioes", ".bmes"), has_columns=True),
    **{
        scheme: Format(span_columns.reader(scheme), span_columns.writer(scheme), has_columns=True) for scheme in SCHEMES
    },
    PARTIAL: Format(None, lambda sentence: partial.write(Partial.of(sentence)), (".partial",)),
}


def register(name: str, format: Format) -> None:
    """Add a format of your own, to be read and written by its name or its suffixes from then on.

    Raises CorpusError when the name or a suffix has a meaning already.
    """
    taken = sorted({name} & set(FORMATS) | set(format.suffixes) & set(_suffixes()))
    if taken:
        raise CorpusError(f"expected a new name and new suffixes for a format, got {', '.join(taken)}; choose others")
    FORMATS[name] = format


def _suffixes() -> dict[str, str]:
    """The format that each suffix stands for."""
    return {suffix: name for name, format in FORMATS.items() for suffix in format.suffixes}


def format_of(path: Path) -> str | None:
    """The format that a file's name stands for, its compression aside."""
    return _suffixes().get((path.with_suffix("") if path.suffix in COMPRESSED else path).suffix)


def read(
    path: str | Path,
    *,
    format: str | None = None,
    tag: str = "upos",
    spaces: Literal["collapse", "exact"] = "collapse",
    encoding: str = "utf-8",
) -> Iterator[Sentence]:
    """Sentences of a file, or of the files in a folder in order of their names.

    `format` is a name in `FORMATS`; None goes by the name of the file, and for `.conll` by its first lines too. `tag`
    is `upos`, `xpos`, `none`, or for formats with columns a column number from 1. `spaces` says what several spaces
    between the words of a line mean: a separator, or (`exact`, as this module writes) one separator and the spaces of
    the text. `encoding` is one that Python knows, as `gb18030` or `utf-16`. Raises CorpusError with file and line, for
    a file that is plainly of another format, and for the format `partial`, which `read_partial` reads.
    """
    for source, reader, options in opened(Path(path), format, tag, spaces, encoding):
        yield from reader(source, options)


class Located(NamedTuple):
    """A sentence with its file, its number there, from 1, and the number of the line at which it begins."""

    file: str
    number: int
    line: int
    sentence: Sentence


def read_located(
    path: str | Path, *, format: str | None = None, tag: str = "upos", encoding: str = "utf-8"
) -> Iterator[Located]:
    """The sentences of `read` with where they stand. The line is 0 where it is not known: of files that are read whole,
    as those of spans, and of further sentences of a line."""
    for source, reader, options in opened(Path(path), format, tag, "collapse", encoding):
        watch = _Watch()
        for number, sentence in enumerate(reader(watch.over(source), options), 1):
            yield Located(options.name, number, watch.line, sentence)
            watch.line, watch.is_between = 0, True


class _Watch:
    """Notes the number of the first line with text that a reader takes after it has given a sentence."""

    def __init__(self) -> None:
        self.line, self.is_between = 0, True

    def over(self, source: Iterable[Line]) -> Iterator[Line]:
        """The same lines."""
        for line in source:
            if self.is_between and line.text.strip():
                self.line, self.is_between = line.number, False
            yield line


def opened(
    path: Path, format: str | None, tag: str, spaces: Literal["collapse", "exact"], encoding: str
) -> Iterator[tuple[Iterable[Line], Reader, ReadOptions]]:
    """The lines of each file, with what reads them."""
    if spaces not in ("collapse", "exact"):
        raise CorpusError(f"{path}: expected spaces collapse or exact, got {spaces!r}; choose one of the two")
    for file, name in files_of(path, format):
        source = lines(file, encoding=encoding, remedy=ENCODING_REMEDY)
        head = list(islice(source, recognition.N_LINES))
        if format is None and name == "columns":
            name = recognition.of_columns(head, file)
        recognition.check(head, name, str(file))
        reader = FORMATS[name].read
        if reader is None:
            raise CorpusError(
                f"{file}: expected fully annotated sentences, got {name} ones; they are for training: data.partial=FILE"
            )
        if tag not in ("upos", "xpos", "none") and not (FORMATS[name].has_columns and tag.isdecimal() and int(tag) > 0):
            raise CorpusError(
                f"{file}: expected tag upos, xpos, none (or, for formats with columns, a number from 1), got {tag!r}; "
                "choose one of them"
            )
        yield chain(head, source), reader, ReadOptions(str(file), tag, spaces == "exact")


def read_partial(path: str | Path, *, tag: str = "upos", encoding: str = "utf-8") -> Iterator[Partial]:
    """Partially annotated sentences of a file, or of the `.partial` files in a folder, in order of their names."""
    for file, _ in files_of(Path(path), PARTIAL):
        source = lines(file, encoding=encoding, remedy=ENCODING_REMEDY)
        yield from partial.read(source, ReadOptions(str(file), tag))


def read_texts(path: str | Path, *, encoding: str = "utf-8") -> Iterator[str]:
    """The texts of a corpus file or folder, whether its sentences are annotated fully or partially."""
    reader = read_partial if is_partial(Path(path)) else read
    yield from (sentence.text for sentence in reader(path, tag="none", encoding=encoding))


def is_partial(path: Path, format: str | None = None) -> bool:
    """Are the sentences of a file or folder, read by a format or by their names, partially annotated?"""
    if format is None and path.is_dir():
        return {format_of(file) for file, _ in files_of(path, None)} == {PARTIAL}
    return (format or format_of(path)) == PARTIAL


def files_of(path: Path, format: str | None) -> Iterator[tuple[Path, str]]:
    """A file, or the corpus files of one format in a folder, each with its format."""
    for file in _in_folder(path, format) if path.is_dir() else [path]:
        name = format or format_of(file)
        if name not in FORMATS:
            raise CorpusError(
                f"{file}: expected format {', '.join(FORMATS)}, or a name that ends in {', '.join(_suffixes())}, "
                f"got {name!r}; give format=NAME"
            )
        yield file, name


def _in_folder(folder: Path, format: str | None) -> list[Path]:
    """A folder's corpus files of one format: not half-written (hidden) files, nor a README.md beside them."""
    known = sorted(file for file in folder.iterdir() if file.name[0] != "." and file.is_file() and format_of(file))
    if not known:
        raise CorpusError(
            f"{folder}: expected corpus files ({', '.join(_suffixes())}) in the folder, found none; name the file"
        )
    examples = {format_of(file): file.name for file in known}
    if format is None and len(examples) > 1:
        raise CorpusError(
            f"{folder}: expected files of one format, got {', '.join(f'{f} ({n})' for f, n in examples.items())}; "
            "give format=NAME, or name the file"
        )
    return [file for file in known if format not in examples or format_of(file) == format]


def format_sentence(sentence: Sentence, format: str) -> str:
    """A sentence as text that ends in a line feed. `jsonl` and `conllu` keep everything; the line formats
    write one separator, then the text's own spaces; `columns` drops spaces. Raises CorpusError for what the
    format cannot hold."""
    writer = FORMATS[format].write if format in FORMATS else None
    if writer is None:
        written = (name for name, known in FORMATS.items() if known.write)
        raise CorpusError(f"expected format {', '.join(written)}, got {format!r}; choose one of them")
    return _encodable(writer(sentence), sentence.text)


def format_partial(sentence: Partial) -> str:
    """A partially annotated sentence as a line. Raises CorpusError for what the format cannot hold."""
    return _encodable(partial.write(sentence), sentence.text)


def _encodable(written: str, text: str) -> str:
    try:
        written.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"expected text that UTF-8 can hold, got {written[error.start]!r} in {text!r}; use format=jsonl"
        ) from None
    return written


def write(sentences: Iterable[Sentence], target: str | Path | IO[str], *, format: str | None = None) -> None:
    """Write a file (whole or not at all, compressed by suffix) or to an open text stream."""
    chosen = format or (format_of(Path(target)) if isinstance(target, str | Path) else "conllu")
    if chosen is None:
        raise CorpusError(f"{target}: expected a name that ends in {', '.join(_suffixes())}; give format=NAME")
    _publish(sentences, lambda sentence: format_sentence(sentence, chosen), target)


def write_partial(sentences: Iterable[Partial], target: str | Path | IO[str]) -> None:
    """Write partially annotated sentences to a file (whole or not at all, compressed by suffix) or a text stream."""
    _publish(sentences, format_partial, target)


def _publish(items: Iterable[Item], format: Callable[[Item], str], target: str | Path | IO[str]) -> None:
    if isinstance(target, str | Path):
        with publishing(Path(target)) as temporary, open_text(temporary) as file:
            file.writelines(_written(items, format, str(target)))
        return
    name = getattr(target, "name", None)
    target.writelines(_written(items, format, name if isinstance(name, str) else "<stream>"))


def _written(items: Iterable[Item], format: Callable[[Item], str], name: str) -> Iterator[str]:
    for number, item in enumerate(items, 1):
        try:
            text = format(item)
        except CorpusError as error:
            raise CorpusError(f"{name}: sentence {number}: {error}") from None
        # Readers drop a byte order mark at a file's start: a word that begins with one needs another.
        yield "\ufeff" + text if number == 1 and text.startswith("\ufeff") else text

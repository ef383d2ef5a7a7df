"""Corpora of a word and its columns a line."""

from collections.abc import Iterable, Iterator

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Sentence
from .full_width import NO_TAG, cell_hint
from .lines import SPACES, TOKEN
from .reading import ReadOptions
from .spacing import sentence_of

DOCUMENT_MARKS = ("-DOCSTART-", "#begin document", "#end document")  # of CoNLL-2003 and of CoNLL-2012


def cells_of(line: str) -> list[str]:
    """The columns of a line: between tabs, or between any spaces in a line without tabs."""
    return [cell.strip(SPACES) for cell in (line.split("\t") if "\t" in line else TOKEN.findall(line))]


def is_document_mark(line: str) -> bool:
    """Does a line begin or end a document, as `-DOCSTART-` does in CoNLL-2003 and `#begin document` in CoNLL-2012?"""
    return line.startswith(DOCUMENT_MARKS)


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences that empty lines separate; the word is in column 1, the tag in column 2 (`upos`), 3 (`xpos`) or the
    one that `options.tag` numbers. Lines that begin or end a document are passed over. Raises CorpusError with file and
    line."""
    name, tag = options.name, options.tag
    column = None if tag == "none" else int(tag) - 1 if tag.isdecimal() else {"upos": 1, "xpos": 2}[tag]
    forms: list[str] = []
    tags: list[str | None] = []
    for number, line in source:
        cells = cells_of(line)
        if is_document_mark(line):
            continue
        if any(cells):
            if not cells[0]:
                raise CorpusError(
                    f"{name}:{number}: expected a word in column 1, got none in {line!r}; delete the line or write it"
                )
            if column is not None and (len(cells) <= column or cells[column] in NO_TAG):
                cell = cells[column] if column < len(cells) else None
                got = f"{len(cells)} columns" if cell is None else f"{cell!r}{cell_hint(cell)}"
                raise CorpusError(
                    f"{name}:{number}: expected a tag in column {column + 1}, got {got}; "
                    "use tag=NUMBER of another column, or tag=none"
                )
            forms.append(cells[0])
            tags.append(None if column is None else cells[column])
        elif forms:
            yield sentence_of(forms, tags)
            forms, tags = [], []
    if forms:
        yield sentence_of(forms, tags)


def write(sentence: Sentence) -> str:
    """A line of word and tag (`_` for none) for each word, then an empty line. Raises CorpusError for words and tags
    that columns cannot hold."""
    rows = []
    for form, pos, _, _ in sentence.words:
        if is_document_mark(form):
            raise CorpusError(f"expected words, got {form!r}, which marks a document; use format=jsonl")
        for cell in (form, pos or "_"):
            if cell.strip(SPACES) != cell or not {"\t", "\n"}.isdisjoint(cell):
                raise CorpusError(
                    f"expected words and tags without tabs, line feeds and outer spaces, got {cell!r}; use format=jsonl"
                )
        rows.append(f"{form}\t{pos or '_'}\n")
    return "".join([*rows, "\n"])

"""Corpora of a word and its columns a line in which one column numbers the words: CoNLL-X, CoNLL-2009, CoNLL-2012."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Sentence
from .columns import cells_of, is_document_mark
from .full_width import NO_TAG, cell_hint
from .reading import Reader, ReadOptions
from .spacing import sentence_of


class Layout(NamedTuple):
    """Which columns (from 0) hold the number of a word, its form and, by option, its tag, and the first number."""

    name: str
    number: int
    form: int
    tags: Mapping[str, int]
    first: int = 1


# Buchholz and Marsi (2006): ID FORM LEMMA CPOSTAG POSTAG FEATS HEAD DEPREL PHEAD PDEPREL
CONLLX = Layout("CoNLL-X", number=0, form=1, tags={"upos": 3, "xpos": 4})
# Hajič et al. (2009): ID FORM LEMMA PLEMMA POS PPOS FEAT PFEAT …; PPOS is the tag that a tagger predicted
CONLL2009 = Layout("CoNLL-2009", number=0, form=1, tags={"upos": 4, "xpos": 4})
# Pradhan et al. (2012): document, part, number from 0, word, POS, parse …
CONLL2012 = Layout("CoNLL-2012", number=2, form=3, tags={"upos": 4, "xpos": 4}, first=0)


def reader(layout: Layout) -> Reader:
    """A reader of sentences that empty lines separate. Its tag is that of `layout`, or the column that the option
    `tag` numbers from 1. Comments, and lines that begin or end a document, are passed over. It raises CorpusError with
    file and line."""

    def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
        column = None if not options.with_tags else layout.tags.get(options.tag, None)
        if options.tag.isdecimal():
            column = int(options.tag) - 1
        forms: list[str] = []
        tags: list[str | None] = []
        for number, line in source:
            cells = cells_of(line)
            if not any(cells):
                if forms:
                    yield sentence_of(forms, tags)
                forms, tags = [], []
            elif not is_document_mark(line) and not ("\t" not in line and line.startswith("#")):
                _check(layout, cells, layout.first + len(forms), f"{options.name}:{number}")
                forms.append(cells[layout.form])
                tags.append(None if column is None else _tag(cells, column, f"{options.name}:{number}"))
        if forms:
            yield sentence_of(forms, tags)

    return read


def _check(layout: Layout, cells: list[str], wanted: int, place: str) -> None:
    if len(cells) <= max(layout.number, layout.form):
        raise CorpusError(
            f"{place}: expected the columns of {layout.name}, got {len(cells)}; is this {layout.name}? see format="
        )
    if cells[layout.number] != str(wanted):
        raise CorpusError(
            f"{place}: expected word number {wanted} in column {layout.number + 1}, got {cells[layout.number]!r}; "
            f"number the words {layout.first}, {layout.first + 1}, {layout.first + 2}, … and end sentences with an "
            "empty line"
        )
    if not cells[layout.form]:
        raise CorpusError(
            f"{place}: expected a word in column {layout.form + 1}, got nothing; delete the line or write the word"
        )


def _tag(cells: list[str], column: int, place: str) -> str:
    if column >= len(cells) or cells[column] in NO_TAG:
        got = f"{len(cells)} columns" if column >= len(cells) else f"{cells[column]!r}{cell_hint(cells[column])}"
        raise CorpusError(
            f"{place}: expected a tag in column {column + 1}, got {got}; use tag=NUMBER of another column, or tag=none"
        )
    return cells[column]

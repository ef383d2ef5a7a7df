"""Corpora of texts with entities in any of the formats for them, told from one another by the content of the file."""

from collections.abc import Iterable, Iterator
from itertools import chain

from ..files.lines import Line
from ..text.sentence import Sentence
from . import span_columns, span_json
from .reading import ReadOptions

SPANS = "spans"


def read(source: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences with entities, out of JSON or of columns in any scheme. Raises CorpusError with file and line."""
    lines = iter(source)
    head = [line for line in (next(lines, None),) if line]
    while head and not head[-1].text.strip() and (line := next(lines, None)):
        head.append(line)
    is_json = bool(head) and head[-1].text.lstrip().startswith(("{", "["))
    chosen = span_json.read if is_json else span_columns.reader(None)
    return chosen(chain(head, lines), options)

"""Corpora of a word and its columns a line."""

from collections.abc import Iterable, Iterator

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import Sentence
from .lines import _SPACE, _TOKEN


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

"""Labelled texts: CSV, TSV and JSONL files, and folders with a sub-folder of text files for each label."""

import csv
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import CorpusError
from ..files.lines import COMPRESSED, lines

DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Example(NamedTuple):
    """A text and the one label that it has."""

    text: str
    label: str


def read(
    path: Path, *, text: str = "text", label: str = "label", labels: Collection[str] | None = None
) -> Iterator[Example]:
    """The examples of a file or folder that have one of `labels` (default: any), in order; `text` and `label` name
    the columns of a file.

    `.csv` and `.tsv` begin with a line of column names; `.jsonl` has an object a line; a folder has a folder for
    each label and in it a `.txt` file for each text. Files may be compressed. Raises CorpusError.
    """
    found = _examples(path, text, label, labels)
    return found if labels is None else (example for example in found if example.label in labels)


def _examples(path: Path, text: str, label: str, labels: Collection[str] | None) -> Iterator[Example]:
    if path.is_dir():
        yield from _folders(path, labels)
        return
    suffix = Path(path.name.removesuffix(path.suffix) if path.suffix in COMPRESSED else path.name).suffix
    if suffix in DELIMITERS:
        yield from _table(path, DELIMITERS[suffix], text, label)
    elif suffix == ".jsonl":
        yield from _objects(path, text, label)
    else:
        raise CorpusError(
            f"{path}: expected labelled texts as .csv, .tsv, .jsonl or a folder with a folder for each label, "
            f"got {suffix or 'no suffix'}; rename or convert the file"
        )


def _table(path: Path, delimiter: str, text: str, label: str) -> Iterator[Example]:
    # A quoted field may hold line ends, so rows are the csv module's to find.
    rows = csv.reader((line.text + "\n" for line in lines(path)), delimiter=delimiter, strict=True)
    try:
        names = next(rows, [])
        if text not in names or label not in names:
            raise CorpusError(
                f"{path}:1: expected columns {text!r} and {label!r}, got {', '.join(names)[:200]!r}; "
                "name them by data.text= and data.label="
            )
        places = names.index(text), names.index(label)
        for row in rows:
            if not row:
                continue
            if len(row) != len(names):
                raise CorpusError(
                    f"{path}:{rows.line_num}: expected {len(names)} fields, got {len(row)}; quote fields that hold "
                    "the delimiter or a quote"
                )
            yield _example(row[places[0]], row[places[1]], f"{path}:{rows.line_num}")
    except csv.Error as error:
        raise CorpusError(f"{path}:{rows.line_num}: expected rows of a table, got: {error}; check the quotes") from None


def _objects(path: Path, text: str, label: str) -> Iterator[Example]:
    for line in lines(path):
        if not line.text.strip():
            continue
        where = f"{path}:{line.number}"
        try:
            value = json.loads(line.text)
        except ValueError as error:
            raise CorpusError(f"{where}: expected a JSON object, got: {error}; one object a line") from None
        fields = value if isinstance(value, dict) else {}
        found, wanted = fields.get(text), fields.get(label)
        if not isinstance(found, str) or not isinstance(wanted, str):
            raise CorpusError(
                f"{where}: expected an object with strings {text!r} and {label!r}, got {line.text[:80]!r}; "
                "name the fields by data.text= and data.label="
            )
        yield _example(found, wanted, where)


def _folders(path: Path, labels: Collection[str] | None) -> Iterator[Example]:
    names = sorted(folder.name for folder in path.iterdir() if folder.is_dir()) if labels is None else labels
    if not names:
        raise CorpusError(f"{path}: expected a folder for each label, found none; correct the path")
    for folder in map(path.joinpath, names):
        for file in sorted(folder.glob("*.txt")):
            try:
                content = file.read_bytes().decode("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise CorpusError(f"{file}: expected UTF-8 text, cannot read it ({error}); convert the file") from None
            yield _example(content, folder.name, str(file))


def _example(text: str, label: str, where: str) -> Example:
    if not text or not label.strip():
        raise CorpusError(f"{where}: expected a text and a label, got {text[:80]!r} and {label!r}; leave the row out")
    return Example(text, label)

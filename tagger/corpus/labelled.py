"""Labelled texts: CSV, TSV and JSONL files, and folders with a sub-folder of text files for each label."""

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import CorpusError
from ..files.encodings import codec
from ..files.lines import COMPRESSED, Line, lines, object_remedy
from ..text.reading import split_words
from .formats import ENCODING_REMEDY
from .share import check_share, draw_share
from .texts import texts

if TYPE_CHECKING:  # it needs urllib, which nobody who only tags should wait for
    from ..files.download import Archive, Source

DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Example(NamedTuple):
    """A text and the one label that it has."""

    text: str
    label: str


@dataclass(frozen=True)
class LabelledCorpus:
    """Labelled texts in files or folders below `root`: `train`, `dev` and `test`.

    `text` and `label` name the columns, `labels` the labels to keep, and `encoding` what the files are in (see `read`).
    Without `dev` a share of every label in train is held out, drawn by `split_seed`, and never trained on. With
    `context_words` the files are raw text (see `next_words`). With `download` `prepare` fetches what `root` lacks from
    `source`. Of train only a `share` is read, or so many examples, drawn by `share_seed` (see `corpus.share`) after dev
    is held out. Raises CorpusError for another `dev_share` than one between 0 and 1.
    """

    train: str | Path | None = None
    dev: str | Path | None = None
    test: str | Path | None = None
    root: str | Path = ""
    text: str = "text"
    label: str = "label"
    labels: Sequence[str] | None = None
    encoding: str = "utf-8"
    dev_share: float = 0.1
    split_seed: int = 1
    name: str = ""
    licence: str = ""
    source: "Source | Archive | None" = None
    download: bool = False
    context_words: int | None = None
    share: float = 1.0
    share_seed: int = 0

    def __post_init__(self) -> None:
        check_share(self.share)
        if not self.dev and not 0 < self.dev_share < 1:
            raise CorpusError(
                f"expected data.dev, or data.dev_share between 0 and 1, got {self.dev} and {self.dev_share}"
            )

    @property
    def task(self) -> str:
        return "classification" if self.context_words is None else "next word"

    def prepare(self) -> None:
        """Fetch what is missing, with `download`. Raises CorpusError when it cannot be had."""
        if self.source and self.download:
            self.source.fetch(Path(self.root))

    def read(self, split: str) -> list[Example]:
        """The examples of a split; without `dev` train and dev share those of train.

        Raises CorpusError for a split without a file or examples.
        """
        if self.dev or split not in ("train", "dev"):
            examples = self._read(split)
        else:
            train, dev = hold_out(self._read("train"), self.dev_share, self.split_seed)
            self._check_parts(train, dev)
            examples = train if split == "train" else dev
        return draw_share(examples, self.share, self.share_seed) if split == "train" else examples

    def _check_parts(self, train: Sequence[Example], dev: Sequence[Example]) -> None:
        """Raises CorpusError where a share of each label's examples leaves nothing to score on, or to learn from."""
        if train and dev:
            return
        counts = Counter(example.label for example in (*train, *dev))
        what = "label" if self.context_words is None else "next word"
        split, lacking = ("dev", "larger") if train else ("train", "smaller")
        raise CorpusError(
            f"expected examples for {split} with data.dev_share={self.dev_share} of each {what}'s held out, got none: "
            f"no {what} has more than {max(counts.values())}; give data.dev=FILE, more text, or a {lacking} share"
        )

    def _read(self, split: str) -> list[Example]:
        file = {"train": self.train, "dev": self.dev, "test": self.test}.get(split)
        if not file:
            raise CorpusError(f"expected a path for data.{split}, got none; give data.{split}=FILE")
        path = Path(self.root, file)
        if self.source and not path.exists():
            raise CorpusError(
                f"{path}: expected a file or folder, found none; give data.root=FOLDER that has it, or "
                f"data.download=true to fetch it from {self.source.address}"
            )
        if self.context_words is not None:
            examples = list(next_words(path, self.context_words, encoding=self.encoding))
        else:
            examples = list(read(path, text=self.text, label=self.label, labels=self.labels, encoding=self.encoding))
        if not examples:
            raise CorpusError(f"{path}: expected at least one example for data.{split}, got none; check the file")
        return examples


def hold_out(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Examples that stay and examples that are held out: the same share of every label, drawn by the seed alone, in
    order."""
    generator = np.random.default_rng(seed)
    by_label: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        by_label.setdefault(example.label, []).append(index)
    out: set[int] = set()
    for label in sorted(by_label):
        drawn = generator.permutation(by_label[label]).tolist()
        out.update(drawn[: round(share * len(drawn))])
    stays = [example for index, example in enumerate(examples) if index not in out]
    return stays, [examples[index] for index in sorted(out)]


def next_words(path: Path, n_words: int, *, encoding: str = "utf-8") -> Iterator[Example]:
    """The words of raw text, each but the first of a line as the label of the up to `n_words` words before it.

    Labels are in small letters. Raises CorpusError for a number below 1 and a file that cannot be read.
    """
    if n_words < 1:
        raise CorpusError(f"expected data.context_words of 1 or more, got {n_words}; correct it")
    for line in texts(path, encoding=encoding):
        words = split_words(line)
        for end in range(1, len(words)):
            yield Example(" ".join(words[max(0, end - n_words) : end]), words[end].lower())


def read(
    path: Path,
    *,
    text: str = "text",
    label: str = "label",
    labels: Collection[str] | None = None,
    encoding: str = "utf-8",
) -> Iterator[Example]:
    """The examples of a file or folder that have one of `labels` (default: any), in order; `text` and `label` name
    the columns of a file.

    `.csv` and `.tsv` begin with a line of column names; `.jsonl` has an object a line; a folder has a folder for
    each label and in it a `.txt` file for each text. Files may be compressed; they are in `encoding`, one that Python
    knows. Raises CorpusError.
    """
    examples = _examples(path, text, label, labels, encoding)
    return examples if labels is None else (example for example in examples if example.label in labels)


def _examples(path: Path, text: str, label: str, labels: Collection[str] | None, encoding: str) -> Iterator[Example]:
    if path.is_dir():
        yield from _folders(path, labels, encoding)
        return
    suffix = Path(path.name.removesuffix(path.suffix) if path.suffix in COMPRESSED else path.name).suffix
    source = lines(path, encoding=encoding, remedy=ENCODING_REMEDY)
    if suffix in DELIMITERS:
        yield from _table(path, source, DELIMITERS[suffix], text, label)
    elif suffix == ".jsonl":
        yield from _objects(path, source, text, label)
    else:
        raise CorpusError(
            f"{path}: expected labelled texts as .csv, .tsv, .jsonl or a folder with a folder for each label, "
            f"got {suffix or 'no suffix'}; rename or convert the file"
        )


def _table(path: Path, source: Iterable[Line], delimiter: str, text: str, label: str) -> Iterator[Example]:
    # A quoted field may hold line ends, so rows are the csv module's to find.
    rows = csv.reader((line.text + "\n" for line in source), delimiter=delimiter, strict=True)
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


def _objects(path: Path, source: Iterable[Line], text: str, label: str) -> Iterator[Example]:
    for line in source:
        if not line.text.strip():
            continue
        where = f"{path}:{line.number}"
        try:
            value = json.loads(line.text)
        except ValueError as error:
            remedy = object_remedy(line.text, "correct the line")
            raise CorpusError(f"{where}: expected a JSON object, got: {error}; {remedy}") from None
        fields = value if isinstance(value, dict) else {}
        content, name = fields.get(text), fields.get(label)
        if not isinstance(content, str) or not isinstance(name, str):
            raise CorpusError(
                f"{where}: expected an object with strings {text!r} and {label!r}, got {line.text[:80]!r}; "
                + object_remedy(line.text, "name the fields by data.text= and data.label=")
            )
        yield _example(content, name, where)


def _folders(path: Path, labels: Collection[str] | None, encoding: str) -> Iterator[Example]:
    names = sorted(folder.name for folder in path.iterdir() if folder.is_dir()) if labels is None else labels
    if not names:
        raise CorpusError(f"{path}: expected a folder for each label, found none; correct the path")
    codec(encoding, str(path), CorpusError)
    for folder in map(path.joinpath, names):
        for file in sorted(folder.glob("*.txt")):
            try:
                content = file.read_bytes().decode(encoding).removeprefix("\ufeff")
            except (OSError, UnicodeDecodeError) as error:
                raise CorpusError(
                    f"{file}: expected text in {encoding}, cannot read it ({error}); {ENCODING_REMEDY}"
                ) from None
            yield _example(content, folder.name, str(file))


def _example(text: str, label: str, where: str) -> Example:
    if not text or not label.strip():
        raise CorpusError(f"{where}: expected a text and a label, got {text[:80]!r} and {label!r}; leave the row out")
    return Example(text, label)

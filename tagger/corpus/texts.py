"""Raw text as a corpus: lines to predict, without any annotation."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CorpusError
from ..files.lines import COMPRESSED, lines
from ..text.format_characters import without_format
from .formats import ENCODING_REMEDY, read_texts
from .raw import find_raw


def texts(path: Path, *, encoding: str = "utf-8") -> Iterator[str]:
    """The lines of a file that hold anything, without format characters and the whitespace around them; of CoNLL-U the
    sentences' texts.

    A folder stands for all its files but those in Markdown. Raises CorpusError, also for a file of rows.
    """
    for file in find_raw(path):
        yield from _texts(file, encoding)


def _texts(path: Path, encoding: str) -> Iterator[str]:
    name = path.name
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    if name.endswith(".conllu"):
        found = read_texts(path, encoding=encoding)
    else:
        found = (line.text for line in lines(path, encoding=encoding, remedy=ENCODING_REMEDY))
    for text in found:
        if bare := without_format(text).strip():
            yield bare.replace("\n", " ")


@dataclass(frozen=True)
class TextCorpus:
    """Files or folders of raw text below `root`, in `encoding`: `train` and `dev`.

    Without `dev` the last `dev_share` of train's lines are held out. Raises CorpusError for another share than one
    between 0 and 1.
    """

    train: str | Path
    dev: str | Path | None = None
    root: str | Path = ""
    dev_share: float = 0.05
    encoding: str = "utf-8"
    name: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.dev_share < 1:
            raise CorpusError(f"expected data.dev_share between 0 and 1, got {self.dev_share}")

    @property
    def task(self) -> str:
        return "next character"

    def prepare(self) -> None:
        """Nothing: raw text is never fetched."""

    def read(self) -> dict[str, list[str]]:
        """The lines of train and dev. Raises CorpusError for a split without any."""
        train_path, dev_path = Path(self.root, self.train), Path(self.root, self.dev or self.train)
        train = list(texts(train_path, encoding=self.encoding))
        if self.dev:
            dev = list(texts(dev_path, encoding=self.encoding))
        else:
            if len(train) == 1:
                raise CorpusError(
                    f"{train_path}: expected two lines of text or more, the last of which data.dev_share holds out for "
                    "dev, got 1; give more text, in lines, or data.dev=FILE"
                )
            n_held_out = min(max(1, round(self.dev_share * len(train))), len(train) - 1)
            train, dev = train[:-n_held_out], train[-n_held_out:]
        for split, path, split_lines in (("train", train_path, train), ("dev", dev_path, dev)):
            if not split_lines:
                raise CorpusError(f"{path}: expected at least one line of text for data.{split}, got none; give more")
        return {"train": train, "dev": dev}

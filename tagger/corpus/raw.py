"""Raw text to learn from: each line once, without lines that share a part with a held-out sentence."""

import copy
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from ..errors import CorpusError
from ..files.lines import COMPRESSED, lines
from ..text.characters import folding
from ..text.format_characters import without_format
from .formats import ENCODING_REMEDY, read_texts

ROWS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")  # suffixes of files of rows
_END = re.compile("(?<=[。！？!?；;])(?![”’」』）)])")


class RawText:
    """Lines of raw text files, folded and without format characters, each once, without those that share `overlap`
    characters with a held-out text.

    A held-out text of fewer characters leaves out the lines that are equal to it. `encoding` is that of the files. It
    can be iterated again and again; `dropped` and `repeated` count the lines left out in the last iteration.
    """

    def __init__(
        self, paths: Sequence[Path], held_out: Iterable[str], *, overlap: int = 16, encoding: str = "utf-8"
    ) -> None:
        self.paths, self.overlap, self.encoding = paths, overlap, encoding
        self.dropped = self.repeated = self.n_lines = self.n_chars = 0
        self.fold = folding()
        folded = {without_format(text).strip().translate(self.fold) for text in held_out}
        self.held_out = {ngram for text in folded for ngram in ngrams(text, overlap)}
        self.half = max(overlap // 2, 1)
        self.held_out_halves = {ngram for text in folded for ngram in ngrams(text, self.half)}
        self.held_out_lines = {text for text in folded if len(text) < overlap}

    @classmethod
    def of(cls, raw: str | Path, held_out: Iterable[str | Path], *, overlap: int, encoding: str = "utf-8") -> Self:
        """The text of a file or folder (see `find_raw`), without what overlaps the held-out corpora, which are in
        UTF-8. Raises CorpusError."""
        files = find_raw(Path(raw))
        texts = [text for path in held_out for text in read_texts(path)]
        return cls(files, texts, overlap=overlap, encoding=encoding)

    def files(self) -> Iterator[Self]:
        """The text of each file by itself."""
        for path in self.paths:
            part = copy.copy(self)
            part.paths = [path]
            yield part

    def _overlaps(self, text: str) -> bool:
        """Whether a line shares `overlap` characters with a held-out text. Such a run holds a whole one of the halves
        that the line is cut into, which is the cheaper test."""
        halves = (text[i : i + self.half] for i in range(0, len(text) - self.half + 1, self.half))
        return not self.held_out_halves.isdisjoint(halves) and not self.held_out.isdisjoint(ngrams(text, self.overlap))

    def __iter__(self) -> Iterator[str]:
        seen: set[bytes] = set()
        self.dropped = self.repeated = self.n_lines = self.n_chars = 0
        for path in self.paths:
            for line in lines(path, encoding=self.encoding, remedy=ENCODING_REMEDY):
                text = without_format(line.text).strip().translate(self.fold)
                key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                if not text or key in seen:
                    self.repeated += bool(text)
                elif text in self.held_out_lines or self._overlaps(text):
                    self.dropped += 1
                else:
                    seen.add(key)
                    self.n_lines += 1
                    self.n_chars += len(text)
                    yield text


def find_raw(source: Path) -> list[Path]:
    """The files of raw text that a path stands for, in order: itself, or all files in a folder but its .md.

    Raises CorpusError for a folder without files, and for a file of rows.
    """
    if not source.is_dir():
        check_raw(source)
        return [source]
    files = sorted(p for p in source.rglob("*") if p.is_file() and p.suffix != ".md")
    if not files:
        raise CorpusError(f"{source}: expected files of raw text, found none; name a folder that holds some")
    for file in files:
        check_raw(file, " and take it out of the folder")
    return files


def check_raw(path: Path, also: str = "") -> None:
    """Raises CorpusError for a file whose name says that it holds rows, of which a text is a part. `also` is what else
    to do about it."""
    name = path.name.removesuffix(path.suffix) if path.suffix in COMPRESSED else path.name
    if Path(name).suffix.lower() in ROWS:
        raise CorpusError(
            f"{path}: expected raw text, a sentence or paragraph a line, got rows by its name; write their texts to a "
            f"file first{also}, as in: jq -r .text FILE.jsonl > texts.txt"
        )


def ngrams(text: str, length: int) -> Iterator[str]:
    """The parts of a text of a length, in order."""
    return (text[i : i + length] for i in range(len(text) - length + 1))


def sentences(lines: Iterable[str], *, shortest: int, longest: int) -> Iterator[str]:
    """The sentences in lines of text, without those that are shorter or longer."""
    for line in lines:
        for part in _END.split(line):
            text = part.strip()
            if shortest <= len(text) <= longest:
                yield text

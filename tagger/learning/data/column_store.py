"""The columns of a corpus, and what is derived from them: made once for a large corpus and kept in a folder."""

import hashlib
import inspect
import json
import logging
import os
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...corpus.corpora import Corpus
from ...corpus.formats import FORMATS, files_of
from ...corpus.several import AnyCorpus
from ...corpus.spans import SPANS
from ...errors import CorpusError
from ...files.array_cache import ArrayCache, Sink
from ...text.alphabet import Alphabet
from ...text.presegment import Presegmenter
from .alphabets import read_alphabet, write_alphabet
from .column_writing import write_columns
from .columns import Columns
from .joined import write_joined

log = logging.getLogger(__name__)
LARGE = 10_000_000  # bytes of a corpus from which its columns are kept
_PACKAGE = Path(__file__).parents[2]
_ROOMS = ("corpus", "files", "text", "learning/data")  # whose code decides what the columns hold


class ColumnStore:
    """Makes the columns of a corpus, or maps those that are kept.

    `where` is a folder to keep them in; None keeps those of a corpus of `LARGE` bytes and more in `default_folder()`;
    with False, as for a smaller corpus, they are made anew in memory.
    """

    def __init__(self, corpus: AnyCorpus, where: str | bool | None = None) -> None:
        members = ((member, split) for split in ("train", "dev") for member in corpus.members_with(split))
        files = [file for member, split in members for file, _ in _named_files(member, split)]
        is_kept = isinstance(where, str) or (where is not False and sum(map(_size, files)) >= LARGE)
        if not is_kept or not all(file.is_file() for file in files):  # a pipe can be read only once
            self.cache = ArrayCache()
        else:
            self.cache = ArrayCache(Path(where).expanduser() if isinstance(where, str) else default_folder())

    def read(self, corpus: Corpus, split: str, *, counts_runs: bool) -> Columns:
        """The sentences of a split. With `counts_runs` the strings that the presegmenter knows are counted.

        Raises CorpusError as reading the corpus does, and when a file changes meanwhile.
        """
        named = _named_files(corpus, split)
        files = [file for file, _ in named]
        before = [_stamp(file) for file in files]
        key = self._key("columns", _contents(corpus, named, split), counts_runs) if self.cache.root else ""

        def make(sink: Sink) -> None:
            if self.cache.root:
                megabytes = sum(map(_size, files)) / 1e6
                log.info("reading %.0f MB of data.%s, to be kept in %s", megabytes, split, self.cache.root)
            write_columns(corpus.stream_blocks(split), sink, is_entities=corpus.task == SPANS, counts_runs=counts_runs)
            if before != [_stamp(file) for file in files]:
                raise CorpusError(f"{files[0]}: expected a file that stays as it is, it changed while it was read")

        return Columns.of(self.cache.get(key, make, what=f"columns of data.{split}"), key)

    def joined(self, columns: Columns, presegmenter: Presegmenter, *, gold: bool) -> NDArray[np.bool_]:
        """Which characters continue a run that no word may cut, `[n_chars]` (see `write_joined`)."""
        if not presegmenter.kinds:
            return np.zeros(columns.n_chars, bool)
        key = self._key("joined", columns.key, presegmenter.kinds, gold)
        make = partial(write_joined, columns, presegmenter, gold=gold)
        return self.cache.get(key, make, what="runs that stay whole").arrays["joined"]

    def alphabet(
        self, parts: Sequence[Columns], *, char_min_count: int, bigram_min_count: int, max_bigrams: int | None
    ) -> Alphabet:
        """The alphabet of the sentences in several columns, with at most `max_bigrams`."""
        key = self._key("alphabet", [part.key for part in parts], char_min_count, bigram_min_count)
        make = partial(write_alphabet, parts, char_min_count=char_min_count, bigram_min_count=bigram_min_count)
        made = self.cache.get(key, make, what="characters and bigrams")
        return read_alphabet(made, max_bigrams)

    def _key(self, kind: str, *values: object) -> str:
        """What an entry is called: its kind, and a digest of everything that decides what it holds."""
        return f"{kind}-{hashlib.sha256(json.dumps([_code_digest(), *values]).encode()).hexdigest()[:32]}"


def log_held_out(members: Sequence[Corpus], columns: Mapping[str, Sequence[Columns]]) -> None:
    """Logs how many sentences of train are dev, where a member has no dev file; `columns` has those of each member."""
    for member, train, dev in zip(members, columns["train"], columns["dev"], strict=True):
        if member.dev_share:
            said = f"{len(dev):,} sentences of train are dev and {len(train):,} are trained on"
            log.info("%s (data.dev_share=%g data.split_seed=%d)", said, member.dev_share, member.split_seed)


def default_folder() -> Path:
    """Where columns are kept: `tagger` in the user's folder of caches (XDG_CACHE_HOME, by default ~/.cache)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "tagger")


def digest_of(texts: Sequence[str]) -> str:
    """A digest of texts in order."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _named_files(corpus: Corpus, split: str) -> list[tuple[Path, str]]:
    """The files of a split, each with its format."""
    format = corpus.format or (SPANS if corpus.task == SPANS else None)
    return [named for path in corpus.paths.get(split, ()) for named in files_of(path, format)]


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0  # one that is missing is found out where it is read


def _stamp(file: Path) -> tuple[int, int]:
    """What changes with the content of a file. A pipe changes while it is read; of what is missing, reading tells."""
    if not file.is_file():
        return -1, -1
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _contents(corpus: Corpus, named: Sequence[tuple[Path, str]], split: str) -> list[object]:
    """What is in the files of a split, and how it is read."""
    names = [name for _, name in named]
    readers = sorted({_digest_of_reader(name) for name in names})
    share: list[object] = [corpus.share, corpus.share_seed] if split == "train" else []
    share += [corpus.dev_share, corpus.split_seed, split] if corpus.dev_share else []
    options = [str(corpus.tag), corpus.encoding, corpus.task, *share]
    return [[_digest_of_file(file) for file, _ in named], names, readers, options]


def _digest_of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _digest_of_reader(name: str) -> str:
    """A digest of the code of a format that is registered from outside of the package."""
    reader = FORMATS[name].read
    path = Path((reader and inspect.getsourcefile(reader)) or "")
    return _digest_of_file(path) if path.is_file() and _PACKAGE not in path.parents else ""


@cache
def _code_digest() -> str:
    """A digest of the code that makes columns, and the Unicode version of its tables: another one makes its own."""
    digest = hashlib.sha256(unicodedata.unidata_version.encode())
    for room in _ROOMS:
        for path in sorted(Path(_PACKAGE, room).glob("*.*")):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()

"""Copies of the files of users by which all processes of a service answer: dictionaries, patterns and keys.

A process that starts in place of one that ended reads the copies, so that it answers as the others do, whatever has
become of the files since they were read. Each process keeps what it has read, and follows what another has kept.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from tagger.errors import InputError

from .log import logger
from .shared_metrics import replace

T = TypeVar("T")


class UserFile(NamedTuple):
    """A file of a kind (dictionary, patterns or keys), with the name that requests or figures have for it."""

    kind: str
    name: str
    path: Path


class Copies:
    """The copies in a folder that all processes share; there are none without a folder.

    They have the names of their files, by which formats are told, each in a folder for its kind and name.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen: dict[UserFile, int] = {}

    def find(self, file: UserFile) -> Path | None:
        """The copy of a file, if there is one."""
        path = self._path(file)
        return path if path is not None and path.exists() else None

    def keep(self, file: UserFile, content: bytes | None) -> None:
        """Let processes that start later read this content; None is that of a pipe, of which there is no copy. Where
        there is no room for it, they read the file."""
        path = self._path(file)
        if path is None or content is None or (path.exists() and path.read_bytes() == content):
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
        except OSError as error:
            path.unlink(missing_ok=True)
            logger.error("copy failed", extra={"fields": {file.kind: file.name, "reason": str(error)}})

    def changed(self, files: Iterable[UserFile]) -> Iterator[tuple[UserFile, Path]]:
        """The files whose copies were written since the last call, with the copies."""
        for file in files:
            copy = self.find(file)
            written = copy.stat().st_mtime_ns if copy else 0
            if copy and self._seen.get(file) != written:
                yield file, copy
            self._seen[file] = written

    def _path(self, file: UserFile) -> Path | None:
        return self._folder / file.kind / file.name / file.path.name if self._folder else None


def read_whole(path: Path, read: Callable[[Path], T]) -> tuple[T, bytes | None]:
    """What `read` makes of a file, and the file's content, None for a pipe: it can be read once. Raises what `read`
    raises, and InputError for a file that changes meanwhile."""
    if path.exists() and not path.is_file():
        return read(path), None
    before = _content(path)
    value = read(path)
    if _content(path) != before:
        raise InputError(f"{path}: the file changed while it was read; move a complete file into place")
    return value, before


def version_of(content: bytes) -> str:
    """The version of a content: the first 12 digits of its SHA-256, as those of model files are."""
    return hashlib.sha256(content).hexdigest()[:12]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # whoever reads the file says what is wrong with it
        return b""

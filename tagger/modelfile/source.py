"""Where a model came from, and how it travels to another process: as bytes, or as a path with a digest.

An open model cannot be copied, so a copy opens it again. A model given as bytes travels as bytes. A model in a file
travels as the path of the file and its SHA-256, and a model of the package as its name: the other process must find the
same content there.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from ..errors import ModelError
from . import shipped

NAMES_OF_RUNS = ("model", "best", "last", "interrupted")  # what training calls the files of every run
KEPT = 4  # models that arrived in a process and that it keeps open, so that a second copy costs nothing
_BYTES = "or send the content: tagger.load(bytes)"


class SentModel(NamedTuple):
    """What travels: the content, or the place of a file and its digest. `place` is a path, or the name of a model of
    the package if `is_shipped`."""

    place: str
    content: bytes | None = None
    digest: str = ""
    is_shipped: bool = False

    def receive(self) -> Path | bytes:
        """What to open. Raises ModelError when the file is not there or has other content."""
        if self.content is not None:
            return self.content
        path = shipped.find(self.place) if self.is_shipped else Path(self.place)
        got = _digest(path)
        if got != self.digest:
            raise ModelError(
                f"{path}: expected the model file of a tagger that was copied or sent here, got "
                f"{'other content' if got else 'no file'}; put the same file there, {_BYTES}"
            )
        return path


@dataclass(frozen=True)
class Source:
    """A model file and its size and time of change when it was opened; or the content of one."""

    place: Path | bytes
    stamp: tuple[int, int] | None = None

    @classmethod
    def of(cls, place: Path | bytes) -> Self:
        """The source as it is now."""
        return cls(place, _stamp(place))

    def read(self) -> bytes:
        """The content. Raises ModelError when the file has changed since it was opened."""
        if isinstance(self.place, bytes):
            return self.place
        if self.stamp is None or _stamp(self.place) != self.stamp:
            raise ModelError(f"{self.place}: expected the model file as it was when it was opened; load it again")
        return self.place.read_bytes()

    def send(self) -> SentModel:
        """What to send to another process. Raises ModelError when the file has changed since it was opened."""
        if isinstance(self.place, bytes):
            return SentModel(describe(self.place), self.place)
        path = self.place.absolute()
        digest = _digest(path) if _stamp(path) == self.stamp else ""
        if not digest:
            raise ModelError(
                f"{path}: expected the model file as it was when it was opened, it has changed or is gone; load it "
                f"again, {_BYTES}"
            )
        is_shipped = path.parent == shipped.FOLDER
        return SentModel(path.stem if is_shipped else str(path), None, digest, is_shipped)


def name_of(place: str | Path | bytes) -> str:
    """What a model is called: its file, and with its folder where training chose the name of the file: `own/model`."""
    if isinstance(place, bytes):
        return "model"
    path = Path(place)
    return f"{path.parent.resolve().name}/{path.stem}" if path.stem in NAMES_OF_RUNS else path.stem


def describe(place: str | Path | bytes) -> str:
    """The path of a model file, or the size of its content, for messages."""
    return f"a model of {len(place):,} bytes" if isinstance(place, bytes) else str(place)


def _stamp(place: Path | bytes) -> tuple[int, int] | None:
    try:
        status = None if isinstance(place, bytes) else place.stat()
    except OSError:
        return None
    return status and (status.st_size, status.st_mtime_ns)


def _digest(path: Path) -> str:
    """The SHA-256 of a file; empty if there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""

"""Arrays that are made once and kept in a folder, under a key that says what they were made from.

An entry is a folder of one file for each array, read by memory mapping, and of a manifest with their sizes and
checksums. It is written beside its place and renamed as a whole, so that processes which make the same entry at once
do not disturb each other. An entry that is not as its manifest says is made again.
"""

import json
import logging
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"
_CHUNK = 1 << 22  # bytes read at once
_TEMPORARY = ".tmp-"
_STALE = 24 * 3600.0  # seconds after which what a killed process left half-made is removed


class Arrays(NamedTuple):
    """Arrays of one dimension by name, and notes about them: values that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]]
    notes: dict[str, Any]


@dataclass
class MemorySink:
    """Takes arrays piece by piece and keeps them in memory. The pieces of an array may differ in type: all get the
    widest one."""

    notes: dict[str, Any] = field(default_factory=dict)
    pieces: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def append(self, name: str, piece: NDArray[Any]) -> None:
        self.pieces.setdefault(name, []).append(piece)

    def arrays(self) -> Arrays:
        return Arrays({name: np.concatenate(pieces) for name, pieces in self.pieces.items()}, self.notes)


@dataclass
class _Column:
    """A file of one array that grows at its end."""

    file: IO[bytes]
    dtype: np.dtype[Any]
    n: int = 0
    crc32: int = 0

    def append(self, piece: NDArray[Any]) -> None:
        if not np.can_cast(piece.dtype, self.dtype):
            self._widen(np.promote_types(piece.dtype, self.dtype))
        data = np.ascontiguousarray(piece, self.dtype).tobytes()
        self.file.write(data)
        self.n, self.crc32 = self.n + len(piece), zlib.crc32(data, self.crc32)

    def _widen(self, dtype: np.dtype[Any]) -> None:
        """Rewrite what is there with a wider type. Windows neither deletes nor renames a file that is open."""
        self.file.close()
        path = Path(self.file.name)
        narrow = path.replace(path.with_suffix(".narrow"))
        self.file, old, self.dtype, self.n, self.crc32 = path.open("wb"), self.dtype, dtype, 0, 0
        for data in _chunks(narrow):
            self.append(np.frombuffer(data, old).astype(dtype))
        narrow.unlink()


@dataclass
class FileSink:
    """Takes arrays piece by piece into files of a folder; memory holds no more than a piece."""

    folder: Path
    notes: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, _Column] = field(default_factory=dict)

    def append(self, name: str, piece: NDArray[Any]) -> None:
        """Raises CorpusError when the file cannot be written."""
        with _writing(self.folder.parent):
            if name not in self.columns:
                self.columns[name] = _Column((self.folder / f"{name}.bin").open("wb"), piece.dtype)
            self.columns[name].append(piece)

    def publish(self, place: Path) -> None:
        """Write the manifest and rename the folder to `place`, unless another process has done so before.

        Raises CorpusError when that fails.
        """
        with _writing(self.folder.parent):
            self.close()
            listed = {
                name: {"dtype": column.dtype.str, "n": column.n, "crc32": column.crc32}
                for name, column in self.columns.items()
            }
            text = json.dumps({"arrays": listed, "notes": self.notes})
            (self.folder / MANIFEST).write_text(f"{zlib.crc32(text.encode())}\n{text}\n", encoding="ascii")
            if _read(place):
                return
            shutil.rmtree(place, ignore_errors=True)
            try:
                self.folder.rename(place)
            except OSError:
                if not _read(place):
                    raise

    def close(self) -> None:
        for column in self.columns.values():
            column.file.close()


Sink = MemorySink | FileSink


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Raises CorpusError, with what to do, where this block cannot write below `root`."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"{root}: expected a folder in which the corpus can be kept, cannot write there ({error}); give "
            "data.cache=FOLDER on a disk with space, or data.cache=false to hold the corpus in memory"
        ) from error


@dataclass(frozen=True)
class ArrayCache:
    """Entries below a folder; without one every entry is made anew, in memory."""

    root: Path | None = None

    def get(self, key: str, make: Callable[[Sink], None], *, what: str = "arrays") -> Arrays:
        """The entry of a key, which `make` fills if it is missing or damaged. The log says `what` was made.

        Raises CorpusError when the entry cannot be written, and what `make` raises.
        """
        if self.root is None:
            sink = MemorySink()
            make(sink)
            return sink.arrays()
        place = self.root / key
        found = _read(place)
        if not found:
            started = time.perf_counter()
            self._make(self.root, place, make)
            found = _read(place)
            if not found:
                raise CorpusError(f"{place}: expected {what} as they were written, got others; check the disk")
            size = sum(array.nbytes for array in found.arrays.values())
            log.info("%s: %s, %.1f MB, made in %.0f s", place, what, size / 1e6, time.perf_counter() - started)
        return found

    def _make(self, root: Path, place: Path, make: Callable[[Sink], None]) -> None:
        with _writing(root):
            root.mkdir(parents=True, exist_ok=True)
            _remove_stale(root)
            sink = FileSink(Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=root)))
        try:
            make(sink)
            sink.publish(place)
        finally:
            sink.close()
            shutil.rmtree(sink.folder, ignore_errors=True)


def _remove_stale(root: Path) -> None:
    """Remove what processes that were killed left half-made, a day ago or before."""
    for folder in root.glob(f"{_TEMPORARY}*"):
        with suppress(FileNotFoundError):  # another process has finished it meanwhile
            if time.time() - folder.stat().st_mtime > _STALE:
                shutil.rmtree(folder, ignore_errors=True)


def _read(place: Path) -> Arrays | None:
    """The entry in a folder; None where there is none, or where it is not as its manifest says."""
    try:
        crc32, text = (place / MANIFEST).read_text(encoding="ascii").splitlines()
        if int(crc32) != zlib.crc32(text.encode()):
            raise ValueError("another manifest than was written")
        manifest = json.loads(text)
        arrays = {name: _map(place / f"{name}.bin", **column) for name, column in manifest["arrays"].items()}
        return Arrays(arrays, manifest["notes"])
    except FileNotFoundError:
        if place.exists():
            log.warning("%s: damaged, a file is missing; it is made again", place)
        return None
    except (OSError, ValueError) as error:
        log.warning("%s: damaged (%s); it is made again", place, error)
        return None


def _map(path: Path, *, dtype: str, n: int, crc32: int) -> NDArray[Any]:
    """The array in a file, mapped to memory. Raises ValueError when its size or checksum is another one."""
    found, size = 0, 0
    for data in _chunks(path):
        found, size = zlib.crc32(data, found), size + len(data)
    if size != n * np.dtype(dtype).itemsize or found != crc32:
        raise ValueError(f"{path.name}: expected {n} values with the checksum {crc32}, got {size} bytes with {found}")
    return np.asarray(np.memmap(path, np.dtype(dtype), "r")) if n else np.zeros(0, dtype)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data

"""The files that a run reads: found by names, folders and patterns, and opened."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import InputError
from ..files.lines import COMPRESSED, decompressing, decompression_errors
from .chunks import Kind
from .writers import OutputError

KINDS_BY_SUFFIX: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}


class Input(NamedTuple):
    """A file to read: its path (`-` for stdin), its name below the folder that was given, and what it holds."""

    path: str
    name: str
    kind: Kind

    @property
    def size(self) -> int:
        """The size in bytes, as compressed as the file is; 0 for stdin."""
        return 0 if self.path == "-" else Path(self.path).stat().st_size

    @property
    def readable_size(self) -> int:
        """The size in bytes if offsets in the text are offsets in the file; 0 for stdin and compressed files."""
        return 0 if Path(self.path).suffix in COMPRESSED else self.size

    def describe(self) -> dict[str, object]:
        """What identifies the content of the file in a manifest: its path, kind, size and time of change."""
        status = Path(self.path).stat()
        path = str(Path(self.path).resolve())
        return {"path": path, "kind": self.kind, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def without_compression(name: str) -> str:
    """A file's name without the suffix of its compression."""
    return name.removesuffix(Path(name).suffix) if Path(name).suffix in COMPRESSED else name


def kind_by_name(name: str) -> Kind:
    """What a file holds, by the suffix of its name: text unless it says something else."""
    return KINDS_BY_SUFFIX.get(Path(without_compression(name)).suffix, "text")


def is_hidden(path: str) -> bool:
    """Whether a file below a folder is hidden, by a name in its relative path that begins with a dot."""
    return any(part.startswith(".") for part in path.strip("/").split("/"))


def find_inputs(names: Sequence[str], kind: Kind | None) -> list[Input]:
    """The files that names stand for, in order: files, `-`, patterns, and folders with all files below them, except
    hidden ones. Raises InputError when a name stands for no file."""
    inputs = []
    for name in names:
        if name == "-":
            inputs.append(Input("-", "stdin", kind or "text"))
            continue
        files = _find_files(name)
        if not files:
            raise InputError(f"{name}: expected files, found none; correct the path or the pattern")
        for path, relative in files:
            if not path.exists():
                raise InputError(f"{path}: expected a file, found none; correct the path")
            inputs.append(Input(str(path), relative, kind or kind_by_name(relative)))
    return inputs


def _find_files(name: str) -> list[tuple[Path, str]]:
    """The paths that a name stands for, and the name of each below the folder."""
    path = Path(name)
    if path.is_dir():
        below = ((file, file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")) if file.is_file())
        return [(file, relative) for file, relative in below if not is_hidden(relative)]
    if path.exists() or not any(character in name for character in "*?["):
        return [(path, path.name)]
    root = Path(path.anchor or ".")
    return [(file, file.name) for file in sorted(root.glob(str(path.relative_to(path.anchor)))) if file.is_file()]


@contextmanager
def open_input(source: Input) -> Iterator[IO[bytes]]:
    """The content of an input, decompressed. Raises InputError when it cannot be opened or read to its end."""
    try:
        if source.path == "-":
            yield sys.stdin.buffer
        else:
            with Path(source.path).open("rb") as file, decompressing(file, source.path, InputError) as stream:
                yield stream
    except decompression_errors() as error:
        if isinstance(error, OutputError | BrokenPipeError):
            raise
        raise InputError(
            f"{source.path}: cannot be read ({error}); is it whole, of the kind its name says, and yours to read?"
        ) from error

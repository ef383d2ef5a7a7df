"""The files that a run reads: found by names, folders and patterns, and opened."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import InputError
from ..files.lines import COMPRESSED, decompressing, decompression_errors
from ..modelfile.shipped import is_shipped
from .chunks import Kind
from .writers import OutputError

KINDS_BY_SUFFIX: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
# What to do about files that hold no plain text by the suffixes of their names.
_REMEDIES = {
    "save it as plain text first": ".pdf .doc .docx .odt .rtf .epub .ppt .pptx .xls .xlsx .ods",
    "choose a file of text": ".png .jpg .jpeg .gif .webp .bmp .tif .tiff .svg .ico .mp3 .wav .ogg .mp4 .avi .mov "
    ".onnx .ckpt .npz .npy .pt .bin .exe .dll .so .pyc .db .sqlite",
    "unpack it first": ".zip .tar .tgz .7z .rar .bz2",
    "convert an array with jq -c '.[]'; for a file of an object on each line give --input jsonl": ".json",
}
BINARY = {suffix: remedy for remedy, suffixes in _REMEDIES.items() for suffix in suffixes.split()}
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".ods")  # what spreadsheets read
_PATH = re.compile(r"[/\\]|\.\w{1,8}$")


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

    def open(self) -> IO[bytes]:
        """The bytes of the file as they are. Raises OSError when it cannot be opened."""
        return Path(self.path).open("rb")

    def is_file(self, path: Path) -> bool:
        """Whether the input is the file at a path, by this name or another."""
        return self.path != "-" and path.samefile(self.path)

    def describe(self) -> dict[str, object]:
        """What identifies the content of the file in a manifest: its path, kind, size and time of change."""
        status = Path(self.path).stat()
        path = str(Path(self.path).resolve())
        return {"path": path, "kind": self.kind, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


class Inputs(NamedTuple):
    """The files to read, and the names of those in folders that hold no text."""

    files: list[Input]
    left_out: list[str]


def without_compression(name: str) -> str:
    """A file's name without the suffix of its compression."""
    return name.removesuffix(Path(name).suffix) if Path(name).suffix in COMPRESSED else name


def kind_by_name(name: str) -> Kind:
    """What a file holds, by the suffix of its name: text unless it says something else."""
    return KINDS_BY_SUFFIX.get(Path(without_compression(name)).suffix, "text")


def is_hidden(path: str) -> bool:
    """Whether a file below a folder is hidden, by a name in its relative path that begins with a dot."""
    return any(part.startswith(".") for part in path.strip("/").split("/"))


def find_inputs(names: Sequence[str], kind: Kind | None) -> Inputs:
    """The files that names stand for, in order: files, `-`, patterns, and folders with all files below them, except
    hidden ones and, unless their `kind` is given, those whose names say that they hold no text.

    Raises InputError when a name stands for no file, and for a file without text.
    """
    found = Inputs([], [])
    for name in names:
        if name == "-":
            found.files.append(Input("-", "stdin", kind or "text"))
            continue
        try:
            files = _find_files(name)
        except (OSError, ValueError):  # no file has such a name
            files = []
        if not files:
            if is_shipped(name):
                raise InputError(
                    f"{name}: expected a file, got the name of a model; -m takes one model: run the command once for "
                    "each"
                )
            wanted = "files" if _is_pattern(name) else "a file"
            raise InputError(f"{_shown(name)}: expected {wanted}, found none; correct the path{_as_text(name)}")
        for path, relative in files:
            remedy = None if kind else BINARY.get(Path(without_compression(relative)).suffix.lower())
            if remedy is None:
                found.files.append(Input(str(path), relative, kind or kind_by_name(relative)))
            elif len(files) > 1:
                found.left_out.append(str(path))
            else:
                raise InputError(f"{path}: expected text, got a file that ends in {path.suffix}; {remedy}")
    if not found.files:
        raise InputError(f"{found.left_out[0]}: expected text, got files that hold none by their names; name others")
    return found


def describe_left_out(names: Sequence[str]) -> Iterator[str]:
    """A note about files that are not read."""
    if names:
        shown = ", ".join([*names[:3], *["…"] * (len(names) > 3)])
        yield f"files left out because they hold no text by their names: {len(names)} ({shown}); --input KIND reads all"


def _shown(name: str) -> str:
    """A path as a whole, and the beginning of what may be a text."""
    return name if _PATH.search(name) else name[:80]


def _as_text(name: str) -> str:
    """How to tag a name that may be meant as a text; nothing for the name of a file."""
    if _PATH.search(name):
        return " or the pattern" if _is_pattern(name) else ""
    return f"; to tag a text, write: echo {shlex.quote(name) if len(name) <= 40 else 'TEXT'} | tagger tag"


def _is_pattern(name: str) -> bool:
    return any(character in name for character in "*?[")


def _find_files(name: str) -> list[tuple[Path, str]]:
    """The paths that a name stands for, and the name of each below the folder."""
    path = Path(name)
    if path.is_dir():
        below = ((file, file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")) if file.is_file())
        return [(file, relative) for file, relative in below if not is_hidden(relative)]
    if path.exists():
        return [(path, path.name)]
    if not _is_pattern(name):
        return []
    root = Path(path.anchor or ".")
    return [(file, file.name) for file in sorted(root.glob(str(path.relative_to(path.anchor)))) if file.is_file()]


@contextmanager
def open_input(source: Input) -> Iterator[IO[bytes]]:
    """The content of an input, decompressed. Raises InputError when it cannot be opened or read to its end."""
    with reading(source.path):
        if source.path == "-":
            yield sys.stdin.buffer
        else:
            with source.open() as file, decompressing(file, source.path) as stream:
                yield stream


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Raises InputError for what the file system and decompressors raise while a file is read."""
    try:
        yield
    except decompression_errors() as error:
        if isinstance(error, OutputError | BrokenPipeError):
            raise
        raise InputError(
            f"{path}: cannot be read ({error}); is it whole, of the kind its name says, and yours to read?"
        ) from error

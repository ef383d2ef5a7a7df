"""Files in, files out: what is read, where it goes, and in a folder of outputs what is already done."""

import fcntl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import InputError
from ..files.atomic import publishing
from ..files.lines import COMPRESSED, decompressing, decompression_errors
from .chunks import Kind, chunks
from .manifest import FOLDER, Manifests, identity
from .pool import Pool
from .worker import FileTagger, Reject
from .writers import Hashed, Sink, sink

SUFFIXES = {"slash": ".slash", "segmented": ".seg", "jsonl": ".jsonl", "conllu": ".conllu", "parquet": ".parquet"}
KINDS_BY_SUFFIX: dict[str, Kind] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


class Input(NamedTuple):
    """A file to read (`-` is stdin), and its name below the folder that was given, if one was."""

    path: str
    name: str
    kind: Kind

    @property
    def size(self) -> int:
        """In bytes, compressed as it is; 0 for stdin."""
        return 0 if self.path == "-" else Path(self.path).stat().st_size


@dataclass
class Counts:
    """What was done so far."""

    files: int = 0
    skipped: int = 0
    bytes: int = 0
    bytes_skipped: int = 0
    texts: int = 0
    words: int = 0
    chars: int = 0
    rejects: list[Reject] = field(default_factory=list)


Report = Callable[[Counts], None]


def plain(name: str) -> str:
    """A file's name without the suffix of its compression."""
    return name.removesuffix(Path(name).suffix) if Path(name).suffix in COMPRESSED else name


def inputs(names: Sequence[str], kind: Kind | None) -> list[Input]:
    """The files that names stand for, in order: files, `-`, patterns, and folders with all that is below them
    (hidden files aside). Raises InputError when a name stands for none."""
    found = []
    for name in names:
        if name == "-":
            found.append(Input("-", "stdin", kind or "text"))
            continue
        path = Path(name)
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path)))
            pairs = [(p, p.relative_to(path).as_posix()) for p in files]
        elif path.exists() or not any(mark in name for mark in "*?["):
            pairs = [(path, path.name)]
        else:
            root = Path(path.anchor or ".")
            pairs = [(p, p.name) for p in sorted(root.glob(str(path.relative_to(path.anchor)))) if p.is_file()]
        if not pairs:
            raise InputError(f"{name}: expected files, found none; correct the path or the pattern")
        for file, short in pairs:
            if not file.exists():
                raise InputError(f"{file}: expected a file, found none; correct the path")
            found.append(Input(str(file), short, kind or KINDS_BY_SUFFIX.get(Path(plain(short)).suffix, "text")))
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@contextmanager
def opened(source: Input) -> Iterator[IO[bytes]]:
    """The content of an input. Raises InputError when it cannot be read, while it is."""
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


class OutputError(OSError):
    """Writing failed: not to be taken for a fault of the input."""


class _Writer(Hashed):
    """Tells the errors of writing from those of reading."""

    def write(self, data: object) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from error


def tag_stream(
    pool: Pool,
    work: FileTagger,
    stream: IO[bytes],
    source: Input,
    target: Sink,
    counts: Counts,
    report: Report = lambda counts: None,
    size: int = 0,
) -> None:
    """All of one open input into a sink. Raises InputError, and OutputError when the output cannot be written.

    `size` is that of the input in bytes, for the report; 0 where places in the text are not places in the file.
    """
    name = "<stdin>" if source.path == "-" else source.path
    # Parts of a line can follow each other in these formats; in the others its text comes whole.
    cut = work.format in ("slash", "segmented") and not work.view.whole
    pieces = chunks(stream, name, source.kind, cut=cut, strict=work.errors == "strict")
    before = counts.bytes
    for chunk, tagged in pool.map(name, pieces):
        target.add(chunk, tagged)
        counts.bytes = before + min(chunk.offset, size)
        counts.texts += tagged.n_texts
        counts.words += tagged.n_words
        counts.chars += tagged.n_chars
        counts.rejects += tagged.rejects
        report(counts)


def tag_input(pool: Pool, work: FileTagger, source: Input, target: Sink, counts: Counts, report: Report) -> None:
    """`tag_stream` for an input still to be opened."""
    before = counts.bytes
    with opened(source) as stream:
        size = 0 if Path(source.path).suffix in COMPRESSED else source.size
        tag_stream(pool, work, stream, source, target, counts, report, size)
    counts.files += 1
    counts.bytes = before + source.size


def tag_to_one(
    pool: Pool, work: FileTagger, sources: Sequence[Input], output: IO[bytes], name: str, report: Report
) -> tuple[Counts, Hashed]:
    """Every input, in order, into one open output, compressed if `name` says so."""
    counts, written = Counts(), _Writer(output)
    with sink(written, name, work.format) as target:  # type: ignore[arg-type]
        for source in sources:
            tag_input(pool, work, source, target, counts, report)
    written.flush()
    return counts, written


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Raises InputError when another run is writing to the folder."""
    (folder / FOLDER).mkdir(exist_ok=True)
    with (folder / FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{folder}: expected no other run writing here, found one; wait for it, or name another folder"
            ) from None
        yield


def outputs(sources: Sequence[Input], format: str, compression: str) -> list[str]:
    """The name of each input's output below the folder. Raises InputError when two inputs have the same."""
    names: dict[str, str] = {}
    for source in sources:
        if source.path == "-":
            raise InputError("expected files for a folder of outputs, got stdin; name a file as the output")
        name = plain(source.name)
        name = name.removesuffix(Path(name).suffix) + SUFFIXES[format] + compression
        if name in names:
            raise InputError(
                f"expected inputs of different names for a folder of outputs, {names[name]} and {source.path} both "
                f"become {name}; tag them in two runs, or name the folder above them"
            )
        names[name] = source.path
    return list(names)


def tag_to_folder(
    pool: Pool,
    work: FileTagger,
    sources: Sequence[Input],
    folder: Path,
    report: Report,
    *,
    compression: str = "",
    resume: bool = False,
) -> Counts:
    """An output per input, each whole or not there, with a manifest: what is done is not done again.

    A run killed at any moment and resumed leaves the same bytes as one that was not. Raises InputError.
    """
    names = outputs(sources, work.format, compression)
    with ExitStack() as stack:
        stack.enter_context(alone_in(folder))
        manifests = Manifests(folder, identity(work), resume=resume)
        for leftover in folder.rglob(".tmp-*"):  # of a run that was killed: no other one is at work here
            if leftover.is_file():
                leftover.unlink()
        for source, name in zip(sources, names, strict=True):
            if (folder / name).exists() and (folder / name).samefile(source.path):
                raise InputError(
                    f"{folder / name}: expected an output that is no input, got the input itself; name another folder"
                )
        total = Counts()
        for source, name in zip(sources, names, strict=True):
            about = _identity(source)
            if manifests.done(name, about):
                total.skipped += 1
                total.bytes += source.size
                total.bytes_skipped += source.size
                report(total)
                continue
            manifests.forget(name)
            tag_shard(pool, work, source, folder / name, manifests, about, total, report)
    return total


def tag_shard(
    pool: Pool,
    work: FileTagger,
    source: Input,
    output: Path,
    manifests: Manifests,
    about: dict[str, object],
    total: Counts,
    report: Report,
) -> None:
    """One input to its output and manifest."""
    before = (total.texts, total.words, total.chars, len(total.rejects))
    output.parent.mkdir(parents=True, exist_ok=True)
    with publishing(output) as temporary, temporary.open("wb") as file:
        written = _Writer(file)
        with sink(written, output.name, work.format) as target:  # type: ignore[arg-type]
            tag_input(pool, work, source, target, total, report)
    if _identity(source) != about:
        output.unlink()
        raise InputError(f"{source.path}: expected a file that stays as it is, it changed while it was read; run again")
    texts, words, chars, rejected = (
        now - then
        for now, then in zip((total.texts, total.words, total.chars, len(total.rejects)), before, strict=True)
    )
    manifests.note(
        output.relative_to(manifests.folder.parent).as_posix(),
        {
            "input": about,
            "model_sha256": manifests.run["model_sha256"],
            "output": {"size": written.size, "sha256": written.digest.hexdigest()},
            "texts": texts,
            "words": words,
            "characters": chars,
            "rejected": rejected,
        },
    )


def _identity(source: Input) -> dict[str, object]:
    status = Path(source.path).stat()
    path = str(Path(source.path).resolve())
    return {"path": path, "kind": source.kind, "size": status.st_size, "mtime_ns": status.st_mtime_ns}

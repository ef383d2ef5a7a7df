"""Inputs to outputs on this machine: into one output, or into a folder with an output per input."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ..errors import InputError
from ..files.atomic import publishing
from ..files.lock import lock
from .chunks import UTF_8, Chunk, Kind, read_chunks
from .counts import LostInput, ReportProgress, RunCounts, RunningCounts, no_report
from .inputs import Input, open_input, without_compression
from .manifest import FOLDER, Manifests, describe_output, describe_run
from .paragraphs import whole_paragraphs
from .pool import Pool
from .rejects import find_lost
from .worker import FileTagger
from .writers import ChunkWriter, HashedFile, open_writer


@dataclass(frozen=True)
class Job:
    """Inputs and how to tag them.

    `compression` is the suffix of the compression of outputs in a folder, empty for none. With `resume` an output that
    an earlier run with the same model and options finished is left as it is; without it a run that was stopped is begun
    anew only with `overwrite`.
    """

    tagger: FileTagger
    sources: Sequence[Input]
    compression: str = ""
    resume: bool = False
    overwrite: bool = False

    def output_names(self) -> list[str]:
        """The name of each input's output below a folder. Raises InputError for stdin, and when two inputs have
        outputs of one name."""
        paths: dict[str, str] = {}
        for source in self.sources:
            if source.path == "-":
                raise InputError("expected files for a folder of outputs, got stdin; name a file as the output")
            name = without_compression(source.name)
            name = name.removesuffix(Path(name).suffix) + self.tagger.output_format.suffix + self.compression
            if name in paths:
                raise InputError(
                    f"expected inputs of different names for a folder of outputs, {paths[name]} and {source.path} both "
                    f"become {name}; tag them in two runs, or name the folder above them"
                )
            paths[name] = source.path
        return list(paths)


def tag_to_file(
    job: Job, pool: Pool, file: IO[bytes], name: str = "", report: ReportProgress = no_report, *, flush: bool = False
) -> RunCounts:
    """Tags every input, in order, into one open file, compressed if `name` has the suffix of a compression.

    With `flush` the file is flushed after each chunk, for somebody who waits for the answers. Raises InputError for
    what cannot be tagged, and OutputError when the file cannot be written.
    """
    running = RunningCounts()
    written = HashedFile(file)

    def flush_and_report(counts: RunCounts) -> None:
        if flush:
            written.flush()
        report(counts)

    with open_writer(written, name, job.tagger.format) as writer:
        for source in job.sources:
            running.add(_tag_input(pool, source, writer, _after(running, flush_and_report)))
    written.flush()
    return running.total()


def tag_to_folder(job: Job, pool: Pool, folder: Path, report: ReportProgress = no_report) -> RunCounts:
    """Tags every input to an output in a folder, which appears when it is whole, and then gets a manifest.

    A run that is killed at any moment and then resumed leaves the same bytes as one that is not. Raises InputError for
    what cannot be tagged, and OutputError when an output cannot be written.
    """
    names = job.output_names()
    folder.mkdir(exist_ok=True)
    with lock_folder(folder):
        manifests = Manifests(folder, describe_run(job.tagger), resume=job.resume, overwrite=job.overwrite)
        _delete_leftovers(folder)
        _check_outputs(folder, job.sources, names)
        running = RunningCounts()
        for source, name in zip(job.sources, names, strict=True):
            if manifests.is_done(name, source.describe()):
                running.add(RunCounts(skipped=1, bytes=source.size, bytes_skipped=source.size))
                report(running.numbers())
            else:
                running.add(_tag_to_output(pool, source, manifests, name, _after(running, report)))
        manifests.finish()
    return running.total()


def tag_stream(
    pool: Pool,
    opened: AbstractContextManager[IO[bytes]],
    source: Input,
    writer: ChunkWriter,
    report: ReportProgress = no_report,
    n_bytes: int = 0,
) -> RunCounts:
    """Tags all of an input, which `opened` opens. Raises InputError, and OutputError when the output cannot be written.

    An input of which all rows were bad is `lost` in the counts, and so is, where bad rows are left out, one that cannot
    be read to its end.
    `report` gets the counts so far after each chunk. `n_bytes` is the size of the input; 0 if offsets in the stream
    are not offsets in the file.
    """
    tagger = pool.tagger
    name = "<stdin>" if source.path == "-" else source.path
    faults: list[InputError] = []
    chunks = _read(opened, name, source.kind, tagger, faults)
    if tagger.clean and source.kind == "text":
        chunks = whole_paragraphs(chunks, skip=tagger.errors == "skip")
    running = RunningCounts()
    for chunk, tagged in pool.map(name, chunks):
        writer.add(chunk, tagged)
        tagger.note_matches(tagged.matched)
        rejects = tuple(tagged.rejects)
        running.add(RunCounts(texts=tagged.n_texts, words=tagged.n_words, chars=tagged.n_chars, rejects=rejects))
        report(replace(running.numbers(), bytes=min(chunk.offset, n_bytes)))
    counts = running.total()
    if faults:
        lost = LostInput(name, counts.texts, str(faults[0]), is_left_out=True, is_unreadable=True)
        return replace(counts, lost=(lost,))
    return replace(counts, lost=find_lost(counts, name, tagger))


def _read(
    opened: AbstractContextManager[IO[bytes]], name: str, kind: Kind, tagger: FileTagger, faults: list[InputError]
) -> Iterator[Chunk]:
    """The chunks of an input. Where bad rows are left out they end before what cannot be read, and `faults` gets its
    error; else, and within a line that is tagged in parts, the error is raised."""
    is_unfinished = False
    try:
        with opened as stream:
            for chunk in read_chunks(
                stream,
                name,
                kind,
                cut=tagger.cuts_lines,
                strict=tagger.errors == "strict",
                sizes=tagger.sizes,
                encoding=tagger.encoding,
            ):
                yield chunk
                is_unfinished = chunk.unfinished
    except InputError as error:
        if tagger.errors != "skip" or is_unfinished:
            raise
        faults.append(error)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keeps other runs from writing to a folder. Raises InputError when one is writing to it."""
    (folder / FOLDER).mkdir(exist_ok=True)
    with (folder / FOLDER / "lock").open("w") as file:
        try:
            lock(file)
        except OSError:
            raise InputError(
                f"{folder}: expected no other run writing here, found one; wait for it, or name another folder"
            ) from None
        yield


def _tag_input(pool: Pool, source: Input, writer: ChunkWriter, report: ReportProgress) -> RunCounts:
    n_bytes = source.readable_size if pool.tagger.encoding == UTF_8 else 0
    counts = tag_stream(pool, open_input(source), source, writer, report, n_bytes)
    return replace(counts, files=1, bytes=source.size)


def _tag_to_output(pool: Pool, source: Input, manifests: Manifests, name: str, report: ReportProgress) -> RunCounts:
    """Tags an input to the output of this name, and writes its manifest. An input of which every row was left out, and
    one that cannot be read to its end, have no output."""
    output = manifests.folder.parent / name
    described = source.describe()
    manifests.delete(name)
    output.parent.mkdir(parents=True, exist_ok=True)
    with publishing(output) as temporary, temporary.open("wb") as file:
        written = HashedFile(file)
        with open_writer(written, output.name, pool.tagger.format) as writer:
            counts = _tag_input(pool, source, writer, report)
    if source.describe() != described:
        output.unlink()
        raise InputError(f"{source.path}: expected a file that stays as it is, it changed while it was read; run again")
    if counts.left_out:
        output.unlink()
        return counts.without_output()
    manifests.write(name, described, describe_output(written, counts))
    return counts


def _after(running: RunningCounts, report: ReportProgress) -> ReportProgress:
    """Reports the numbers of an input together with those of the inputs before it."""
    return lambda counts: report(running.numbers(counts))


def _check_outputs(folder: Path, sources: Sequence[Input], names: Sequence[str]) -> None:
    """Raises InputError where an output would replace any of the inputs, whatever names these have."""
    inputs = {_identity(Path(source.path)): source.path for source in sources}
    for name in names:
        output = folder / name
        if output.exists() and (replaced := inputs.get(_identity(output))):
            raise InputError(
                f"{output}: expected an output that is no input, got the input {replaced}; name another folder"
            )


def _identity(path: Path) -> tuple[int, int]:
    """What two names of one file have in common."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _delete_leftovers(folder: Path) -> None:
    """Deletes the unfinished files of a run that was killed: no other run is writing here."""
    for path in folder.rglob(".tmp-*"):
        if path.is_file():
            path.unlink()

"""Tags files on a cluster: Ray Data hands them to a pool of actors, each with its own session.

An actor tags a file as a whole. It writes the output under a temporary name, renames it when it is whole, and then
writes the manifest. So a task that Ray runs twice, on whatever machine, leaves one output. Paths are local ones, or any
that fsspec can open (`s3://…`, `gs://…`), if all machines can reach them.
"""

import json
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, Any, cast

from ..errors import InputError, TaggerError
from ..extras import needed_for
from .chunks import Kind
from .counts import LostInput, RunCounts
from .inputs import Input, is_hidden, kind_by_name, open_input
from .job import Job, tag_stream
from .manifest import FOLDER, describe_output, describe_run, refuse_other, refuse_stopped
from .pool import InProcess
from .tagged import Reject
from .worker import FileTagger
from .writers import HashedFile, open_writer

_NO_COUNTS = {"skipped": 0, "bytes": 0, "texts": 0, "words": 0, "chars": 0, "rejects": "[]", "lost": "[]"}


class RemoteInput(Input):
    """A file to read, whose path is a URL that fsspec opens."""

    @property
    def size(self) -> int:
        """The size in bytes, as compressed as the file is; 0 where nothing tells."""
        system, path = _filesystem(self.path)
        return system.size(path) or 0

    def describe(self) -> dict[str, object]:
        """What identifies the content of the file in a manifest: its path, kind, size and what its file system says."""
        system, path = _filesystem(self.path)
        return {"path": self.path, "kind": self.kind, "size": self.size, "ukey": system.ukey(path)}

    def open(self) -> IO[bytes]:
        """The bytes of the file as they are. Raises what the file system of the URL raises."""
        system, path = _filesystem(self.path)
        return cast(IO[bytes], system.open(path, "rb"))


def find_remote_inputs(urls: Sequence[str], kind: Kind | None) -> list[Input]:
    """The files that URLs, folders and patterns stand for, in order; their paths are URLs.

    Raises InputError when a URL stands for no file.
    """
    inputs: list[Input] = []
    for url in urls:
        system, path = _filesystem(url)
        if system.isdir(path):
            files = [file for file in sorted(system.find(path)) if not is_hidden(file[len(path) :])]
            names = [file[len(path) :].lstrip("/") for file in files]
        else:
            files = sorted(system.glob(path)) if any(character in path for character in "*?[") else [path]
            names = [PurePosixPath(file).name for file in files]
        if not files or not all(map(system.exists, files)):
            raise InputError(f"{url}: expected files, found none; correct the path or the pattern")
        for file, name in zip(files, names, strict=True):
            inputs.append(RemoteInput(system.unstrip_protocol(file), name, kind or kind_by_name(name)))
    return inputs


class TagFiles:
    """An actor: opens the model once, then tags a file per row `path`, `name`, `kind`, `output`."""

    def __init__(self, tagger: FileTagger, folder: str, run: dict[str, Any], resume: bool) -> None:
        self._tagger, self._folder, self._run, self._resume = tagger, folder, run, resume

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The counts of a file as a row, with an error message, which is empty if all is well: Ray would change the
        type of an exception."""
        try:
            return {**self.tag(row), "error": ""}
        except TaggerError as error:
            return {**_NO_COUNTS, "error": str(error)}

    def tag(self, row: dict[str, Any]) -> dict[str, Any]:
        """The counts of a file as a row. Raises InputError for what cannot be tagged."""
        source = RemoteInput(row["path"], row["name"], row["kind"])
        store, folder = _filesystem(self._folder)
        output, manifest_path = f"{folder}/{row['output']}", f"{folder}/{FOLDER}/{row['output']}.manifest.json"
        described = source.describe()
        if self._resume and store.exists(manifest_path) and store.exists(output):
            manifest = json.loads(store.cat_file(manifest_path))
            if manifest["input"] == described and manifest["run"] == self._run:
                return {**_NO_COUNTS, "skipped": 1, "bytes": described["size"]}
        for new_file in (output, manifest_path):
            store.makedirs(str(PurePosixPath(new_file).parent), exist_ok=True)
        with _publishing(store, output) as temporary, store.open(temporary, "wb") as file:
            written = HashedFile(file)
            with open_writer(written, output, self._tagger.format) as writer:
                counts = tag_stream(InProcess(self._tagger), open_input(source), source, writer)
        if counts.left_out:
            store.rm(output)
            counts = counts.without_output()
        else:
            manifest = {"input": described, "run": self._run, **describe_output(written, counts)}
            store.pipe_file(manifest_path, json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
        return {
            "skipped": 0,
            "bytes": described["size"],
            "texts": counts.texts,
            "words": counts.words,
            "chars": counts.chars,
            "rejects": json.dumps([tuple(reject) for reject in counts.rejects]),
            "lost": json.dumps([tuple(lost) for lost in counts.lost]),
        }


def tag_on_ray(job: Job, folder: str, n_workers: int) -> RunCounts:
    """Tags every input to an output below `folder`, by `n_workers` actors. Starts a local Ray unless one is running.

    Raises InputError for what cannot be tagged, and when the folder holds a run with other options.
    """
    with needed_for("--engine ray"):
        import ray
    names = job.output_names()
    run = describe_run(job.tagger)
    _begin_run(job, folder, names, run)
    rows = [
        {"path": source.path, "name": source.name, "kind": source.kind, "output": name}
        for source, name in zip(job.sources, names, strict=True)
    ]
    n_workers = min(n_workers, len(rows))
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    is_ours = not ray.is_initialized()
    if is_ours:
        ray.init(num_cpus=n_workers, include_dashboard=False, log_to_driver=False, logging_level="WARNING")
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        tasks = ray.data.from_items(rows, override_num_blocks=len(rows))
        answers = tasks.map(
            TagFiles,
            fn_constructor_args=(job.tagger, folder.rstrip("/"), run, job.resume),
            compute=ray.data.ActorPoolStrategy(size=n_workers),
            num_cpus=1,
        ).take_all()
    finally:
        if is_ours:
            ray.shutdown()
    counts = _total(answers)
    _write_run(folder, run, finished=True)
    return counts


def _filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    with needed_for("--engine ray"):
        import fsspec
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InputError(
            f"{url}: expected a path that fsspec can open, got an error ({error}); install what it names"
        ) from None
    return system, path


def _begin_run(job: Job, folder: str, names: Sequence[str], run: dict[str, Any]) -> None:
    """Notes in the folder what the run is. Raises InputError when an output is an input, and as `Manifests` does."""
    store, path = _filesystem(folder)
    path = path.rstrip("/")
    for source, name in zip(job.sources, names, strict=True):
        if source.path == store.unstrip_protocol(f"{path}/{name}"):
            raise InputError(f"{source.path}: expected an output that is no input; name another folder")
    run_file = f"{path}/{FOLDER}/run.json"
    store.makedirs(f"{path}/{FOLDER}", exist_ok=True)
    if job.resume and store.exists(run_file):
        refuse_other(folder, json.loads(store.cat_file(run_file)), run)
    elif not job.overwrite and store.exists(run_file):
        n_done = sum(name.endswith(".manifest.json") for name in store.find(f"{path}/{FOLDER}"))
        refuse_stopped(folder, json.loads(store.cat_file(run_file)), n_done)
    _write_run(folder, run, finished=False)


def _write_run(folder: str, run: dict[str, Any], *, finished: bool) -> None:
    store, path = _filesystem(folder)
    store.pipe_file(f"{path.rstrip('/')}/{FOLDER}/run.json", json.dumps(run | {"finished": finished}).encode())


@contextmanager
def _publishing(store: Any, output: str) -> Iterator[str]:
    """A temporary path beside `output`, renamed to it when the block ends well, else deleted."""
    path = PurePosixPath(output)
    temporary = f"{path.parent}/.tmp-{uuid.uuid4().hex}-{path.name}"
    try:
        yield temporary
        store.mv(temporary, output)
    finally:
        if store.exists(temporary):
            store.rm(temporary)


def _total(answers: Sequence[dict[str, Any]]) -> RunCounts:
    """The sums of the counts that actors returned. Raises InputError for what an actor could not tag."""
    if errors := [answer["error"] for answer in answers if answer["error"]]:
        others = f" (and {len(errors) - 1} other files)" if len(errors) > 1 else ""
        raise InputError(f"{errors[0]}{others}")
    n_skipped = sum(answer["skipped"] for answer in answers)
    sums = {name: sum(answer[name] for answer in answers) for name in ("bytes", "texts", "words", "chars")}
    rejects = tuple(Reject(*reject) for answer in answers for reject in json.loads(answer["rejects"]))
    lost = tuple(LostInput(*lost) for answer in answers for lost in json.loads(answer["lost"]))
    return RunCounts(files=len(answers) - n_skipped, skipped=n_skipped, rejects=rejects, lost=lost, **sums)

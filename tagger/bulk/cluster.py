"""The same work on a cluster: Ray Data hands files to a pool of actors, each with a session of its own.

The unit is the input file. An actor writes its output under a temporary name and renames it when whole, and
writes the manifest after it; so a task that Ray runs again, on whatever machine, leaves one output and not two.
Paths are local ones, or any that fsspec knows (`s3://…`, `gs://…`), if all machines can reach them.
"""

import json
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError, TaggerError
from ..files.lines import decompressing
from .chunks import Kind
from .job import KINDS_BY_SUFFIX, Counts, Input, outputs, plain, tag_stream
from .manifest import FOLDER, identity, refuse_other
from .pool import Alone
from .worker import FileTagger, Reject
from .writers import Hashed, sink


def _filesystem(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise InputError(
            "expected fsspec and ray to be installed for --engine ray; pip install 'tagger[ray]'"
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InputError(
            f"{url}: expected a path that fsspec can open, got an error ({error}); install what it names"
        ) from None
    return system, path


def inputs(urls: Sequence[str], kind: Kind | None) -> list[Input]:
    """The files that URLs, folders and patterns stand for, in order. Raises InputError when one stands for none."""
    found = []
    for url in urls:
        system, path = _filesystem(url)
        if system.isdir(path):
            files = [file for file in sorted(system.find(path)) if not _hidden(file[len(path) :])]
            names = [file[len(path) :].lstrip("/") for file in files]
        else:
            files = sorted(system.glob(path)) if any(mark in path for mark in "*?[") else [path]
            names = [PurePosixPath(file).name for file in files]
        if not files or not all(map(system.exists, files)):
            raise InputError(f"{url}: expected files, found none; correct the path or the pattern")
        for file, name in zip(files, names, strict=True):
            suffix = Path(plain(name)).suffix
            found.append(Input(system.unstrip_protocol(file), name, kind or KINDS_BY_SUFFIX.get(suffix, "text")))
    return found


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.strip("/").split("/"))


NOTHING = {"skipped": 0, "bytes": 0, "texts": 0, "words": 0, "chars": 0, "rejects": "[]"}


class TagFiles:
    """An actor: opens the model once, then tags a file per row `path, name, kind, output`."""

    def __init__(self, work: FileTagger, folder: str, run: dict[str, Any], resume: bool) -> None:
        self.work, self.folder, self.run, self.resume = work, folder, run, resume

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """What was done, as a row, or what the matter is: exceptions lose their kind on the way to the driver."""
        try:
            return {**self.tag(row), "error": ""}
        except TaggerError as error:
            return {**NOTHING, "error": str(error)}

    def tag(self, row: dict[str, Any]) -> dict[str, Any]:
        """What was done, as a row. Raises InputError."""
        source = Input(row["path"], row["name"], row["kind"])
        system, path = _filesystem(source.path)
        store, folder = _filesystem(self.folder)
        output, note = f"{folder}/{row['output']}", f"{folder}/{FOLDER}/{row['output']}.manifest.json"
        about = {"path": source.path, "kind": source.kind, "size": system.size(path), "ukey": system.ukey(path)}
        if self.resume and store.exists(note) and store.exists(output):
            before = json.loads(store.cat_file(note))
            if before["input"] == about and before["run"] == self.run:
                return {**NOTHING, "skipped": 1, "bytes": about["size"]}
        counts = Counts()
        temporary = f"{PurePosixPath(output).parent}/.tmp-{uuid.uuid4().hex}-{PurePosixPath(output).name}"
        store.makedirs(str(PurePosixPath(output).parent), exist_ok=True)
        store.makedirs(str(PurePosixPath(note).parent), exist_ok=True)
        try:
            with store.open(temporary, "wb") as file:
                written = Hashed(file)
                with (
                    sink(written, output, self.work.format) as target,  # type: ignore[arg-type]
                    system.open(path, "rb") as raw,
                    decompressing(raw, path, InputError) as stream,
                ):
                    tag_stream(Alone(self.work), self.work, stream, source, target, counts)
            store.mv(temporary, output)
        finally:
            if store.exists(temporary):
                store.rm(temporary)
        manifest = {
            "input": about,
            "run": self.run,
            "output": {"size": written.size, "sha256": written.digest.hexdigest()},
            "texts": counts.texts,
            "words": counts.words,
            "characters": counts.chars,
            "rejected": len(counts.rejects),
        }
        store.pipe_file(note, json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
        rejects = json.dumps([tuple(reject) for reject in counts.rejects])
        return {"skipped": 0, "bytes": about["size"], "texts": counts.texts, "words": counts.words,
                "chars": counts.chars, "rejects": rejects}  # fmt: skip


def tag_on_ray(
    work: FileTagger,
    sources: Sequence[Input],
    folder: str,
    workers: int,
    *,
    compression: str = "",
    resume: bool = False,
) -> Counts:
    """An output per input, below `folder`, by `workers` actors. Starts a local Ray unless one is running.

    Raises InputError for what cannot be tagged, and when the folder holds a run with other options.
    """
    try:
        import ray
    except ImportError:
        raise InputError("expected ray to be installed for --engine ray; pip install 'tagger[ray]'") from None
    names = outputs(sources, work.format, compression)
    run = identity(work)
    store, path = _filesystem(folder)
    for source, name in zip(sources, names, strict=True):
        if source.path == store.unstrip_protocol(f"{path.rstrip('/')}/{name}"):
            raise InputError(f"{source.path}: expected an output that is no input; name another folder")
    note = f"{path.rstrip('/')}/{FOLDER}/run.json"
    store.makedirs(str(PurePosixPath(note).parent), exist_ok=True)
    if resume and store.exists(note):
        refuse_other(folder, json.loads(store.cat_file(note)), run)
    store.pipe_file(note, json.dumps(run).encode())
    rows = [
        {"path": source.path, "name": source.name, "kind": source.kind, "output": name}
        for source, name in zip(sources, names, strict=True)
    ]
    workers = min(workers, len(rows))
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    started = not ray.is_initialized()
    if started:
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="WARNING")
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        tasks = ray.data.from_items(rows, override_num_blocks=len(rows))
        done = tasks.map(
            TagFiles,
            fn_constructor_args=(work, folder.rstrip("/"), run, resume),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        ).take_all()
    finally:
        if started:
            ray.shutdown()
    if errors := [row["error"] for row in done if row["error"]]:
        more = f" (and {len(errors) - 1} other files)" if len(errors) > 1 else ""
        raise InputError(f"{errors[0]}{more}")
    counts = Counts(files=sum(not row["skipped"] for row in done), skipped=sum(row["skipped"] for row in done))
    for name in ("bytes", "texts", "words", "chars"):
        setattr(counts, name, sum(row[name] for row in done))
    counts.rejects = [Reject(*reject) for row in done for reject in json.loads(row["rejects"])]
    return counts

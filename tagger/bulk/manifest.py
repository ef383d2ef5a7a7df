"""Manifests: what a finished output was made from. They are written after it, so a resumed run knows what is done."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from ..files.atomic import publishing
from .counts import RunCounts
from .worker import FileTagger
from .writers import HashedFile

FOLDER = ".tagger"  # below the folder of outputs


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_run(tagger: FileTagger) -> dict[str, Any]:
    """All that decides what the outputs of a run look like, apart from the inputs."""
    return {
        "model_sha256": sha256(tagger.model),
        "format": tagger.format,
        "field": tagger.field,
        "encoding": tagger.encoding,
        "clean": tagger.clean,
        "offsets": tagger.unit,
        "errors": tagger.errors,
        "presegment": tagger.presegment,
        "standard": tagger.standard,
        "output_options": asdict(tagger.output),
        "dictionaries_sha256": [sha256(path) for path in tagger.dictionaries],
        "dictionary_options": asdict(tagger.dictionary_options),
        "patterns_sha256": [sha256(path) for path in tagger.patterns],
        "known_field": tagger.known_field,
        "pos_kept": list(tagger.word_filter.pos),
        "stop_words": sorted(tagger.word_filter.stop_words),
        "sizes": asdict(tagger.sizes),
        "version": __version__,
    }


def describe_output(written: HashedFile, counts: RunCounts) -> dict[str, Any]:
    """What a manifest says of a finished output."""
    return {
        "output": {"size": written.size, "sha256": written.digest.hexdigest()},
        "texts": counts.texts,
        "words": counts.words,
        "characters": counts.chars,
        "rejected": len(counts.rejects),
    }


def refuse_other(folder: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises InputError when the run that began in a folder had another model or other options than this one."""
    changed = [f"{key} {before.get(key)!r}, now {now.get(key)!r}" for key in now if before.get(key) != now[key]]
    if changed:
        raise InputError(
            f"{folder}: expected to resume the run that began here, got another model or other options "
            f"({'; '.join(changed)}); use the same ones, or give --overwrite in place of --resume to begin anew"
        )


def refuse_stopped(folder: str, before: Mapping[str, Any], n_done: int) -> None:
    """Raises InputError when the run that began in a folder has finished outputs and was stopped before its end, for a
    run that is neither to resume it nor to overwrite it."""
    if before.get("finished") is False and n_done:
        outputs = "1 finished output" if n_done == 1 else f"{n_done:,} finished outputs"
        raise InputError(
            f"{folder}: expected --resume or --overwrite for a folder in which a run was stopped, got neither "
            f"({outputs}); --resume continues it with the same model and options, --overwrite begins anew"
        )


class Manifests:
    """The manifests of a folder of outputs, one per output, in its folder `.tagger`.

    A run that does not resume deletes those of earlier runs. Raises InputError when a run resumes one of another model
    or other options, and when it neither resumes nor overwrites one that was stopped.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any], *, resume: bool, overwrite: bool = False) -> None:
        self.folder, self.run = folder / FOLDER, dict(run)
        self.folder.mkdir(exist_ok=True)
        run_file = self.folder / "run.json"
        if resume and run_file.exists():
            refuse_other(str(folder), _read(run_file), self.run)
        else:
            before = [*self.folder.rglob("*.manifest.json")]
            if run_file.exists() and not overwrite:
                refuse_stopped(str(folder), _read(run_file), len(before))
            for path in before:
                path.unlink()
        _write(run_file, self.run | {"finished": False})

    def finish(self) -> None:
        """Notes that the run has come to its end."""
        _write(self.folder / "run.json", self.run | {"finished": True})

    def path(self, output: str) -> Path:
        """Where the manifest of an output lies, given the output's name below the folder."""
        return self.folder / f"{output}.manifest.json"

    def is_done(self, output: str, source: Mapping[str, Any]) -> bool:
        """Whether an output is there, as a whole, and made from this very input."""
        path, target = self.path(output), self.folder.parent / output
        if not path.exists() or not target.exists():
            return False
        manifest = _read(path)
        described = manifest.get("output")
        size = described.get("size") if isinstance(described, dict) else None
        return target.stat().st_size == size and manifest.get("input") == dict(source)

    def delete(self, output: str) -> None:
        """Deletes the manifest of an output, if there is one."""
        self.path(output).unlink(missing_ok=True)

    def write(self, output: str, source: Mapping[str, Any], description: Mapping[str, Any]) -> None:
        """Writes the manifest of an output that was made from an input."""
        path = self.path(output)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, {"input": source, "model_sha256": self.run["model_sha256"], **description})


def _write(path: Path, values: Mapping[str, Any]) -> None:
    with publishing(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")  # names may not be UTF-8


def _read(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError(f"a {type(values).__name__}")
        return values
    except ValueError as error:
        raise InputError(
            f"{path}: expected a manifest of tagger.tag, cannot read it ({error}); "
            "delete the file, or give --overwrite in place of --resume"
        ) from None

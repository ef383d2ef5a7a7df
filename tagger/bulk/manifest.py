"""What a finished output was made from: written after it, so that a resumed run knows what it need not do again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from ..files.atomic import publishing
from .worker import FileTagger

FOLDER = ".tagger"


def sha256(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity(work: FileTagger) -> dict[str, Any]:
    """All that decides what the outputs of a run look like, whatever the inputs."""
    return {
        "model_sha256": sha256(work.model),
        "format": work.format,
        "field": work.field,
        "offsets": work.unit,
        "errors": work.errors,
        "presegment": work.presegment,
        "standard": work.standard,
        "view": asdict(work.view),
        "dictionaries_sha256": [sha256(path) for path in work.dictionaries],
        "strength": work.strength,
        "fold": work.fold,
        "known": work.known,
        "version": __version__,
    }


def refuse_other(folder: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises InputError when the run that began in a folder was of another model or of other options."""
    changed = [f"{key} {before.get(key)!r}, now {now.get(key)!r}" for key in now if before.get(key) != now[key]]
    if changed:
        raise InputError(
            f"{folder}: expected to go on with the run that began here, got another model or other options "
            f"({'; '.join(changed)}); use the same ones, or leave --resume out to begin anew"
        )


class Manifests:
    """The manifests of a folder of outputs, in its folder `.tagger`: one per output, by the output's name.

    A run that is not resumed forgets those of earlier runs. Raises InputError when a resumed one finds
    those of another model or other options.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any], *, resume: bool) -> None:
        self.folder, self.run = folder / FOLDER, dict(run)
        self.folder.mkdir(exist_ok=True)
        about = self.folder / "run.json"
        if resume and about.exists():
            refuse_other(str(folder), _read(about), self.run)
        else:
            for old in self.folder.rglob("*.manifest.json"):
                old.unlink()
        _write(about, self.run)

    def _path(self, output: str) -> Path:
        return self.folder / f"{output}.manifest.json"

    def done(self, output: str, input: Mapping[str, Any]) -> dict[str, Any] | None:
        """The manifest of an output that is there, whole, and made from this very input; else None."""
        path = self._path(output)
        if not path.exists():
            return None
        manifest = _read(path)
        target = self.folder.parent / output
        output_then = manifest.get("output")
        size = output_then.get("size") if isinstance(output_then, dict) else None
        whole = target.exists() and target.stat().st_size == size
        return manifest if whole and manifest.get("input") == dict(input) else None

    def forget(self, output: str) -> None:
        self._path(output).unlink(missing_ok=True)

    def note(self, output: str, manifest: Mapping[str, Any]) -> None:
        path = self._path(output)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, manifest)


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
            "delete the file, or leave --resume out"
        ) from None

"""The folder of a run: a new one, or one whose run is continued; none is overwritten."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelError, UsageError

RESUMABLE = ("interrupted.ckpt", "last.ckpt")
RESULTS = ("best.ckpt", *RESUMABLE, "model.onnx")
_FOLDER, _RESUME = "hydra.run.dir=", "resume="


def with_folder(overrides: Sequence[str]) -> list[str]:
    """The settings of a command line in which `resume=` names a checkpoint, and its folder is that of the run, unless
    they name another.

    Raises UsageError for the folder of another run, and ModelError for a folder without a checkpoint to resume from.
    """
    values = {key: word for word in overrides for key in (_FOLDER, _RESUME) if word.startswith(key)}
    folder = values.get(_FOLDER, "").removeprefix(_FOLDER)
    resume = values.get(_RESUME, "").removeprefix(_RESUME)
    if resume in ("", "null"):
        if folder and "${" not in folder:
            check_unused(Path(folder))
        return list(overrides)
    checkpoint = newest_checkpoint(Path(resume)) if Path(resume).is_dir() else Path(resume)
    words = [f"{_RESUME}{checkpoint}" if word == values[_RESUME] else word for word in overrides]
    return words if folder or not checkpoint.is_file() else [*words, f"{_FOLDER}{checkpoint.parent}"]


def newest_checkpoint(run: Path) -> Path:
    """The checkpoint to continue a run from. Raises ModelError when its folder has none."""
    found = [path for name in RESUMABLE if (path := run / name).is_file()]
    if not found:
        raise ModelError(f"{run}: expected {' or '.join(RESUMABLE)} to resume from, found neither; correct resume=")
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def check_unused(run: Path) -> None:
    """Raises UsageError for a folder in which a run left its results: another run would overwrite them."""
    if os.environ.get("LOCAL_RANK", "0") != "0":  # a further process of a run that has begun
        return
    if found := [name for name in RESULTS if (run / name).exists()]:
        raise UsageError(
            f"{run}: expected a new folder, got that of a run ({', '.join(found)}); continue it with resume={run}, "
            "give another hydra.run.dir=FOLDER, or delete it"
        )

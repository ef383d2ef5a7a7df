"""The folder of a run: a new one, or one whose run is continued; none is overwritten."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ..errors import ModelError, UsageError

RESUMABLE = ("interrupted.ckpt", "last.ckpt")
RESULTS = ("best.ckpt", *RESUMABLE, "model.onnx")
CONFIGURATION = Path(".hydra", "config.yaml")  # below the folder of a run
OVERRIDES = CONFIGURATION.with_name("overrides.yaml")
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


def keep_configuration(cfg: DictConfig, chosen: Mapping[str, Any], *, name: str, apart: Sequence[str]) -> None:
    """Write the configuration of one run of several into its folder, where Hydra leaves that of a single run.

    `chosen` are the settings of this run, as they would be given on a command line. What is `apart` belongs to the runs
    together and is left out.
    """
    folder = Path(cfg.run)
    (folder / CONFIGURATION).parent.mkdir(parents=True, exist_ok=True)
    values: Any = OmegaConf.to_container(cfg)
    own = {key: value for key, value in values.items() if key not in apart} | {"name": name}
    OmegaConf.save(OmegaConf.create(own), folder / CONFIGURATION)
    words = [f"{setting}={'null' if value is None else value}" for setting, value in chosen.items()]
    OmegaConf.save(OmegaConf.create(words), folder / OVERRIDES)

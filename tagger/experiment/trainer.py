"""Lightning's trainer, its callbacks and its loggers, as a configuration names them."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import lightning
from hydra.utils import instantiate
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint, ProgressBar
from lightning.pytorch.loggers import Logger
from omegaconf import DictConfig, OmegaConf

from ..errors import UsageError
from ..learning.callbacks import DevSchedule, SameBatches

READ_ALREADY = ("callbacks", "enable_checkpointing", "overfit_batches")
# Batches hold the gold sentences too, which Lightning cannot convert to another type; a CRF is not sure in 16 bits.
PRECISIONS = ("32-true", "32", "bf16-mixed", "16-mixed")


class Outcome(NamedTuple):
    """The checkpoint that a training leaves, the best one if dev was scored, and its score (NaN without one)."""

    checkpoint: Path | None
    score: float


def make_callbacks(cfg: DictConfig, run: Path, *, monitor: str, mode: str) -> list[Callback]:
    """The callbacks of a run: those of the group `callbacks`, then those of `trainer.callbacks`.

    Their nodes may use `${run}`, `${monitor}` and `${mode}`. Progress bars are left out where stderr is no terminal,
    the monitor of learning rates where there is no logger, and checkpoints with `trainer.enable_checkpointing=false`.
    """
    known = DictConfig(OmegaConf.merge(cfg, {"run": str(run), "monitor": monitor, "mode": mode}))
    nodes = [*(known.get("callbacks") or {}).values(), *(known.trainer.get("callbacks") or ())]
    callbacks: list[Callback] = [instantiate(node, _convert_="all") for node in nodes if node]
    if not sys.stderr.isatty():
        callbacks = [callback for callback in callbacks if not isinstance(callback, ProgressBar)]
    if not cfg.get("logger"):
        callbacks = [callback for callback in callbacks if not isinstance(callback, LearningRateMonitor)]
    if not cfg.trainer.get("enable_checkpointing", True):
        callbacks = [callback for callback in callbacks if not isinstance(callback, ModelCheckpoint)]
    if cfg.trainer.get("overfit_batches"):
        callbacks.append(SameBatches())
    return [*callbacks, DevSchedule()]


def make_loggers(cfg: DictConfig, run: Path) -> list[Logger]:
    """The loggers of the group `logger`, each of which writes into the run's folder if it writes files."""
    return [instantiate(node, save_dir=str(run)) for node in (cfg.get("logger") or {}).values()]


def make_trainer(cfg: DictConfig, run: Path, callbacks: list[Callback]) -> lightning.Trainer:
    """Lightning's trainer with the loggers of the configuration. Raises UsageError when it would train nothing."""
    check_flags(cfg.trainer)
    # make_callbacks has read these; a checkpoint at Ctrl-C is written in any case.
    flags: Any = OmegaConf.to_container(cfg.trainer, resolve=True)
    flags = {name: value for name, value in flags.items() if name not in READ_ALREADY}
    few = cfg.trainer.get("overfit_batches")
    trainer: lightning.Trainer = instantiate(
        flags,
        **({"limit_train_batches": few} if few else {}),
        callbacks=callbacks,
        logger=make_loggers(cfg, run),
        default_root_dir=run,
        enable_progress_bar=sys.stderr.isatty() and any(isinstance(callback, ProgressBar) for callback in callbacks),
    )
    if 0 in (trainer.max_epochs, trainer.max_steps, trainer.limit_train_batches):
        raise UsageError(
            f"expected some training, got trainer.max_epochs={trainer.max_epochs} and max_steps={trainer.max_steps}; "
            "give 1 or more, or -1 for no limit"
        )
    return trainer


def check_flags(flags: DictConfig) -> None:
    """Raises UsageError for flags of Lightning's trainer that have no meaning here."""
    if "logger" in flags:
        raise UsageError(f"expected loggers by logger=NAME, got trainer.logger={flags.logger}; logger=none for none")
    if (precision := str(flags.get("precision", "32-true"))) not in PRECISIONS:
        raise UsageError(f"trainer.precision={precision}: expected one of {', '.join(PRECISIONS)}; choose among them")


def log_settings(trainer: lightning.Trainer, cfg: DictConfig) -> None:
    """Give all loggers the settings of the run, so that runs can be compared by them."""
    settings: Any = OmegaConf.to_container(cfg, resolve=True)
    for logger in trainer.loggers:
        logger.log_hyperparams(settings)


def outcome(trainer: lightning.Trainer, monitor: str) -> Outcome:
    """What a training has left. Without a checkpoint of the best score it is the newest one."""
    checkpoints = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, ModelCheckpoint)]
    best = [callback for callback in checkpoints if callback.monitor == monitor and callback.best_model_path]
    if best and best[0].best_model_score is not None:
        return Outcome(Path(best[0].best_model_path), float(best[0].best_model_score))
    score = float(trainer.callback_metrics.get(monitor, float("nan")))
    saved = [Path(callback.best_model_path) for callback in checkpoints if callback.best_model_path]
    return Outcome(saved[-1] if saved else None, score)


def waited_in_vain(trainer: lightning.Trainer, monitor: str) -> int | None:
    """The number of scorings on dev without a better score that ended a training early; None if nothing did."""
    stops = [stop for stop in trainer.early_stopping_callbacks if stop.monitor == monitor]
    return min((stop.patience for stop in stops if stop.wait_count >= stop.patience), default=None)

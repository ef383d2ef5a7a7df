"""What training logs of itself: a line for each epoch, lines within a long one, and a closing block."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback

from ..bulk.progress import duration
from ..learning.callbacks import scorings_per_epoch

log = logging.getLogger(__name__)
_PERCENT = ("f1", "accuracy")
_SILENCE = 60.0  # seconds of an epoch without a line


class EpochLog(Callback):
    """Logs a line after each epoch: its loss, its score on dev, the best one so far, its seconds, and the time left of
    training. An epoch of more than a minute has a line after 1, 2, 4, … minutes too. All times hold the scoring on dev.

    `monitor` and `mode` are those of the best checkpoint. The best score travels in checkpoints, so a resumed run knows
    it. `now` tells the time in seconds.
    """

    def __init__(self, monitor: str, mode: str, now: Callable[[], float] = time.monotonic) -> None:
        self.monitor, self.mode, self._now = monitor, mode, now
        self.best: float | None = None
        self.best_epoch = self.last_epoch = 0
        self._begun = self._started = self._scoring_started = 0.0
        self._n_epochs = 0  # since `_begun`
        self._silence, self._n_batches = _SILENCE, 0
        self._scoring: float | None = None  # seconds of the last scoring on dev
        self._scored: list[float] = []  # of all of them in the epoch under way

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch, "last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.last_epoch = state_dict["last_epoch"]

    def on_train_start(self, *_: Any) -> None:
        self._begun = self._started = self._now()  # a run that was stopped inside an epoch continues without its start

    def on_train_epoch_start(self, *_: Any) -> None:
        self._started, self._silence, self._n_batches, self._scored = self._now(), _SILENCE, 0, []

    def on_validation_start(self, *_: Any) -> None:
        self._scoring_started = self._now()

    def on_validation_end(self, *_: Any) -> None:
        self._scoring = self._now() - self._scoring_started
        self._scored.append(self._scoring)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: object, batch: object,
        batch_idx: int,
    ) -> None:  # fmt: skip
        self._n_batches += 1
        seconds = self._now() - self._started
        if seconds < self._silence or not trainer.is_global_zero or trainer.is_last_batch:
            return
        self._silence = 2 * seconds
        n = trainer.num_training_batches
        of, left = (f" of {n}", f", {self._left(trainer, seconds, batch_idx)} left") if n < math.inf else ("", "")
        log.info(
            "epoch %d: %d%s batches in %s%s", trainer.current_epoch + 1, batch_idx + 1, of, duration(seconds), left
        )

    def _left(self, trainer: lightning.Trainer, seconds: float, batch_idx: int) -> str:
        """The time that an epoch still takes after so many seconds: its batches, and scoring dev, which nobody knows
        before it was done once."""
        n = int(trainer.num_training_batches)
        left = (seconds - sum(self._scored)) * (n - batch_idx - 1) / self._n_batches
        n_scorings = max(0.0, scorings_per_epoch(trainer) - len(self._scored)) if trainer.enable_validation else 0.0
        if n_scorings and self._scoring is None:
            return f"{duration(left)} and the scoring on dev"
        return duration(left + n_scorings * (self._scoring or 0.0))

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        figures = trainer.callback_metrics  # in every process: some are reduced over all of them
        now = self._now()
        self._n_epochs += 1
        self.last_epoch = trainer.current_epoch + 1
        value = float(figures[self.monitor]) if self.monitor in figures else None
        if value is not None and self._is_better(value):
            self.best, self.best_epoch = value, self.last_epoch
        if trainer.is_global_zero:
            loss = figures.get("train/loss_epoch")
            parts = self._parts(None if loss is None else float(loss), value, trainer.max_epochs, now)
            log.info(", ".join(parts))

    def _is_better(self, value: float) -> bool:
        return self.best is None or (value > self.best if self.mode == "max" else value < self.best)

    def _parts(self, loss: float | None, value: float | None, max_epochs: int | None, now: float) -> Iterator[str]:
        limit = max_epochs if max_epochs and max_epochs > 0 else None
        shown = "" if loss is None else f": loss {loss:.4f}"
        yield f"epoch {self.last_epoch}{f' of {limit}' if limit else ''}{shown}"
        if value is not None and self.best is not None:
            is_best = self.best_epoch == self.last_epoch
            best = "best" if is_best else f"best {figure(self.monitor, self.best)} in epoch {self.best_epoch}"
            yield f"{described(self.monitor, value)} ({best})"
        yield duration(now - self._started)
        if limit and limit > self.last_epoch:
            mean = (now - self._begun) / self._n_epochs
            yield f"at most {duration(mean * (limit - self.last_epoch))} of training left"

    def closing_lines(
        self, *, max_epochs: int | None, to_export: Path | None, n_in_vain: int | None = None
    ) -> Iterator[str]:
        """That training ended early, after `n_in_vain` scorings on dev in vain, if it did; the best epoch; whether to
        train longer; and the command that makes a model file of the checkpoint `to_export`, if there is one."""
        if n_in_vain is not None and self.last_epoch != max_epochs:
            score = described(self.monitor, None)
            yield f"stopped early: no better {score} in {n_in_vain} scorings (patience); the best is kept"
        if self.best is not None:
            yield f"best: epoch {self.best_epoch} of {self.last_epoch}, {described(self.monitor, self.best)}"
        if self.best_epoch == self.last_epoch == max_epochs:
            yield f"the last epoch was the best: train longer, as with trainer.max_epochs={2 * max_epochs}"
        if to_export:
            yield f"model file: tagger export {to_export} -o {to_export.with_name('model.onnx')}"


def figure(monitor: str, value: float) -> str:
    """A score as tables show it: F1 and accuracy in percent."""
    return f"{100 * value:.2f}" if monitor.endswith(_PERCENT) else f"{value:.4g}"


def described(monitor: str, value: float | None) -> str:
    """A score with its name: `dev joint F1 81.20` of `val/joint_f1`; None: the name alone."""
    name = monitor.replace("val/", "dev ", 1).replace("/", " ").replace("_", " ")
    name = f"{name.removesuffix('f1')}F1" if name.endswith("f1") else name
    return name if value is None else f"{name} {figure(monitor, value)}"

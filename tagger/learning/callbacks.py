"""What happens beside training: when dev is scored, stopping, checkpoints, and the CPU time of epochs."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, Checkpoint, EarlyStopping, ModelCheckpoint

from .data.batching import BucketSampler


class StoppedError(Exception):
    """Training was interrupted and its checkpoint written."""


class Interruption(Checkpoint):
    """The first Ctrl-C (or SIGTERM) ends training after the step under way, with a checkpoint to resume from.

    As a `Checkpoint` it runs after all other callbacks, and after the checkpoints listed before it: what
    it saves includes what they made of the epoch.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.signal: int | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals in this block; the second one does what it did before."""
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def note(number: int, frame: FrameType | None) -> None:
            self.signal = number
            signal.signal(number, before[signal.Signals(number)])

        for number in before:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        if not trainer.is_last_batch:  # after an epoch's last step come its scores on dev: not before them
            self._stop_if_asked(trainer)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._stop_if_asked(trainer)

    def _stop_if_asked(self, trainer: lightning.Trainer) -> None:
        # Every process must stop at the same step, whichever of them got the signal.
        if trainer.strategy.reduce_boolean_decision(self.signal is not None, all=False):
            self.signal = self.signal or signal.SIGINT
            trainer.save_checkpoint(self.path, weights_only=False)
            raise StoppedError


class Clock(Callback):
    """Logs the CPU seconds of each epoch's steps, all threads together, without what scoring dev takes."""

    start = end = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        self.start = time.process_time()

    def on_train_batch_end(self, *_: Any) -> None:
        self.end = time.process_time()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        pl_module.log("train/cpu_seconds", self.end - self.start, sync_dist=True)


class DevSchedule(Callback):
    """Spreads the scorings of dev over an epoch so that its last steps are scored too, and those of a training that
    `max_steps` ends.

    Lightning scores 34 batches at `val_check_interval=0.25` after 8, 16, 24 and 32; these scorings come after 9, 17, 26
    and 34. An interval in batches holds, and the end of the epoch is one more.
    """

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: object, batch_idx: int
    ) -> None:
        interval, n, done = trainer.val_check_interval, trainer.num_training_batches, batch_idx + 1
        if not trainer.check_val_every_n_epoch or math.isinf(n):  # the interval counts batches over all epochs
            return
        makes_step = done % trainer.accumulate_grad_batches == 0 or done == n
        ends = makes_step and trainer.global_step + 1 == trainer.max_steps
        # Lightning scores after each multiple of this number; after the last batch where it is infinite.
        trainer.val_check_batch = 1 if ends or is_scored(done, int(n), interval) else math.inf


def is_scored(done: int, n_batches: int, interval: float) -> bool:
    """Is dev scored after so many of an epoch's batches? `interval` is a number of batches, or a share of them."""
    if isinstance(interval, int):
        return done % interval == 0 or done == n_batches
    n_scorings = round(1 / interval)
    return done * n_scorings // n_batches > (done - 1) * n_scorings // n_batches


def scorings_per_epoch(trainer: lightning.Trainer) -> float:
    """How often dev is scored in an epoch, on the average."""
    interval, n = trainer.val_check_interval, trainer.num_training_batches
    scorings = math.ceil(n / interval) if isinstance(interval, int) else round(1 / interval)
    return scorings / (trainer.check_val_every_n_epoch or 1)


class EpochStopping(EarlyStopping):
    """Early stopping after `patience` epochs without a better score, however often dev is scored in an epoch."""

    def __init__(self, monitor: str, *, patience: int, mode: str, **options: Any) -> None:
        super().__init__(
            monitor, patience=patience, mode=mode, **{"strict": False, "check_on_train_epoch_end": False} | options
        )
        self.epochs = patience

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.patience = max(1, math.ceil(self.epochs * scorings_per_epoch(trainer)))


class TopCheckpoints(ModelCheckpoint):
    """Several checkpoints with the best scores, beside the one that chooses by the same score."""

    @property
    def state_key(self) -> str:
        return f"top {super().state_key}"


class SameBatches(Callback):
    """Every epoch has the same batches in the same order, to see whether a net can learn a few of them by heart."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        sampler = getattr(trainer.train_dataloader, "sampler", None)
        if isinstance(sampler, BucketSampler):
            sampler.repeats_epoch = True

"""What happens beside training: stopping, and the CPU time of epochs."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
from lightning.pytorch.callbacks import (
    Callback,
    Checkpoint,
)


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

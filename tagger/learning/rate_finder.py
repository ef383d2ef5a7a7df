"""The learning rate at which a net learns fastest: the loss while the rate rises (Smith 2017)."""

import logging
import math
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback

log = logging.getLogger(__name__)
SMOOTHING = 0.9  # the share of the earlier losses in the mean
DIVERGED = 2.0  # times the least loss, at which the search ends
N_LINES = 12


def suggest(rates: list[float], losses: list[float]) -> float | None:
    """The rate at which the loss falls fastest over the logarithm of the rate; None when it never falls. Of several
    batches of one rate, whose gradients a step adds up, the last one counts."""
    last = np.flatnonzero(np.diff(rates, append=math.inf))
    if len(last) < 3:
        return None
    slopes = np.gradient(np.take(losses, last), np.log(np.take(rates, last)))
    return rates[last[slopes.argmin()]] if slopes.min() < 0 else None


class RateFinder(Callback):
    """Watches the loss of a training whose rate rises, ends it when the loss does too, and logs a table of both."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []  # smoothed
        self._mean = 0.0

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.rates.append(float(trainer.optimizers[0].param_groups[0]["lr"]))

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, *_: Any
    ) -> None:
        loss = float(outputs["loss"])
        n = len(self.rates)
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        smoothed = self._mean / (1 - SMOOTHING**n)
        if math.isfinite(smoothed):
            self.losses.append(smoothed)
        else:
            self.rates.pop()
            getattr(pl_module, "unchecked_losses", []).clear()  # that this one is no number is what was looked for
        if not math.isfinite(smoothed) or smoothed > DIVERGED * min(self.losses):
            trainer.should_stop = True

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        log.info("learning rate  loss")
        for i in np.unique(np.linspace(0, len(self.losses) - 1, N_LINES).round().astype(int)) if self.losses else ():
            log.info("%-13.3g  %.4f", self.rates[i], self.losses[i])
        rate = suggest(self.rates, self.losses)
        if rate is None:
            log.info("the loss never fell: begin at another optimizer.lr")
        else:
            log.info("the loss falls fastest at: optimizer.lr=%.2g", rate)

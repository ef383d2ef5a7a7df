"""What every kind of training has in common: optimizer, reproducible steps, clipping, what a checkpoint carries."""

import logging
import math
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ...errors import ModelError
from .. import stored as contents
from ..data.batching import BucketSampler
from ..stored import Stored
from .rates import rate_factors, scale_rates
from .schedule import constant, make_schedule, steps_by

Net = TypeVar("Net", bound=nn.Module)
CHECKED_TOGETHER = 20  # steps after which their losses are read


def silence_warnings() -> None:
    """Leave out what Lightning says about itself and its products; warnings and errors stay."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Lightning 2.6 asks torch 2.13 in a way that torch deprecates; the run's folder holds Hydra's files.
    warnings.filterwarnings("ignore", message=".isinstance.treespec, LeafSpec.. is deprecated")
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
    # Dev is not scored before the first checkpoint of a run that scores it seldom, or never.
    warnings.filterwarnings("ignore", message="`ModelCheckpoint.monitor=.* could not find the monitored key")
    warnings.filterwarnings("ignore", message="LSTM with projections is not supported with oneDNN")
    # An epoch of few batches: its loss and its scores are logged all the same.
    warnings.filterwarnings("ignore", message="The number of training batches .* is smaller than the logging interval")
    # The figures of dev are counts that torchmetrics has summed over the processes.
    warnings.filterwarnings("ignore", message="It is recommended to use `self.log.'val/")


class Training(lightning.LightningModule, Generic[Net]):
    """A net, and how it learns; a subclass gives the loss, the scores on dev, and `describe`.

    The random numbers of a batch depend on `(seed, step, rank)` and its place in the step alone, and the order of an
    epoch on `(seed, epoch)`: a run that was stopped and resumed is the same as one that was never stopped. The best
    checkpoint is the one with the largest (`mode` max) or smallest (min) `monitor`. `rates` are the learning rates of
    parts of the net, as multiples of the optimizer's; they and `layer_decay` are those of `rate_factors`. The schedule
    goes on at each step or each epoch (`schedule_by`; None: as `steps_by` says).
    """

    monitor: str
    mode: str

    def __init__(
        self,
        net: Net,
        *,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = torch.optim.Adam,
        scheduler: Callable[..., LRScheduler] = constant,
        metadata: Mapping[str, Any] | None = None,
        seed: int = 0,
        rates: Mapping[str, float] | None = None,
        layer_decay: float = 1.0,
        schedule_by: str | None = None,
    ) -> None:
        super().__init__()
        self.schedule_by = schedule_by
        self.rates, self.layer_decay = dict(rates or {}), layer_decay
        self.net = net
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metadata, self.seed = dict(metadata or {}), seed
        self.unchecked_losses: list[tuple[int, Tensor]] = []

    @abstractmethod
    def describe(self) -> Stored:
        """What a checkpoint says about the net beside its weights."""

    @classmethod
    def restore(cls, path: str | Path, **options: Any) -> Self:
        """The system of a checkpoint, with its trained net; `options` are those of the constructor.

        Raises ModelError.
        """
        raise ModelError(f"expected a system that checkpoints restore, got {cls.__name__}; write its `restore`")

    @classmethod
    def load_from_checkpoint(  # type: ignore[override] # Lightning's is a descriptor of its own
        cls, checkpoint_path: str | Path, map_location: torch.device | str | None = None, **options: Any
    ) -> Self:
        """The system of a checkpoint, in evaluation mode. Its net is built as the checkpoint says, or given as `net`
        where it has parts from outside this package. To train it further, give `optimizer` and `scheduler`.

        Raises ModelError when there is no such checkpoint.
        """
        return cls.restore(checkpoint_path, **options).to(map_location or "cpu").eval()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = self._make_optimizer()
        scale_rates(optimizer, rate_factors(self.net, self.rates, self.layer_decay))
        total = self.trainer.estimated_stepping_batches
        schedule = make_schedule(self.make_scheduler, optimizer, total, self.mode)
        interval = self.schedule_by or steps_by(self.make_scheduler)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": interval, "monitor": self.monitor},
        }

    def _make_optimizer(self) -> Optimizer:
        """The optimizer; under fp16 no fused one, which unscales the gradients itself, after they would be clipped."""
        make = self.make_optimizer
        if self.trainer.precision == "16-mixed" and isinstance(make, partial) and make.keywords.get("fused"):
            make = partial(make, fused=False)
        return make(self.net.parameters())

    def on_train_start(self) -> None:
        sampler = getattr(self.trainer.train_dataloader, "sampler", None)
        if isinstance(sampler, BucketSampler):  # continue inside the epoch in which a resumed run was stopped
            progress: Any = self.trainer.fit_loop.epoch_loop.batch_progress.current
            sampler.skip = progress.processed % len(sampler)

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:
        micro_batch = batch_idx % self.trainer.accumulate_grad_batches
        entropy = (self.seed, self.global_step, self.global_rank, *((micro_batch,) if micro_batch else ()))
        state = np.random.SeedSequence(entropy).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0]))

    def check_and_log(self, loss: Tensor, n_rows: int) -> Tensor:
        """Log the loss of a step and return it.

        Whether it is finite is looked at later, for many steps at once: a card that computes ahead of the processor
        would wait for it. See `check_losses`.
        """
        self.unchecked_losses.append((self.global_step, loss.detach()))
        if len(self.unchecked_losses) >= CHECKED_TOGETHER:
            self.check_losses()
        self.log(
            "train/loss", loss.detach(), prog_bar=True, on_step=True, on_epoch=True, batch_size=n_rows, sync_dist=True
        )
        return loss

    def check_losses(self) -> None:
        """Raises ModelError when a loss since the last check was not finite. Weights are neither scored nor saved
        before this check."""
        if not self.unchecked_losses:
            return
        steps, losses = zip(*self.unchecked_losses, strict=True)
        self.unchecked_losses.clear()
        for step, loss in zip(steps, torch.stack(losses).tolist(), strict=True):
            if not math.isfinite(loss):
                raise ModelError(
                    f"expected a finite loss, got {loss} at step {step}; "
                    "lower optimizer.lr or trainer.gradient_clip_val"
                )

    def on_validation_start(self) -> None:
        self.check_losses()

    def on_train_epoch_end(self) -> None:
        self.check_losses()

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of all gradients together (Pascanu et al. 2013), and log what it was.

        Lightning refuses this for a fused optimizer under mixed precision, which bf16 has no reason for: only fp16
        scales the loss, and there the optimizer is not fused, so its gradients are unscaled here.
        """
        if gradient_clip_algorithm not in (None, "norm"):
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
            return
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), gradient_clip_val or math.inf)
        self.log("train/gradient_norm", norm)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.check_losses()
        checkpoint["tagger"] = contents.write(self.describe())

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        ours = self.describe()
        contents.check_same(contents.read(checkpoint, type(ours)), ours)

"""What every kind of training has in common: optimizer, reproducible steps, clipping, what a checkpoint carries."""

import logging
import math
import warnings
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ...errors import ModelError
from ..data.batching import BucketSampler

CHECKPOINT_FORMAT = 2


def silence_warnings() -> None:
    """Leave out what Lightning says about itself and its products; warnings and errors stay."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Lightning 2.6 asks torch 2.13 in a way that torch deprecates; the run's folder holds Hydra's files.
    warnings.filterwarnings("ignore", message=".isinstance.treespec, LeafSpec.. is deprecated")
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")


class Training(lightning.LightningModule):
    """A net, and how it learns; a subclass gives the loss, the scores on dev, and `describe`.

    The random numbers of a step depend on `(seed, step, rank)` alone, and the order of an epoch on
    `(seed, epoch)`: a run that was stopped and resumed is the run that was not. The best checkpoint is the one with
    the largest (`mode` max) or smallest (min) `monitor`.
    """

    kind: str
    monitor: str
    mode: str

    def __init__(
        self,
        net: nn.Module,
        *,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer, int], LRScheduler],
        metadata: Mapping[str, Any] | None = None,
        seed: int = 0,
        embedding_rate: float = 1.0,
    ) -> None:
        super().__init__()
        self.embedding_rate = embedding_rate
        self.net: Any = net
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metadata, self.seed = dict(metadata or {}), seed

    def describe(self) -> dict[str, Any]:
        """What makes this net, beside its alphabet and weights: goes into the checkpoint as it is."""
        raise NotImplementedError

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = self.make_optimizer(self.net.parameters())
        if self.embedding_rate != 1.0:
            embeddings = {id(table) for table in self.net.embedding.parameters()}
            group = optimizer.param_groups[0]
            rest = [table for table in group["params"] if id(table) not in embeddings]
            group["params"] = [table for table in group["params"] if id(table) in embeddings]
            optimizer.add_param_group({**group, "params": rest})
            group["lr"] *= self.embedding_rate
        total = int(self.trainer.estimated_stepping_batches)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.make_scheduler(optimizer, total), "interval": "step"},
        }

    def on_train_start(self) -> None:
        sampler = getattr(self.trainer.train_dataloader, "sampler", None)
        if isinstance(sampler, BucketSampler):  # go on inside the epoch that a resumed run was stopped in
            progress: Any = self.trainer.fit_loop.epoch_loop.batch_progress.current
            sampler.skip = progress.processed % len(sampler)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        state = np.random.SeedSequence((self.seed, self.global_step, self.global_rank)).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0]))

    def check_and_log(self, loss: Tensor, n_rows: int) -> Tensor:
        """The loss of a step, logged. Raises ModelError when it is no number."""
        if not math.isfinite(float(loss.detach())):
            raise ModelError(
                f"expected a finite loss, got {float(loss.detach())} at step {self.global_step}; "
                "lower optimizer.lr or trainer.gradient_clip_val"
            )
        self.log("train/loss", loss.detach(), prog_bar=True, on_step=True, on_epoch=True, batch_size=n_rows)
        return loss

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of all gradients together (Pascanu et al. 2013), and log what it was.

        Lightning refuses this for a fused optimizer under mixed precision, which bf16 has no reason for:
        only fp16 scales the loss, and there its own way is taken, refusal and all.
        """
        if self.trainer.precision == "16-mixed" or gradient_clip_algorithm not in (None, "norm"):
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
            return
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), gradient_clip_val or math.inf)
        self.log("train/gradient_norm", norm)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        alphabet = self.net.alphabet
        checkpoint["tagger"] = {
            "format": CHECKPOINT_FORMAT,
            "kind": self.kind,
            "alphabet": {
                "chars": list(alphabet.chars),
                "bigrams": [list(pair) for pair in alphabet.bigrams],
                "words": [[list(ids), kind] for ids, kind in alphabet.words],
            },
            **self.describe(),
            "metadata": self.metadata,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        stored = checkpoint.get("tagger", {})
        pairs = {name: (stored.get(name), ours) for name, ours in self.describe().items()}
        theirs, words = stored.get("alphabet", {}), [[list(ids), kind] for ids, kind in self.net.alphabet.words]
        pairs["number of characters"] = (len(theirs.get("chars", ())), len(self.net.alphabet.chars))
        pairs["lexicon"] = (_summary(theirs.get("words", [])), _summary(words))
        for what, (got, ours) in pairs.items():
            if got != ours:
                raise ModelError(
                    f"expected a checkpoint of this run's {what}, {str(ours)[:300]}, got one of {str(got)[:300]}; "
                    "resume with the configuration that the run was started with"
                )


def _summary(words: Sequence[Any]) -> str:
    return f"{len(words)} words ({zlib.crc32(repr(words).encode()):08x})"

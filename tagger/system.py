"""The LightningModule: loss, scores on dev, optimizer, and what a checkpoint must carry."""

import math
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from .data import Batch, BucketSampler
from .errors import ModelError
from .metrics import SegmentationMetric
from .net import BiLSTM
from .runs import NO_RUNS, Runs
from .text import Sentence

CHECKPOINT_FORMAT = 1


class TaggingSystem(lightning.LightningModule):
    """Trains a net on gold tags and scores its words on dev after every epoch.

    The random numbers of a step depend on `(seed, step, rank)` alone, and the order of an epoch on
    `(seed, epoch)`: a run that was stopped and resumed is the run that was not.
    """

    def __init__(
        self,
        net: BiLSTM,
        *,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        scheduler: Callable[[Optimizer, int], LRScheduler],
        runs: Runs = NO_RUNS,
        vocabulary: Container[str] = frozenset(),
        metadata: Mapping[str, Any] | None = None,
        seed: int = 0,
        embedding_rate: float = 1.0,
    ) -> None:
        super().__init__()
        self.embedding_rate = embedding_rate
        self.net, self.runs = net, runs
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metadata, self.seed = dict(metadata or {}), seed
        self.metric = SegmentationMetric(net.scheme.pos, vocabulary)

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

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        state = np.random.SeedSequence((self.seed, self.global_step, self.global_rank)).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0]))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        scores = self.net(batch.chars, batch.lengths)
        with torch.autocast(scores.device.type, enabled=False):
            joined = self.net.head.join(scores.float(), batch.goes_on)
            losses: Tensor = self.net.head.loss(joined, batch.tags, batch.lengths, batch.shares)
        loss = losses.sum() / batch.lengths.sum()
        if not math.isfinite(float(loss.detach())):
            raise ModelError(
                f"expected a finite loss, got {float(loss.detach())} at step {self.global_step}; "
                "lower optimizer.lr or trainer.gradient_clip_val"
            )
        self.log("train/loss", loss.detach(), prog_bar=True, on_step=True, on_epoch=True, batch_size=len(batch.chars))
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

    def predict(self, batch: Batch) -> list[Sentence]:
        """The words that the net finds in the texts of a batch."""
        joined = self.net.head.join(self.net(batch.chars, batch.lengths).float(), batch.goes_on)
        scores = joined.detach().cpu().numpy()
        lengths = batch.lengths.cpu().numpy()
        tags = self.net.head.decoder()(scores, lengths)
        scheme = self.net.scheme
        rows = zip(batch.sentences, tags, lengths.tolist(), strict=True)
        return [scheme.decode(sentence.text, row[:length]) for sentence, row, length in rows]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.metric.update(batch.sentences, self.predict(batch))

    def on_validation_epoch_end(self) -> None:
        figures = {name: value for name, value in self.metric.compute().items() if not value.isnan()}
        self.metric.reset()
        shown = {f"val/{name}": value for name, value in figures.items() if name in ("word_f1", "joint_f1")}
        self.log_dict(shown, prog_bar=True)
        self.log_dict({f"val/{name}": value for name, value in figures.items() if f"val/{name}" not in shown})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        net = self.net
        checkpoint["tagger"] = {
            "format": CHECKPOINT_FORMAT,
            "architecture": net.architecture,
            "alphabet": {"chars": list(net.alphabet.chars), "bigrams": [list(pair) for pair in net.alphabet.bigrams]},
            "scheme": net.scheme.to_dict(),
            "runs": list(self.runs.kinds),
            "metadata": self.metadata,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        stored = checkpoint.get("tagger", {})
        pairs = {
            "net": (stored.get("architecture"), self.net.architecture),
            "tags": (stored.get("scheme"), self.net.scheme.to_dict()),
            "number of characters": (len(stored.get("alphabet", {}).get("chars", ())), len(self.net.alphabet.chars)),
        }
        for what, (theirs, ours) in pairs.items():
            if theirs != ours:
                raise ModelError(
                    f"expected a checkpoint of this run's {what}, {ours}, got one of {theirs}; "
                    "resume with the configuration that the run was started with"
                )

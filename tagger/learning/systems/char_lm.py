"""The character model's LightningModule: cross-entropy of the next character, and perplexity on dev."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torchmetrics import MeanMetric

from .. import checkpoint
from ..data.char_lm import CharBatch, CharData
from ..nets.char_lm import CharLM
from ..stored import StoredCharLM
from .training import Training


def next_char_loss(net: CharLM, batch: CharBatch) -> Tensor:
    """-ln p of every character, `[batch, time]`; 0 for one that does not count."""
    scores, _ = net(batch.ids)
    losses = nn.functional.cross_entropy(scores.transpose(1, 2), batch.following, reduction="none")
    return losses.masked_fill(~batch.counted, 0.0)


class CharLMSystem(Training[CharLM]):
    """Trains a character model on raw text. `forms` and `context` go into the checkpoint, for sampling."""

    monitor, mode = "val/perplexity", "min"

    def __init__(self, net: CharLM, *, forms: Mapping[int, str], context: int, **options: Any) -> None:
        super().__init__(net, **options)
        self.forms, self.context = dict(forms), context
        self.mean = MeanMetric()

    @classmethod
    def of(cls, net: CharLM, data: CharData, **options: Any) -> Self:
        """The system for a net and its corpus."""
        return cls(net, forms=data.forms, context=data.context, **options)

    @classmethod
    def restore(cls, path: str | Path, *, net: CharLM | None = None, **options: Any) -> Self:
        trained = checkpoint.load_char_lm(path, net=net)
        stored = {"forms": trained.forms, "context": trained.context, "metadata": trained.metadata}
        return cls(trained.net, **{**stored, **options})

    def training_step(self, batch: CharBatch, batch_idx: int) -> Tensor:
        return self.check_and_log(next_char_loss(self.net, batch).sum() / batch.counted.sum(), len(batch.ids))

    def validation_step(self, batch: CharBatch, batch_idx: int) -> None:
        self.mean.update(next_char_loss(self.net, batch), batch.counted.float())

    def on_validation_epoch_end(self) -> None:
        nats = float(self.mean.compute())
        self.mean.reset()
        figures = {"val/perplexity": math.exp(min(nats, 80.0)), "val/bits_per_char": nats / math.log(2)}
        self.log_dict({name: torch.tensor(value) for name, value in figures.items()}, prog_bar=True)

    def describe(self) -> StoredCharLM:
        return self.net.describe(self.forms, self.context, self.metadata)

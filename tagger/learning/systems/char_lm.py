"""The character model's LightningModule: cross-entropy of the next character, and perplexity on dev."""

import math
from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torchmetrics import MeanMetric

from ..data.char_lm import CharBatch, CharData
from ..nets.char_lm import CharLM
from .training import Training


def next_char_loss(net: CharLM, batch: CharBatch) -> Tensor:
    """-ln p of every character that counts, `[n]`."""
    scores, _ = net(batch.ids)
    return nn.functional.cross_entropy(scores[batch.counted], batch.following[batch.counted], reduction="none")


class CharLMSystem(Training):
    """Trains a character model on raw text. `forms` and `context` go into the checkpoint, for those who sample."""

    kind = "character model"
    monitor, mode = "val/perplexity", "min"
    net: CharLM

    def __init__(self, net: CharLM, *, forms: Mapping[int, str], context: int, **options: Any) -> None:
        super().__init__(net, **options)
        self.forms, self.context = dict(forms), context
        self.mean = MeanMetric()

    @classmethod
    def of(cls, net: CharLM, data: CharData, **options: Any) -> Self:
        """For a corpus."""
        return cls(net, forms=data.forms, context=data.context, **options)

    def training_step(self, batch: CharBatch, batch_idx: int) -> Tensor:
        return self.check_and_log(next_char_loss(self.net, batch).mean(), len(batch.ids))

    def validation_step(self, batch: CharBatch, batch_idx: int) -> None:
        self.mean.update(next_char_loss(self.net, batch))

    def on_validation_epoch_end(self) -> None:
        nats = float(self.mean.compute())
        self.mean.reset()
        figures = {"val/perplexity": math.exp(min(nats, 80.0)), "val/bits_per_char": nats / math.log(2)}
        self.log_dict({name: torch.tensor(value) for name, value in figures.items()}, prog_bar=True)

    def describe(self) -> dict[str, Any]:
        return {"architecture": self.net.architecture, "forms": self.forms, "context": self.context}

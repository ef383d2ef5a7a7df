"""The classifier's LightningModule: cross-entropy, and accuracy and macro F1 on dev."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassConfusionMatrix

from ...errors import ModelError
from ...scores.labels import Report
from ...text.reading import Padding
from .. import checkpoint
from ..data.classification import ClassificationData, TextBatch
from ..nets.classifier import SequenceClassifier
from ..stored import StoredClassifier
from .training import Training


class ClassificationSystem(Training[SequenceClassifier]):
    """Trains a classifier on labelled texts; `label_smoothing` takes that share of the weight from the gold label.

    `class_weights` are those of labels in the loss, 1 for labels without one; or `balanced`: of each label the inverse
    of its frequency in training, on the average of the texts 1.
    """

    monitor, mode = "val/accuracy", "max"

    def __init__(
        self,
        net: SequenceClassifier,
        *,
        max_chars: int,
        padding: Padding = "none",
        label_smoothing: float = 0.0,
        class_weights: Mapping[str, float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(net, **options)
        given = class_weights or {}
        if unknown := sorted(set(given) - set(net.labels)):
            raise ModelError(f"expected system.class_weights of labels of the corpus, got {', '.join(unknown)}")
        weights = torch.tensor([float(given.get(label, 1.0)) for label in net.labels])
        self.register_buffer("class_weights", weights if given else None, persistent=False)
        self.class_weights: Tensor | None
        self.max_chars, self.padding, self.label_smoothing = max_chars, padding, label_smoothing
        self.confusion = MulticlassConfusionMatrix(len(net.labels))

    @classmethod
    def of(
        cls,
        net: SequenceClassifier,
        data: ClassificationData,
        *,
        class_weights: Mapping[str, float] | Literal["balanced"] | None = None,
        **options: Any,
    ) -> Self:
        """The system for a net and its corpus: the net reads as much of a text as the batches hold."""
        weights = data.balanced_weights() if class_weights == "balanced" else class_weights
        reading = data.reading
        return cls(net, max_chars=reading.limit, padding=reading.padding, class_weights=weights, **options)

    @classmethod
    def restore(cls, path: str | Path, *, net: SequenceClassifier | None = None, **options: Any) -> Self:
        trained = checkpoint.load_classifier(path, net=net)
        stored = {"max_chars": trained.max_chars, "padding": trained.padding, "metadata": trained.metadata}
        return cls(trained.net, **{**stored, **options})

    def training_step(self, batch: TextBatch, batch_idx: int) -> Tensor:
        scores = self.net(batch.chars, batch.lengths)
        loss = nn.functional.cross_entropy(
            scores, batch.labels, weight=self.class_weights, label_smoothing=self.label_smoothing
        )
        return self.check_and_log(loss, len(batch.chars))

    def validation_step(self, batch: TextBatch, batch_idx: int) -> None:
        self.confusion.update(self.net(batch.chars, batch.lengths), batch.labels)

    def on_validation_epoch_end(self) -> None:
        report = Report(self.net.labels, self.confusion.compute().cpu().numpy())
        self.confusion.reset()
        figures = {"val/accuracy": report.accuracy, "val/macro_f1": report.macro_f1}
        self.log_dict({name: torch.tensor(value) for name, value in figures.items()}, prog_bar=True)

    def describe(self) -> StoredClassifier:
        return self.net.describe(self.max_chars, self.metadata, padding=self.padding)

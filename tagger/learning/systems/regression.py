"""The regressor's LightningModule: squared error, and its root on dev."""

from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torchmetrics import MeanMetric

from .. import checkpoint
from ..data.series import SeriesBatch, SeriesData
from ..nets.regressor import SequenceRegressor
from ..stored import StoredRegressor
from .training import Training


class RegressionSystem(Training[SequenceRegressor]):
    """Trains a net on the squared error in deviations of the target; `val/rmse` is in the target's own units."""

    monitor, mode = "val/rmse", "min"

    def __init__(self, net: SequenceRegressor, **options: Any) -> None:
        super().__init__(net, **options)
        self.mean = MeanMetric()

    @classmethod
    def of(cls, net: SequenceRegressor, data: SeriesData, **options: Any) -> Self:
        """The system for a net and its series."""
        return cls(net, **options)

    @classmethod
    def restore(cls, path: str | Path, *, net: SequenceRegressor | None = None, **options: Any) -> Self:
        trained = checkpoint.load_regressor(path, net=net)
        return cls(trained.net, **{"metadata": trained.metadata, **options})

    def training_step(self, batch: SeriesBatch, batch_idx: int) -> Tensor:
        error = self.net(batch.vectors, batch.lengths) - batch.targets
        loss = (error / self.net.deviations[self.net.scale.target]).square().mean()
        return self.check_and_log(loss, len(batch.targets))

    def validation_step(self, batch: SeriesBatch, batch_idx: int) -> None:
        self.mean.update(
            nn.functional.mse_loss(self.net(batch.vectors, batch.lengths), batch.targets, reduction="none")
        )

    def on_validation_epoch_end(self) -> None:
        rmse = float(self.mean.compute()) ** 0.5
        self.mean.reset()
        self.log("val/rmse", torch.tensor(rmse), prog_bar=True)

    def describe(self) -> StoredRegressor:
        return self.net.describe(self.metadata)

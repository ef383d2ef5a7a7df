"""Series of numbers as windows, each with the number that follows it."""

from typing import NamedTuple

import lightning
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.series import Scale, SeriesCorpus
from ...errors import CorpusError
from ..resources.vectors import Vectors
from .batching import loader


class SeriesBatch(NamedTuple):
    """Windows: vectors `[batch, time, columns]`, lengths and the numbers to foretell `[batch]`."""

    vectors: Tensor
    lengths: Tensor
    targets: Tensor


class SeriesDataset(Dataset[SeriesBatch]):
    """All windows `[n, time, columns]` of a table and the target of each, by lists of indices."""

    def __init__(self, windows: Tensor, targets: Tensor) -> None:
        self.windows, self.targets = windows, targets

    def __getitem__(self, indices: list[int]) -> SeriesBatch:
        vectors = self.windows[indices]
        return SeriesBatch(vectors, torch.full((len(indices),), vectors.shape[1]), self.targets[indices])


class SeriesData(lightning.LightningDataModule):
    """Train and dev of a series: `context` rows are read, and the target of the row after them is foretold.

    A batch has `batch_windows` windows. Raises CorpusError for a series that is too short.
    """

    vectors: Vectors | None = None  # its nets begin with random ones

    def __init__(self, corpus: SeriesCorpus, *, context: int = 24, batch_windows: int = 32, seed: int = 0) -> None:
        super().__init__()
        if min(context, batch_windows) < 1:
            raise CorpusError(
                f"expected data.context and data.batch_windows of 1 or more, got {context} and {batch_windows}"
            )
        self.corpus, self.context, self.batch_windows, self.seed = corpus, context, batch_windows, seed
        self.datasets: dict[str, SeriesDataset] = {}

    def setup(self, stage: str | None = None) -> None:
        if self.datasets:
            return
        series = self.corpus.read()
        target = series.columns.index(self.corpus.target)
        n_train = round(len(series.values) * (1 - self.corpus.dev_share))
        # The windows of dev begin in train, which foretells nothing: their targets are all behind it.
        parts = {"train": series.values[:n_train], "dev": series.values[max(0, n_train - self.context) :]}
        for split, values in parts.items():
            if len(values) <= self.context:
                raise CorpusError(
                    f"expected more than {self.context} rows for {split}, got {len(values)}; lower data.context"
                )
            windows = np.moveaxis(sliding_window_view(values, self.context, axis=0)[:-1], 2, 1)
            tensors = (
                torch.from_numpy(np.array(part, np.float32)) for part in (windows, values[self.context :, target])
            )
            self.datasets[split] = SeriesDataset(*tensors)
        train = parts["train"]
        # A column that never changes is left as it is.
        deviations = np.where(train.std(0) > 0, train.std(0), 1.0)
        self.scale = Scale(train.mean(0).tolist(), deviations.tolist(), target)

    @property
    def fitted(self) -> tuple[Scale]:
        """What a net for this series is made for."""
        return (self.scale,)

    def _loader(self, split: str) -> DataLoader[SeriesBatch]:
        dataset = self.datasets[split]
        return loader(
            dataset,
            [self.context] * len(dataset.targets),
            max_chars=self.batch_windows * self.context,
            max_sentences=self.batch_windows,
            shuffle=split == "train",
            seed=self.seed,
            trainer=self.trainer,
        )

    def train_dataloader(self) -> DataLoader[SeriesBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[SeriesBatch]:
        return self._loader("dev")

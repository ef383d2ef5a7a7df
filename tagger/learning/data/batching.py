"""Which sentences make a batch: those of like length, within a budget of padded characters."""

from collections.abc import Iterator, Sequence
from typing import Any

import lightning
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler


class BucketSampler(Sampler[list[int]]):
    """Batches of indices, each of at most `max_chars` padded characters (or one sentence) and `max_sentences`.

    The order is a function of (seed, epoch) alone. Sentences are sorted by length. When shuffling, sentences of one
    length are mixed anew every epoch and the batches come in random order: the number of batches never changes,
    which Lightning relies on. With `n_ranks` processes each takes every n-th batch; in training the shorter shares
    repeat a batch, in scoring nothing is repeated. The next pass leaves out its first `skip` batches, to continue a
    resumed epoch. With `repeats_epoch` every epoch is the first one again.
    """

    repeats_epoch = False

    def __init__(
        self,
        lengths: Sequence[int] | NDArray[np.int64],
        *,
        max_chars: int,
        max_sentences: int,
        shuffle: bool,
        seed: int = 0,
        rank: int = 0,
        n_ranks: int = 1,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.shuffle, self.seed, self.rank, self.n_ranks = shuffle, seed, rank, n_ranks
        self.epoch = self.skip = 0
        self.cuts = [0]  # where batches begin in the order of falling length
        longest = 0
        for index, length in enumerate(np.sort(self.lengths)[::-1].tolist()):
            size = index - self.cuts[-1]
            if size and (size == max_sentences or (size + 1) * longest > max_chars):
                self.cuts.append(index)
                size = 0
            longest = longest if size else length

    def set_epoch(self, epoch: int) -> None:
        self.epoch = 0 if self.repeats_epoch else epoch

    def batches(self, epoch: int) -> list[list[int]]:
        """All batches of an epoch that this rank gets, in order."""
        generator = np.random.default_rng((self.seed, epoch))
        ties = generator.random(len(self.lengths)) if self.shuffle else np.arange(len(self.lengths))
        order = np.lexsort((ties, -self.lengths))
        batches: list[list[int]] = [part.tolist() for part in np.split(order, self.cuts[1:])]
        if self.shuffle:
            generator.shuffle(batches)
            batches += [batches[i % len(batches)] for i in range(-len(batches) % self.n_ranks)]
        return batches[self.rank :: self.n_ranks]

    def __iter__(self) -> Iterator[list[int]]:
        skip, self.skip = self.skip, 0
        yield from self.batches(self.epoch)[skip:]

    def __len__(self) -> int:
        n = len(self.cuts) + (-len(self.cuts) % self.n_ranks if self.shuffle else 0)
        return len(range(self.rank, n, self.n_ranks))


class Loader(DataLoader[Any]):
    """The batches of a dataset, one for each list of indices that the sampler gives.

    The two methods tell Lightning that a pass may be resumed in its middle: the sampler's order follows from its
    seed, and `Training` sets its `skip` on resuming.
    """

    def __init__(self, dataset: Dataset[Any], sampler: BucketSampler) -> None:
        super().__init__(dataset, batch_size=None, sampler=sampler)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


def loader(
    dataset: Dataset[Any],
    lengths: Sequence[int] | NDArray[np.int64],
    *,
    max_chars: int,
    max_sentences: int,
    shuffle: bool,
    seed: int,
    trainer: lightning.Trainer | None,
) -> Loader:
    """The batches of a dataset for the process that a trainer runs in; without a trainer, for the only one."""
    sampler = BucketSampler(
        lengths,
        max_chars=max_chars,
        max_sentences=max_sentences,
        shuffle=shuffle,
        seed=seed,
        rank=trainer.global_rank if trainer else 0,
        n_ranks=trainer.world_size if trainer else 1,
    )
    return Loader(dataset, sampler)

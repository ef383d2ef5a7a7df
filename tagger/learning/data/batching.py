"""Which sentences make a batch: those of like length, within a budget of padded characters."""

from collections.abc import Iterator, Sequence
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.accelerators import CUDAAccelerator
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
        falling = np.sort(self.lengths)[::-1]
        cuts, n = [0], len(falling)  # where batches begin in the order of falling length
        while cuts[-1] < n:
            cuts.append(cuts[-1] + max(1, min(max_sentences, max_chars // max(1, int(falling[cuts[-1]])))))
        self.cuts = np.array([*(cuts[:-1] or [0]), n])  # and where the last one ends

    def set_epoch(self, epoch: int) -> None:
        self.epoch = 0 if self.repeats_epoch else epoch

    def batches(self, epoch: int) -> list[list[int]]:
        """All batches of an epoch that this rank gets, in order."""
        return list(self._batches(epoch))

    def _batches(self, epoch: int, skip: int = 0) -> Iterator[list[int]]:
        """The same, one at a time: all of a large corpus take more memory than the order that they are cut from."""
        generator = np.random.default_rng((self.seed, epoch))
        order = np.arange(len(self.lengths))
        if self.shuffle:
            order = np.argsort(generator.random(len(order)), kind="stable")
        longest = int(self.lengths.max(initial=0))
        shorter = (longest - self.lengths[order]).astype(np.min_scalar_type(longest))  # 16 bits are sorted in a pass
        order = order[np.argsort(shorter, kind="stable")]
        numbers = np.arange(len(self.cuts) - 1)
        if self.shuffle:
            generator.shuffle(numbers)
            numbers = np.concatenate([numbers, numbers[np.arange(-len(numbers) % self.n_ranks) % len(numbers)]])
        for number in numbers[self.rank :: self.n_ranks][skip:].tolist():
            yield order[self.cuts[number] : self.cuts[number + 1]].tolist()

    def __iter__(self) -> Iterator[list[int]]:
        skip, self.skip = self.skip, 0
        yield from self._batches(self.epoch, skip)

    def __len__(self) -> int:
        n = len(self.cuts) - 1
        n += -n % self.n_ranks if self.shuffle else 0
        return len(range(self.rank, n, self.n_ranks))


class Loader(DataLoader[Any]):
    """The batches of a dataset, one for each list of indices that the sampler gives.

    The two methods tell Lightning that a pass may be resumed in its middle: the sampler's order follows from its
    seed, and `Training` sets its `skip` on resuming.
    """

    def __init__(self, dataset: Dataset[Any], sampler: BucketSampler, *, pin_memory: bool = False) -> None:
        super().__init__(dataset, batch_size=None, sampler=sampler, pin_memory=pin_memory)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


def uses_card(trainer: lightning.Trainer) -> bool:
    """Whether a trainer computes on a GPU of CUDA."""
    return isinstance(trainer.accelerator, CUDAAccelerator)


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
    """The batches of a dataset for the process that a trainer runs in; without a trainer, for the only one.

    For a trainer on CUDA they lie in pinned memory, from which a card copies them while the processor goes on.
    """
    sampler = BucketSampler(
        lengths,
        max_chars=max_chars,
        max_sentences=max_sentences,
        shuffle=shuffle,
        seed=seed,
        rank=trainer.global_rank if trainer else 0,
        n_ranks=trainer.world_size if trainer else 1,
    )
    return Loader(dataset, sampler, pin_memory=trainer is not None and uses_card(trainer))

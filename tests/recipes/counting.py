"""Another task: how many words a text has. Its data, net and system, in the way that CONTRIBUTING.md describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from tagger.corpus import Corpus
from tagger.learning.data.batching import loader
from tagger.learning.systems import Training
from tagger.text.alphabet import Alphabet
from tagger.text.characters import code_points
from tagger.text.padding import pad
from tagger.text.sentence import Sentence


class CountBatch(NamedTuple):
    """Padded ids of characters `[batch, time]`, lengths and numbers of words `[batch]`."""

    ids: Tensor
    lengths: Tensor
    counts: Tensor


class CountDataset(Dataset[CountBatch]):
    """Sentences by lists of indices."""

    def __init__(self, sentences: Sequence[Sentence], alphabet: Alphabet) -> None:
        self.ids = [alphabet.ids(code_points(sentence.text)) for sentence in sentences]
        self.counts = torch.tensor([float(len(sentence.words)) for sentence in sentences])
        self.lengths = [len(ids) for ids in self.ids]

    def __getitem__(self, indices: list[int]) -> CountBatch:
        ids = torch.from_numpy(pad([self.ids[i] for i in indices])).long()
        return CountBatch(ids, torch.tensor([self.lengths[i] for i in indices]), self.counts[indices])


class CountData(lightning.LightningDataModule):
    """Train and dev of a corpus as batches of at most `batch_chars` padded characters."""

    vectors = None

    def __init__(self, corpus: Corpus, *, batch_chars: int = 500, seed: int = 0) -> None:
        super().__init__()
        self.corpus, self.batch_chars, self.seed = corpus, batch_chars, seed

    def prepare_data(self) -> None:
        self.corpus.prepare()

    def setup(self, stage: str | None = None) -> None:
        self.sentences = {split: self.corpus.read(split) for split in ("train", "dev")}
        self.alphabet = Alphabet.fit(sentence.text for sentence in self.sentences["train"])

    @property
    def fitted(self) -> tuple[Alphabet]:
        return (self.alphabet,)

    def _loader(self, split: str) -> DataLoader[CountBatch]:
        dataset = CountDataset(self.sentences[split], self.alphabet)
        options: dict[str, Any] = {"max_chars": self.batch_chars, "max_sentences": 32, "shuffle": split == "train"}
        return loader(dataset, dataset.lengths, seed=self.seed, trainer=self.trainer, **options)

    def train_dataloader(self) -> DataLoader[CountBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[CountBatch]:
        return self._loader("dev")


class Parts(NamedTuple):
    embedding: int


class CountNet(nn.Module):
    """The sum of what each character adds to the number of words."""

    def __init__(self, alphabet: Alphabet) -> None:
        super().__init__()
        self.alphabet = alphabet
        self.embedding = nn.Embedding(alphabet.n_chars, 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        inside = torch.arange(ids.shape[1]) < lengths[:, None]
        total: Tensor = (self.embedding(ids)[:, :, 0] * inside).sum(1)
        return total

    def parts(self) -> Parts:
        return Parts(self.embedding.weight.numel())


@dataclass(frozen=True)
class StoredCounter:
    """What a checkpoint says about the net beside its weights: nothing but the alphabet."""

    kind: ClassVar[str] = "word counter"
    alphabet: Alphabet
    metadata: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], alphabet: Alphabet, metadata: Mapping[str, Any]) -> Self:
        return cls(alphabet, metadata)


class CountSystem(Training[CountNet]):
    """Trains the net on the squared error; its score on dev is the mean absolute error."""

    monitor, mode = "val/error", "min"

    @classmethod
    def of(cls, net: CountNet, data: CountData, **options: Any) -> Self:
        return cls(net, **options)

    def training_step(self, batch: CountBatch, batch_idx: int) -> Tensor:
        loss = nn.functional.mse_loss(self.net(batch.ids, batch.lengths), batch.counts)
        return self.check_and_log(loss, len(batch.ids))

    def validation_step(self, batch: CountBatch, batch_idx: int) -> None:
        errors = (self.net(batch.ids, batch.lengths) - batch.counts).abs()
        self.log("val/error", errors.mean(), batch_size=len(errors))

    def describe(self) -> StoredCounter:
        return StoredCounter(self.net.alphabet, self.metadata)


def publish(checkpoint: Path, data: CountData) -> None:
    """What follows training: a file beside the checkpoint."""
    checkpoint.with_name("published.txt").write_text(data.corpus.name, encoding="utf-8")

"""Labelled texts as batches."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.labelled import Example, LabelledCorpus
from ...errors import CorpusError
from ...text.alphabet import Alphabet
from ...text.characters import code_points
from ...text.format_characters import without_format
from ...text.padding import pad
from ..resources.vectors import Vectors
from .batching import loader


class TextBatch(NamedTuple):
    """Padded texts: code points `[batch, time]` (int64), lengths and labels `[batch]`."""

    chars: Tensor
    lengths: Tensor
    labels: Tensor


class TextDataset(Dataset[TextBatch]):
    """Examples by lists of indices, each text up to its first `max_chars` characters."""

    def __init__(self, examples: Sequence[Example], labels: Sequence[str], max_chars: int) -> None:
        ids = {label: id for id, label in enumerate(labels)}
        self.chars = [code_points(example.text[:max_chars]).astype(np.int64) for example in examples]
        self.labels = torch.tensor([ids[example.label] for example in examples])
        self.lengths = np.array([len(chars) for chars in self.chars])

    def __getitem__(self, indices: list[int]) -> TextBatch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.from_numpy(pad([self.chars[i] for i in indices]))
        return TextBatch(chars, lengths, self.labels[indices])


class ClassificationData(lightning.LightningDataModule):
    """Train and dev of labelled texts, the labels and alphabet fitted to train, and their batches.

    A batch has at most `batch_chars` padded characters and `batch_texts` texts. A text is read without format
    characters (a space if it has no others) and up to its first `max_chars` characters, in training and in the model
    file alike. Characters and bigrams rarer than `char_min_count` and `bigram_min_count` are unknown. `vectors` is a
    file of `tagger.pretrain`. Raises CorpusError when the corpus cannot be used.
    """

    def __init__(
        self,
        corpus: LabelledCorpus,
        *,
        max_chars: int = 1000,
        batch_chars: int = 4000,
        batch_texts: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        vectors: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if max_chars < 1:
            raise CorpusError(f"expected data.max_chars of 1 or more, got {max_chars}")
        self.corpus, self.seed, self.max_chars = corpus, seed, max_chars
        self.batch_chars, self.batch_texts = batch_chars, batch_texts
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.vectors = Vectors.load(vectors) if vectors else None
        self.examples: dict[str, list[Example]] = {}

    def prepare_data(self) -> None:
        """Fetch what is missing of the corpus, if it says so. Raises CorpusError when it cannot be had."""
        self.corpus.prepare()

    def setup(self, stage: str | None = None) -> None:
        if self.examples:
            return
        self.examples = {split: list(map(_bare, self.corpus.read(split))) for split in ("train", "dev")}
        self.labels = tuple(sorted({example.label for example in self.examples["train"]}))
        if not self.examples["dev"]:
            raise CorpusError(
                f"expected data.dev_share of {self.corpus.dev_share} to hold out at least one example, got none; "
                "raise it"
            )
        if unknown := {example.label for example in self.examples["dev"]} - set(self.labels):
            raise CorpusError(f"expected the labels of train in dev, got {sorted(unknown)[:5]} too; check data.dev")
        self.alphabet = Alphabet.fit(
            (example.text for example in self.examples["train"]),
            char_min_count=self.char_min_count,
            bigram_min_count=self.bigram_min_count,
        )
        if self.vectors:
            self.alphabet = self.alphabet.widened(self.vectors.chars, self.vectors.bigrams)

    @property
    def fitted(self) -> tuple[Alphabet, tuple[str, ...]]:
        """What a net for this corpus is made for."""
        return self.alphabet, self.labels

    def balanced_weights(self) -> dict[str, float]:
        """The weight of each label in a loss that counts all labels alike: 1 on the average of the training texts."""
        counts = Counter(example.label for example in self.examples["train"])
        return {label: counts.total() / (len(counts) * n) for label, n in counts.items()}

    def _loader(self, split: str) -> DataLoader[TextBatch]:
        training = split == "train"
        dataset = TextDataset(self.examples[split], self.labels, self.max_chars)
        return loader(
            dataset,
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_texts if training else 4 * self.batch_texts,
            shuffle=training,
            seed=self.seed,
            trainer=self.trainer,
        )

    def train_dataloader(self) -> DataLoader[TextBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[TextBatch]:
        return self._loader("dev")


def _bare(example: Example) -> Example:
    return example._replace(text=without_format(example.text) or " ")

"""Labelled texts as batches."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, get_args

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.labelled import Example, LabelledCorpus
from ...errors import CorpusError
from ...text.alphabet import Alphabet
from ...text.format_characters import without_format
from ...text.padding import pad
from ...text.reading import Padding, TextReading, Unit, split_words
from ...text.vocabulary import Vocabulary
from ..resources.vectors import Vectors
from .batching import loader


class TextBatch(NamedTuple):
    """Padded texts: code points `[batch, time]` (int64), or those of words `[batch, time, n_chars]`; lengths and labels
    `[batch]`."""

    chars: Tensor
    lengths: Tensor
    labels: Tensor


class TextDataset(Dataset[TextBatch]):
    """Examples by lists of indices, of each text what `reading` reads."""

    def __init__(self, examples: Sequence[Example], labels: Sequence[str], reading: TextReading) -> None:
        ids = {label: id for id, label in enumerate(labels)}
        self.reading = reading
        self.chars = [reading.read(example.text).astype(np.int64) for example in examples]
        self.labels = torch.tensor([ids[example.label] for example in examples])
        self.lengths = np.array([len(chars) for chars in self.chars])

    def __getitem__(self, indices: list[int]) -> TextBatch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.from_numpy(pad([self.chars[i] for i in indices], self.reading.fill))
        return TextBatch(chars, lengths, self.labels[indices])


class ClassificationData(lightning.LightningDataModule):
    """Train and dev of labelled texts, the labels and alphabet fitted to train, and their batches.

    A batch has at most `batch_chars` padded characters and `batch_texts` texts. A text is read without format
    characters (a space if it has no others) and up to its first `max_chars` characters, in training and in the model
    file alike. Characters and bigrams rarer than `char_min_count` and `bigram_min_count` are unknown. `vectors` is a
    file of `tagger.pretrain`.

    With `unit` word its last `max_words` words are read, padded as `padding` says (see `TextReading`), and
    `batch_chars` counts words. The net knows the most frequent words: `vocabulary_size` ids, one for unknown words and
    one for padding among them. Raises CorpusError when the corpus cannot be used.
    """

    def __init__(
        self,
        corpus: LabelledCorpus,
        *,
        unit: Unit = "character",
        max_chars: int = 1000,
        max_words: int = 500,
        vocabulary_size: int = 10000,
        padding: Padding = "none",
        batch_chars: int = 4000,
        batch_texts: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        vectors: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if unit not in get_args(Unit) or padding not in get_args(Padding):
            raise CorpusError(
                f"expected data.unit={'|'.join(get_args(Unit))} and data.padding={'|'.join(get_args(Padding))}, got "
                f"{unit} and {padding}; correct them"
            )
        if min(max_chars, max_words) < 1 or vocabulary_size < 2:
            raise CorpusError(
                "expected data.max_chars and data.max_words of 1 or more and data.vocabulary_size of 2 or more, got "
                f"{max_chars}, {max_words} and {vocabulary_size}; correct them"
            )
        self.reading = TextReading(unit, max_words if unit == "word" else max_chars, padding)
        self.corpus, self.seed, self.vocabulary_size = corpus, seed, vocabulary_size
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
        labels = {example.label for example in self.examples["train"]}
        self.labels = tuple(sorted(labels))
        if self.corpus.context_words:  # words that train does not have cannot be foretold
            self.examples["dev"] = [example for example in self.examples["dev"] if example.label in labels]
            if not self.examples["dev"]:
                raise CorpusError("expected a word of train in dev, got none; give more text, or another data.dev")
        if unknown := {example.label for example in self.examples["dev"]} - labels:
            raise CorpusError(f"expected the labels of train in dev, got {sorted(unknown)[:5]} too; check data.dev")
        self.alphabet = Alphabet.fit(
            (example.text for example in self.examples["train"]),
            char_min_count=self.char_min_count,
            bigram_min_count=self.bigram_min_count if self.reading.unit == "character" else 0,
        )
        if self.vectors:
            self.alphabet = self.alphabet.widened(self.vectors.chars, self.vectors.bigrams)

    @property
    def fitted(self) -> tuple[Alphabet | Vocabulary, tuple[str, ...]]:
        """What a net for this corpus is made for."""
        if self.reading.unit == "character":
            return self.alphabet, self.labels
        forms = (form for example in self.examples["train"] for form in split_words(example.text))
        frequent = Vocabulary.fit(self.alphabet, forms, min_count=1).words[: self.vocabulary_size - 2]
        return Vocabulary(self.alphabet, ("", *frequent)), self.labels

    def balanced_weights(self) -> dict[str, float]:
        """The weight of each label in a loss that counts all labels alike: 1 on the average of the training texts."""
        counts = Counter(example.label for example in self.examples["train"])
        return {label: counts.total() / (len(counts) * n) for label, n in counts.items()}

    def _loader(self, split: str) -> DataLoader[TextBatch]:
        training = split == "train"
        dataset = TextDataset(self.examples[split], self.labels, self.reading)
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

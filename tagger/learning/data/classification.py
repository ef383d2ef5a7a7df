"""Labelled texts to batches, and a dev part held out of train where a corpus has none."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.labelled import Example, read
from ...errors import CorpusError
from ...files.download import Archive, Source
from ...text.alphabet import Alphabet
from ...text.characters import code_points
from ...text.padding import pad
from ..resources.vectors import Vectors
from .batching import BucketSampler, Loader


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


def held_out(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """What stays and what is held out: of every label the same share, drawn by the seed alone, in order."""
    generator = np.random.default_rng(seed)
    places: dict[str, list[int]] = {}
    for place, example in enumerate(examples):
        places.setdefault(example.label, []).append(place)
    out: set[int] = set()
    for label in sorted(places):
        own = generator.permutation(places[label]).tolist()
        out.update(own[: round(share * len(own))])
    stays = [example for place, example in enumerate(examples) if place not in out]
    return stays, [examples[place] for place in sorted(out)]


class ClassificationData(lightning.LightningDataModule):
    """Train, dev and test examples, the labels and alphabet fitted to train, and their batches.

    Paths are below `root`; `text` and `label` name columns (see `labelled`); `labels` are those to keep, null for all.
    Without `dev` a share of train is held out by `split_seed`, and never trained on. A text is read up to its first
    `max_chars` characters, in training and in the model file alike. `vectors` are pretrained ones (see `pretrain`).
    With `download` what `root` lacks comes from `source`. Raises CorpusError when a corpus cannot be used.
    """

    def __init__(
        self,
        *,
        train: str | None = None,
        dev: str | None = None,
        test: str | None = None,
        root: str = "",
        text: str = "text",
        label: str = "label",
        labels: Sequence[str] | None = None,
        dev_share: float = 0.1,
        split_seed: int = 1,
        max_chars: int = 1000,
        batch_chars: int = 4000,
        batch_texts: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        vectors: str | None = None,
        seed: int = 0,
        name: str = "",
        licence: str = "",
        download: bool = False,
        source: Source | Archive | None = None,
    ) -> None:
        super().__init__()
        if not dev and not 0 < dev_share < 1:
            raise CorpusError(f"expected data.dev, or data.dev_share between 0 and 1, got {dev} and {dev_share}")
        if max_chars < 1:
            raise CorpusError(f"expected data.max_chars of 1 or more, got {max_chars}")
        named = {"train": train, "dev": dev, "test": test}
        self.paths = {split: Path(root, path) for split, path in named.items() if path}
        self.text, self.label, self.kept = text, label, labels
        self.dev_share, self.split_seed, self.max_chars = dev_share, split_seed, max_chars
        self.batch_chars, self.batch_texts = batch_chars, batch_texts
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.vectors = Vectors.load(vectors) if vectors else None
        self.seed, self.name, self.licence, self.task = seed, name, licence, "classification"
        self.root, self.source, self.download = Path(root), source, download
        self.examples: dict[str, list[Example]] = {}

    def prepare_data(self) -> None:
        """Fetch what is missing, if that was asked for. Raises CorpusError when it cannot be had."""
        if self.source and self.download:
            self.source.fetch(self.root)

    def read(self, split: str) -> list[Example]:
        """The examples of a split: for train and dev, of what the split leaves them."""
        if split == "dev" and "dev" not in self.paths:
            return held_out(self._read("train"), self.dev_share, self.split_seed)[1]
        found = self._read(split)
        if split == "train" and "dev" not in self.paths:
            found = held_out(found, self.dev_share, self.split_seed)[0]
        return found

    def _read(self, split: str) -> list[Example]:
        path = self.paths.get(split)
        if path is None:
            raise CorpusError(f"expected a path for data.{split}, got none; give data.{split}=FILE")
        if self.source and not path.exists():
            raise CorpusError(
                f"{path}: expected a file or folder, found none; give data.root=FOLDER that has it, or "
                f"data.download=true to fetch it from {self.source.address}"
            )
        found = list(read(path, text=self.text, label=self.label, labels=self.kept))
        if not found:
            raise CorpusError(f"{path}: expected at least one example for data.{split}, got none; check the file")
        return found

    def setup(self, stage: str | None = None) -> None:
        if self.examples:
            return
        self.examples = {split: self.read(split) for split in ("train", "dev")}
        self.labels = tuple(sorted({example.label for example in self.examples["train"]}))
        if not self.examples["dev"]:
            raise CorpusError(
                f"expected data.dev_share of {self.dev_share} to hold out at least one example, got none; raise it"
            )
        if strange := {example.label for example in self.examples["dev"]} - set(self.labels):
            raise CorpusError(f"expected the labels of train in dev, got {sorted(strange)[:5]} too; check data.dev")
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

    def _loader(self, split: str) -> DataLoader[TextBatch]:
        training = split == "train"
        dataset = TextDataset(self.examples[split], self.labels, self.max_chars)
        sampler = BucketSampler(
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_texts if training else 4 * self.batch_texts,
            shuffle=training,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            n_ranks=self.trainer.world_size if self.trainer else 1,
        )
        return Loader(dataset, sampler)

    def train_dataloader(self) -> DataLoader[TextBatch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[TextBatch]:
        return self._loader("dev")

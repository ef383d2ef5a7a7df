"""Corpora to batches: sentences of like length together, as many as fit a budget of padded characters."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from ... import corpus
from ...corpus import sample
from ...errors import CorpusError
from ...files.download import Source
from ...text.alphabet import Alphabet
from ...text.partial import Partial
from ...text.presegment import NO_PRESEGMENTATION, Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..resources.lexicon import WordList
from ..resources.soft_labels import SoftLabels
from ..resources.vectors import Vectors
from .batching import BucketSampler, Loader
from .sentences import Batch, SentenceDataset, SoftLabelDataset


class TaggingData(lightning.LightningDataModule):
    """Train and dev corpora, the tag set and alphabet fitted to train, and their batches.

    Paths are below `root`; `format` and `tag` are those of `corpus.read`; `task` is `joint` or `seg`.
    `partial` are further training sentences in that format, of which only a part is known. `parts` are corpora of
    different standards, by name, instead of paths: the task is then that of the whole.
    `vectors` are pretrained ones (see `pretrain`), whose characters and bigrams the alphabet gets too, those of
    train first and at most `max_bigrams`: they are most of a model file. `lexicon` is words found in raw text (see
    `lexicon`), which the net is told the places of. `soft_labels` are text that teachers labelled
    (see `distill`), trained on beside the gold sentences, each of which comes `gold_repeats` times an epoch. With
    `presegment` the kinds of runs that the training corpus keeps together are never cut (see `runs`).
    With `download` the files that `root` lacks come from `source`. `corpus` only lets a config name a
    part of its paths. `setup` raises CorpusError when a corpus is missing, empty, or lacks the tags
    that the task needs.
    """

    unit = "character"

    def __init__(
        self,
        *,
        train: str = "",
        dev: str = "",
        test: str | None = None,
        partial: str | None = None,
        parts: Mapping[str, "TaggingData"] | None = None,
        root: str = "",
        format: str | None = None,
        tag: str = "upos",
        task: Literal["joint", "seg"] = "joint",
        batch_chars: int = 1500,
        batch_sentences: int = 32,
        char_min_count: int = 1,
        bigram_min_count: int = 2,
        presegment: bool = True,
        vectors: str | None = None,
        max_bigrams: int | None = None,
        lexicon: str | None = None,
        soft_labels: str | None = None,
        gold_repeats: int = 1,
        seed: int = 0,
        name: str = "",
        licence: str = "",
        language: str = "zh",
        download: bool = False,
        source: Source | None = None,
        corpus: str = "",
    ) -> None:
        super().__init__()
        if task not in ("joint", "seg"):
            raise CorpusError(f"expected data.task joint or seg, got {task!r}; choose one of the two")
        named = {"train": train, "dev": dev, "test": test, "partial": partial}
        self.paths = {split: Path(root, path) for split, path in named.items() if path}
        self.format, self.tag = format, str(tag)  # a column number may come as one
        self.task: str = task
        self.batch_chars, self.batch_sentences = batch_chars, batch_sentences
        self.char_min_count, self.bigram_min_count = char_min_count, bigram_min_count
        self.seed, self.presegment = seed, presegment
        self.parts: dict[str, TaggingData] = dict(parts or {})
        self.standards = tuple(self.parts)
        for part in self.parts.values():
            part.task = task
        self.name: str = name or " + ".join(part.name for part in self.parts.values())
        self.licence: str = licence or " + ".join(dict.fromkeys(part.licence for part in self.parts.values()))
        self.language = language
        self.max_bigrams = max_bigrams
        self.vectors = Vectors.load(vectors) if vectors else None
        self.lexicon = WordList.load(lexicon) if lexicon else None
        self.soft_labels, self.gold_repeats = SoftLabels.load(soft_labels) if soft_labels else None, gold_repeats
        self.root, self.source, self.download = Path(root), source, download
        self.sentences: dict[str, list[Sentence]] = {}
        self.members: dict[str, NDArray[np.int64]] = {}  # the number of each sentence's standard

    def read(self, split: str) -> list[Sentence]:
        """The sentences of a split of which anything is known."""
        if self.parts:
            return [sentence for part in self.parts.values() for sentence in part.read(split)]
        if split == "train" and "partial" in self.paths:
            return self._read("train") + self._read("partial")
        return self._read(split)

    def _read(self, split: str) -> list[Sentence]:
        path = self.paths.get(split)
        if not path:
            raise CorpusError(
                f"expected a path for data.{split}, got none; give data.{split}=FILE, or the parts of data=several"
            )
        tag = self.tag if self.task == "joint" else "none"
        format = "partial" if split == "partial" else self.format
        found = [s for s in corpus.read(path, format=format, tag=tag) if s.edges or getattr(s, "joins", ())]
        if not found:
            raise CorpusError(f"{path}: expected at least one sentence for data.{split}, got none; check the file")
        for sentence in found:
            if isinstance(sentence, Partial):
                if split not in ("train", "partial"):
                    raise CorpusError(
                        f"{path}: expected sentences known whole for data.{split}, got partial ones; "
                        "they are for training: data.train or data.partial"
                    )
            elif self.task == "joint" and None in sentence.tags:
                raise CorpusError(
                    f"{path}: expected a POS on every word for data.task=joint, got none in {sentence.text!r}; "
                    "use data.task=seg, or a format and data.tag with POS, or format=partial"
                )
        return found

    def prepare_data(self) -> None:
        """Fetch what is missing, if that was asked for. Raises CorpusError when it is not there in the end."""
        for part in self.parts.values():
            part.prepare_data()
        if not self.source:
            return
        if self.download:
            self.source.fetch(self.root)
        missing = [name for name in self.source.sha256 if not (self.root / name).exists()]
        if missing:
            raise CorpusError(
                f"{self.root}: expected {', '.join(missing)}, found none; give data.root=FOLDER that has them, or "
                f"data.download=true to fetch them from {self.source.address}"
            )

    def setup(self, stage: str | None = None) -> None:
        if self.sentences:
            return
        for split in ("train", "dev"):
            read = [part.read(split) for part in self.parts.values() or (self,)]
            self.sentences[split] = [sentence for sentences in read for sentence in sentences]
            self.members[split] = np.repeat(np.arange(len(read)), [len(sentences) for sentences in read])
        train = self.sentences["train"]
        self.scheme = Scheme.fit(train, joint=self.task == "joint")
        self.alphabet = Alphabet.fit(
            (sentence.text for sentence in train),
            char_min_count=self.char_min_count,
            bigram_min_count=self.bigram_min_count,
        )
        if self.vectors:
            self.alphabet = self.alphabet.widened(self.vectors.chars, self.vectors.bigrams)
        self.alphabet = replace(self.alphabet, bigrams=self.alphabet.bigrams[: self.max_bigrams])
        if self.lexicon:
            self.alphabet = self.alphabet.with_words(self.lexicon.forms, self.lexicon.kinds)
        self.presegmenter = Presegmenter.fit(train) if self.presegment else NO_PRESEGMENTATION
        if self.soft_labels and self.soft_labels.scheme != self.scheme:
            raise CorpusError(
                f"expected data.soft_labels with the tags of data.train, {self.scheme.to_dict()}, got "
                f"{self.soft_labels.scheme.to_dict()}; label the text with teachers of this corpus"
            )
        for number in range(len(self.parts)):  # a kind that one standard cuts is no kind for any
            own = (s for s, member in zip(train, self.members["train"], strict=True) if member == number)
            self.presegmenter = self.presegmenter & Presegmenter.fit(own)
        self.vocabulary = frozenset(word.form for sentence in train for word in sentence.words)

    @property
    def fitted(self) -> tuple[Any, ...]:
        """What a net for this corpus is made for."""
        return self.alphabet, self.scheme, self.standards

    def dataset(self, split: str) -> Any:
        """Its batches, and their `lengths` in units."""
        training = split == "train"
        repeats = self.gold_repeats if training else 1
        standards = np.tile(self.members[split], repeats)
        dataset = SentenceDataset(
            self.sentences[split] * repeats, self.scheme, self.presegmenter, labelled=training, standards=standards
        )
        return (
            SoftLabelDataset(dataset, self.soft_labels, self.presegmenter) if training and self.soft_labels else dataset
        )

    def _loader(self, split: str) -> DataLoader[Batch]:
        training, dataset = split == "train", self.dataset(split)
        sampler = BucketSampler(
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_sentences,
            shuffle=training,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            n_ranks=self.trainer.world_size if self.trainer else 1,
        )
        return Loader(dataset, sampler)

    def train_dataloader(self) -> DataLoader[Batch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Batch]:
        return self._loader("dev")

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        moved: dict[str, Any] = {
            name: value.to(device, non_blocking=True)
            for name, value in batch._asdict().items()
            if isinstance(value, Tensor)
        }
        return batch._replace(**moved)


def sample_data(*, root: str = "", **options: Any) -> TaggingData:
    """The sample corpus in the package, wherever that is installed."""
    return TaggingData(root=root or str(sample.FOLDER), **options)

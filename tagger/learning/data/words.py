"""A corpus of given words as batches, with words for units in place of characters."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...corpus.corpora import Corpus
from ...corpus.layers import JOINT_SPANS
from ...corpus.span_columns import spans_over
from ...errors import CorpusError
from ...text.alphabet import Alphabet
from ...text.padding import pad
from ...text.presegment import NO_PRESEGMENTATION
from ...text.scheme import Scheme
from ...text.sentence import Entity, Sentence
from ...text.vocabulary import BLANK, Vocabulary, spell
from ..resources.vectors import Vectors
from .batching import loader
from .sentences import Batch
from .tagging import to_device


class WordDataset(Dataset[Batch]):
    """Sentences by lists of indices, as batches whose `chars` are `[batch, time, n_chars]` (see `spell`) and whose
    lengths count words. With `labelled=False` tags are left 0."""

    def __init__(self, sentences: Sequence[Sentence], scheme: Scheme, *, labelled: bool) -> None:
        self.sentences = sentences
        self.words = [spell(sentence.forms) for sentence in sentences]
        self.lengths = np.array([len(words) for words in self.words])
        self.tags = [scheme.encode(_as_characters(sentence)) for sentence in sentences] if labelled else None

    def __getitem__(self, indices: list[int]) -> Batch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.from_numpy(pad([self.words[i] for i in indices], BLANK)).long()
        joined = torch.zeros(chars.shape[:2], dtype=torch.bool)
        if self.tags is None:
            tags = torch.zeros(chars.shape[:2], dtype=torch.int64)
        else:
            tags = torch.from_numpy(pad([self.tags[i] for i in indices]))
        return Batch(chars, lengths, tags, joined, tuple(self.sentences[i] for i in indices))


def _as_characters(sentence: Sentence) -> Sentence:
    """The sentence as its scheme sees it: every word is one character of a text."""
    units = Sentence.from_forms("x" * len(sentence.words), sentence.tags)
    spans = spans_over(sentence, sentence.words)
    return replace(units, entities=tuple(Entity("x" * (end - start), label, start, end) for start, end, label in spans))


class WordData(lightning.LightningDataModule):
    """Train and dev of a corpus whose words are given, what is fitted to train, and their batches.

    A batch has at most `batch_chars` padded words and `batch_sentences` sentences. Words seen `word_min_count` times
    in train get a vector of their own, and so do the words of the file `vectors` (pretrained ones); rarer characters
    than `char_min_count` are read as their class. `setup` raises CorpusError when the corpus lacks what its task needs,
    and for a file without vectors of words.
    """

    unit = "word"
    presegmenter = NO_PRESEGMENTATION

    def __init__(
        self,
        corpus: Corpus,
        *,
        batch_chars: int = 1500,
        batch_sentences: int = 32,
        char_min_count: int = 1,
        word_min_count: int = 2,
        vectors: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.vectors: Vectors | None = None
        self.vectors_path = vectors
        self.corpus, self.seed = corpus, seed
        self.batch_chars, self.batch_sentences = batch_chars, batch_sentences
        self.char_min_count, self.word_min_count = char_min_count, word_min_count
        self.sentences: dict[str, list[Sentence]] = {}

    def prepare_data(self) -> None:
        """Fetch what is missing of the corpus, if it says so. Raises CorpusError when it is not there in the end."""
        self.corpus.prepare()

    def setup(self, stage: str | None = None) -> None:
        if self.sentences:
            return
        if self.corpus.task == JOINT_SPANS:
            raise CorpusError(
                f"expected data.task joint or spans for given words, got {JOINT_SPANS}; train two models, or data=files"
            )
        self.sentences = {split: self.corpus.read(split) for split in ("train", "dev")}
        train = self.sentences["train"]
        is_spans = self.corpus.task == "spans"
        self.scheme = Scheme.fit_entities(train) if is_spans else Scheme.fit(train, joint=self.corpus.task == "joint")
        texts = (sentence.text for sentence in train)
        self.alphabet = Alphabet.fit(texts, char_min_count=self.char_min_count, bigram_min_count=0)
        forms = [word.form for sentence in train for word in sentence.words]
        self.known = Vocabulary.fit(self.alphabet, forms, min_count=self.word_min_count)
        if self.vectors_path:
            self.vectors = Vectors.load(self.vectors_path)
            if not self.vectors.words:
                raise CorpusError(
                    f"{self.vectors_path}: expected vectors of words, got none; make them with "
                    "tagger pretrain pretrain=words"
                )
            self.known = self.known.widened(self.vectors.words)
        entities = frozenset(entity.form for sentence in train for entity in sentence.entities)
        self.vocabulary = entities if is_spans else frozenset(forms)

    @property
    def fitted(self) -> tuple[Any, ...]:
        """What a net for this corpus is made for."""
        return self.known, self.scheme

    def tag_counts(self) -> Iterator[tuple[Scheme, Tensor]]:
        """How many words of the training sentences have each tag, `[n_tags]`."""
        tags = [self.scheme.encode(_as_characters(sentence)) for sentence in self.sentences["train"]]
        yield self.scheme, torch.bincount(torch.from_numpy(np.concatenate(tags)), minlength=self.scheme.n_tags)

    def _loader(self, split: str) -> DataLoader[Batch]:
        training = split == "train"
        dataset = WordDataset(self.sentences[split], self.scheme, labelled=training)
        return loader(
            dataset,
            dataset.lengths,
            max_chars=self.batch_chars if training else 4 * self.batch_chars,
            max_sentences=self.batch_sentences,
            shuffle=training,
            seed=self.seed,
            trainer=self.trainer,
        )

    def train_dataloader(self) -> DataLoader[Batch]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Batch]:
        return self._loader("dev")

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        return to_device(batch, device)

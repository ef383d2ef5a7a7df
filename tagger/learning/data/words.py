"""Corpora to batches of words: what `data` does, with words for units in place of characters."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ...text.padding import pad
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ...text.vocabulary import BLANK, Vocabulary, spell
from .sentences import Batch
from .tagging import TaggingData


class WordDataset(Dataset[Batch]):
    """Sentences by lists of indices, as batches whose `chars` are `[batch, time, n_chars]` (see `spell`) and whose
    lengths count words. With `labelled=False` tags are left 0."""

    def __init__(self, sentences: Sequence[Sentence], scheme: Scheme, *, labelled: bool) -> None:
        self.sentences = sentences
        self.words = [spell(sentence.forms) for sentence in sentences]
        self.lengths = np.array([len(words) for words in self.words])
        # To the scheme every word is a text's one character.
        units = (Sentence.from_forms("x" * len(sentence.words), sentence.tags) for sentence in sentences)
        self.tags = [scheme.encode(sentence) for sentence in units] if labelled else None

    def __getitem__(self, indices: list[int]) -> Batch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.from_numpy(pad([self.words[i] for i in indices], BLANK)).long()
        joined = torch.zeros(chars.shape[:2], dtype=torch.bool)
        if self.tags is None:
            tags = torch.zeros(chars.shape[:2], dtype=torch.int64)
        else:
            tags = torch.from_numpy(pad([self.tags[i] for i in indices]))
        return Batch(chars, lengths, tags, joined, tuple(self.sentences[i] for i in indices))


class WordData(TaggingData):
    """TaggingData for corpora whose words are given: batches count words, and words seen `word_min_count` times in
    train get a vector of their own."""

    unit = "word"

    def __init__(self, *, word_min_count: int = 2, **options: Any) -> None:
        super().__init__(**options, bigram_min_count=0, presegment=False)
        self.word_min_count = word_min_count

    @property
    def fitted(self) -> tuple[Any, ...]:
        return self.known, self.scheme

    @cached_property
    def known(self) -> Vocabulary:
        """Its characters and words."""
        forms = (word.form for sentence in self.sentences["train"] for word in sentence.words)
        return Vocabulary.fit(self.alphabet, forms, min_count=self.word_min_count)

    def dataset(self, split: str) -> WordDataset:
        return WordDataset(self.sentences[split], self.scheme, labelled=split == "train")

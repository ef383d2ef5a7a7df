"""Sentences as padded batches."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...text.characters import code_points
from ...text.padding import pad
from ...text.partial import Partial
from ...text.presegment import Presegmenter
from ...text.scheme import Scheme
from ...text.sentence import Sentence
from ..resources.soft_labels import SoftLabels


class Batch(NamedTuple):
    """Padded sentences. `time` is the longest one's number of characters.

    - `chars`, `tags` `[batch, time]` (int64): code points and gold tags, 0 for padding;
    - `lengths` `[batch]` (int64): numbers of characters;
    - `joined` `[batch, time]` (bool): characters that continue a run, so that no word begins there;
    - `sentences`: gold to score against; without words where the annotation is partial or a teacher's;
    - `soft_targets` `[batch, time, n_tags]`: the teachers' probabilities of the tags;
    - `standards` `[batch]` (int64): the number of the standard that each sentence follows;
    - `allowed_tags` `[batch, time, n_tags]` (bool): for partially annotated sentences the tags that agree with what
      is known; no tag at all for fully annotated ones;
    - `whole_rows`, `partial_rows` (int64): the numbers of the fully and of the partially annotated sentences, if there
      are any of the latter.
    """

    chars: Tensor
    lengths: Tensor
    tags: Tensor
    joined: Tensor
    sentences: tuple[Sentence, ...]
    soft_targets: Tensor | None = None
    standards: Tensor | None = None
    allowed_tags: Tensor | None = None
    whole_rows: Tensor | None = None
    partial_rows: Tensor | None = None


class Row(NamedTuple):
    """A sentence as one row of a batch: what `Batch` has of it, without padding, `[n_chars]` or `[n_chars, n_tags]`."""

    sentence: Sentence
    chars: NDArray[np.int32]
    tags: NDArray[np.int64]
    joined: NDArray[np.bool_]
    standard: int = 0
    allowed_tags: NDArray[np.bool_] | None = None


def gold_row(sentence: Sentence, scheme: Scheme, presegmenter: Presegmenter, standard: int = 0) -> Row:
    """A fully annotated sentence to train on. Runs that its words cut are not joined."""
    joined = presegmenter.gold_joined_mask(sentence)
    return Row(sentence, code_points(sentence.text), scheme.encode(sentence), joined, standard)


def partial_row(partial: Partial, scheme: Scheme, presegmenter: Presegmenter, standard: int = 0) -> Row:
    """A partially annotated sentence to train on. Runs that its known boundaries cut are not joined."""
    text, joined = partial.text, presegmenter.gold_joined_mask(partial)
    tags, allowed = scheme.encode_partial(partial), scheme.allowed_tags(partial)
    return Row(Sentence(text, ()), code_points(text), tags, joined, standard, allowed)


def plain_row(sentence: Sentence, presegmenter: Presegmenter, standard: int = 0) -> Row:
    """The text of a gold sentence to score: its tags are left 0."""
    text = sentence.text
    return Row(sentence, code_points(text), np.zeros(len(text), np.int64), presegmenter.joined_mask(text), standard)


class SentenceDataset(Dataset[Batch]):
    """Rows by lists of indices: `dataset[[3, 17]]` is a batch of two."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.lengths = np.array([len(row.chars) for row in rows])

    def __getitem__(self, indices: list[int]) -> Batch:
        rows = [self.rows[i] for i in indices]
        return Batch(
            torch.from_numpy(pad([row.chars for row in rows])).long(),
            torch.from_numpy(self.lengths[indices]),
            torch.from_numpy(pad([row.tags for row in rows])),
            torch.from_numpy(pad([row.joined for row in rows])),
            tuple(row.sentence for row in rows),
            standards=torch.tensor([row.standard for row in rows]),
            **_partial_annotation(rows),
        )


def _partial_annotation(rows: Sequence[Row]) -> dict[str, Tensor]:
    """What a batch has of partially annotated rows: nothing when there are none."""
    tables = [row.allowed_tags for row in rows]
    n_tags = next((table.shape[1] for table in tables if table is not None), None)
    if n_tags is None:
        return {}
    none = np.zeros((0, n_tags), bool)
    time = max(len(row.chars) for row in rows)
    allowed = pad([none if table is None else table for table in tables], length=time)
    is_partial = np.array([table is not None for table in tables])
    return {
        "allowed_tags": torch.from_numpy(allowed),
        "whole_rows": torch.from_numpy(np.flatnonzero(~is_partial)),
        "partial_rows": torch.from_numpy(np.flatnonzero(is_partial)),
    }


class SoftLabelDataset(Dataset[Batch]):
    """Gold rows, then the sentences that teachers labelled, each with the number of its standard, with soft targets for
    all: 1 for the tag of a gold row. `soft_labels` are of one scheme."""

    def __init__(
        self, gold: Sequence[Row], soft_labels: Sequence[tuple[int, SoftLabels]], presegmenter: Presegmenter
    ) -> None:
        self.labelled = [(labels, i) for _, labels in soft_labels for i in range(len(labels.texts))]
        rows = [
            plain_row(Sentence(text, ()), presegmenter, standard)._replace(tags=labels.tags_of(i))
            for standard, labels in soft_labels
            for i, text in enumerate(labels.texts)
        ]
        self.n_tags, self.n_gold = soft_labels[0][1].scheme.n_tags, len(gold)
        self.sentences = SentenceDataset([*gold, *rows])
        self.lengths = self.sentences.lengths

    def __getitem__(self, indices: list[int]) -> Batch:
        batch = self.sentences[indices]
        soft_targets = nn.functional.one_hot(batch.tags, self.n_tags).float()
        for row, i in enumerate(indices):
            if i >= self.n_gold:
                labels, sentence = self.labelled[i - self.n_gold]
                soft_targets[row, : self.lengths[i]] = torch.from_numpy(labels.soft_targets_of(sentence))
        return batch._replace(soft_targets=soft_targets)

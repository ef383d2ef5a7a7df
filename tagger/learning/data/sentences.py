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
    """Padded sentences: code points and tags `[batch, time]` (int64), lengths `[batch]`, which characters
    go on a run (bool `[batch, time]`), gold; perhaps teachers' shares of the tags `[batch, time, n_tags]`; the
    number of each one's standard `[batch]`; and where any is known in part the tags that are left (bool
    `[batch, time, n_tags]`; none at all for a sentence known whole)."""

    chars: Tensor
    lengths: Tensor
    tags: Tensor
    joined: Tensor
    sentences: tuple[Sentence, ...]
    soft_targets: Tensor | None = None
    standards: Tensor | None = None
    allowed_tags: Tensor | None = None


class SentenceDataset(Dataset[Batch]):
    """Sentences by lists of indices: `dataset[[3, 17]]` is a batch of two.

    With `labelled=False`, for scoring only, tags are left 0, and runs are those of the text alone; in
    training those that gold words cut are left out. `standards` are the numbers of the sentences' standards.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        scheme: Scheme,
        presegmenter: Presegmenter,
        *,
        labelled: bool,
        standards: NDArray[np.int64] | None = None,
    ) -> None:
        self.sentences = sentences
        self.standards = np.zeros(len(sentences), np.int64) if standards is None else standards
        partial = {i: s for i, s in enumerate(sentences) if labelled and isinstance(s, Partial)}
        self.allowed_tags = {i: scheme.allowed_tags(s) for i, s in partial.items()}
        self.chars = [code_points(sentence.text) for sentence in sentences]
        self.tags = [scheme.encode(sentence) for sentence in sentences] if labelled else None
        self.joined = [
            presegmenter.gold_joined_mask(s) if labelled else presegmenter.joined_mask(s.text) for s in sentences
        ]
        self.lengths = np.array([len(chars) for chars in self.chars])

    def __getitem__(self, indices: list[int]) -> Batch:
        lengths = torch.from_numpy(self.lengths[indices])
        chars = torch.from_numpy(pad([self.chars[i] for i in indices])).long()
        joined = torch.from_numpy(pad([self.joined[i] for i in indices]))
        tags = torch.zeros_like(chars) if self.tags is None else torch.from_numpy(pad([self.tags[i] for i in indices]))
        sentences, standards = tuple(self.sentences[i] for i in indices), torch.from_numpy(self.standards[indices])
        batch = Batch(chars, lengths, tags, joined, sentences, standards=standards)
        partial = [self.allowed_tags[i] for i in indices if i in self.allowed_tags]
        if not partial:
            return batch
        fully_known = partial[0][:0]
        allowed_tags = pad([self.allowed_tags.get(i, fully_known) for i in indices], length=chars.shape[1])
        return batch._replace(allowed_tags=torch.from_numpy(allowed_tags))


class SoftLabelDataset(SentenceDataset):
    """Gold sentences, then those that teachers labelled, with their shares of the tags (1 for a gold tag)."""

    def __init__(self, gold: SentenceDataset, soft_labels: SoftLabels, presegmenter: Presegmenter) -> None:
        assert gold.tags is not None
        self.soft_labels, self.n_gold = soft_labels, len(gold.sentences)
        self.sentences = [*gold.sentences, *(Sentence(text, ()) for text in soft_labels.texts)]
        self.chars = gold.chars + [code_points(text) for text in soft_labels.texts]
        self.tags = gold.tags + [soft_labels.tags_of(i) for i in range(len(soft_labels.texts))]
        self.joined = gold.joined + [presegmenter.joined_mask(text) for text in soft_labels.texts]
        self.lengths = np.array([len(chars) for chars in self.chars])
        self.standards = np.concatenate([gold.standards, np.zeros(len(soft_labels.texts), np.int64)])
        self.allowed_tags = gold.allowed_tags

    def __getitem__(self, indices: list[int]) -> Batch:
        batch = super().__getitem__(indices)
        soft_targets = nn.functional.one_hot(batch.tags, self.soft_labels.scheme.n_tags).float()
        for row, i in enumerate(indices):
            if i >= self.n_gold:
                soft_targets[row, : self.lengths[i]] = torch.from_numpy(
                    self.soft_labels.soft_targets_of(i - self.n_gold)
                )
        return batch._replace(soft_targets=soft_targets)

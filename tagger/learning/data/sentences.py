"""Sentences as padded batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

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


class Sentences(Protocol):
    """Sentences in order: a tuple, or ones that are made when they are asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Sentence]: ...

    def __getitem__(self, index: int, /) -> Sentence: ...


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
      are any of the latter;
    - `entity_tags` `[batch, time]` (int64): gold tags of entities, where the corpus has these beside words, and
      `annotated` `[batch, 2]` (bool): whether the words and the entities of each sentence are known.
    """

    chars: Tensor
    lengths: Tensor
    tags: Tensor
    joined: Tensor
    sentences: Sentences
    soft_targets: Tensor | None = None
    standards: Tensor | None = None
    allowed_tags: Tensor | None = None
    whole_rows: Tensor | None = None
    partial_rows: Tensor | None = None
    entity_tags: Tensor | None = None
    annotated: Tensor | None = None


class Row(NamedTuple):
    """A sentence as one row of a batch: what `Batch` has of it, without padding, `[n_chars]` or `[n_chars, n_tags]`.
    Without `entity_tags` its entities are not known."""

    sentence: Sentence
    chars: NDArray[np.int32]
    tags: NDArray[np.int64]
    joined: NDArray[np.bool_]
    standard: int = 0
    allowed_tags: NDArray[np.bool_] | None = None
    has_words: bool = True
    entity_tags: NDArray[np.int64] | None = None


def gold_row(
    sentence: Sentence,
    scheme: Scheme,
    presegmenter: Presegmenter,
    standard: int = 0,
    entity_scheme: Scheme | None = None,
) -> Row:
    """A fully annotated sentence to train on. Runs that its words cut are not joined. With an `entity_scheme` it has
    words, annotated entities, or both."""
    joined = presegmenter.gold_joined_mask(sentence)
    row = Row(sentence, code_points(sentence.text), scheme.encode(sentence), joined, standard)
    if entity_scheme is None:
        return row
    tags = entity_scheme.encode(sentence) if sentence.entities_annotated else None
    return row._replace(has_words=bool(sentence.words), entity_tags=tags)


def partial_row(partial: Partial, scheme: Scheme, presegmenter: Presegmenter, standard: int = 0) -> Row:
    """A partially annotated sentence to train on. Runs that its known boundaries cut are not joined."""
    text, joined = partial.text, presegmenter.gold_joined_mask(partial)
    tags, allowed = scheme.encode_partial(partial), scheme.allowed_tags(partial)
    return Row(Sentence(text, ()), code_points(text), tags, joined, standard, allowed)


def plain_row(sentence: Sentence, presegmenter: Presegmenter, standard: int = 0) -> Row:
    """The text of a gold sentence to score: its tags are left 0."""
    text = sentence.text
    return Row(sentence, code_points(text), np.zeros(len(text), np.int64), presegmenter.joined_mask(text), standard)


@dataclass(frozen=True)
class Part:
    """Sentences of one standard that a dataset has, one after the other.

    - `bounds` `[n_sentences + 1]`: where each sentence begins in the arrays of characters, and where the last one ends;
    - `chars`, `tags` `[n_chars]`: rows of `table` and of `tag_ids`, which hold the code points and tags of a batch;
      `tag_ids` is None where all tags of a batch are 0;
    - `joined` `[n_chars]`: as in `Batch`;
    - `sentence` gives the gold of a sentence by its number; `allowed_tags` what is known of those annotated in part;
    - `layers`: of each sentence whether its words are known, and the tags of its entities, if these are; None where
      the corpus has words alone.
    """

    bounds: NDArray[np.int64]
    table: NDArray[np.int32]
    chars: NDArray[Any]
    tag_ids: NDArray[np.int64] | None
    tags: NDArray[Any]
    joined: NDArray[np.bool_]
    standard: int
    sentence: Callable[[int], Sentence]
    allowed_tags: Sequence[NDArray[np.bool_] | None] | None = None
    layers: Sequence[tuple[bool, NDArray[np.int64] | None]] | None = None

    @classmethod
    def of_rows(cls, rows: Sequence[Row]) -> "Part":
        """Rows of one standard, in memory."""
        bounds = np.cumsum([0, *(len(row.chars) for row in rows)])
        codes = np.concatenate([np.zeros(0, np.int32), *(row.chars for row in rows)])
        table, chars = np.unique(codes, return_inverse=True)
        tags = np.concatenate([np.zeros(0, np.int64), *(row.tags for row in rows)])
        joined = np.concatenate([np.zeros(0, bool), *(row.joined for row in rows)])
        tag_ids = np.arange(1 + int(tags.max(initial=0)))
        standard, allowed = rows[0].standard if rows else 0, [row.allowed_tags for row in rows]
        return cls(bounds, table, chars.astype(np.int32), tag_ids, tags, joined, standard, lambda i: rows[i].sentence,
                   allowed if any(table is not None for table in allowed) else None,
                   [(row.has_words, row.entity_tags) for row in rows])  # fmt: skip

    def __len__(self) -> int:
        return len(self.bounds) - 1


class _Picked:
    """The gold of some sentences of parts, which is made when it is asked for."""

    def __init__(self, picked: Sequence[tuple[Part, int]]) -> None:
        self.picked = picked

    def __len__(self) -> int:
        return len(self.picked)

    def __iter__(self) -> Iterator[Sentence]:
        return (part.sentence(i) for part, i in self.picked)

    def __getitem__(self, index: int) -> Sentence:
        part, i = self.picked[index]
        return part.sentence(i)


class SentenceDataset(Dataset[Batch]):
    """The sentences of parts, one part after the other, by lists of indices: `dataset[[3, 17]]` is a batch of two."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.firsts = np.cumsum([0, *map(len, parts)])  # the index of each part's first sentence
        self.lengths = np.concatenate([np.zeros(0, np.int64), *(np.diff(part.bounds) for part in parts)])

    def __getitem__(self, indices: list[int]) -> Batch:
        chosen, lengths = np.array(indices), self.lengths[indices]
        numbers = np.searchsorted(self.firsts, chosen, side="right") - 1  # of the parts
        inside = np.arange(lengths.max()) < lengths[:, None]
        chars, tags = np.zeros(inside.shape, np.int64), np.zeros(inside.shape, np.int64)
        joined = np.zeros(inside.shape, bool)
        for number in np.unique(numbers).tolist():
            part, rows = self.parts[number], numbers == number
            own = inside & rows[:, None]
            places = _places(part.bounds[chosen[rows] - self.firsts[number]], lengths[rows])
            chars[own] = part.table[part.chars[places]]
            joined[own] = part.joined[places]
            if part.tag_ids is not None:
                tags[own] = part.tag_ids[part.tags[places]]
        within = (chosen - self.firsts[numbers]).tolist()
        picked = [(self.parts[number], i) for number, i in zip(numbers.tolist(), within, strict=True)]
        return Batch(
            torch.from_numpy(chars),
            torch.from_numpy(lengths),
            torch.from_numpy(tags),
            torch.from_numpy(joined),
            _Picked(picked),
            standards=torch.tensor([part.standard for part, _ in picked]),
            **_partial_annotation(picked, inside.shape[1]),
            **_layers(picked, inside.shape[1]),
        )


def _layers(picked: Sequence[tuple[Part, int]], time: int) -> dict[str, Tensor]:
    """What a batch has of entities beside words: nothing where no sentence has such, and all have words."""
    layers = [part.layers[i] if part.layers else (True, None) for part, i in picked]
    if all(has_words and tags is None for has_words, tags in layers):
        return {}
    none = np.zeros(0, np.int64)
    tags = pad([none if tags is None else tags for _, tags in layers], length=time)
    annotated = [(has_words, tags is not None) for has_words, tags in layers]
    return {"entity_tags": torch.from_numpy(tags), "annotated": torch.tensor(annotated)}


def _places(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the characters of sentences, one sentence after the other."""
    before = np.cumsum(lengths) - lengths
    places: NDArray[np.int64] = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
    return places


def _partial_annotation(picked: Sequence[tuple[Part, int]], time: int) -> dict[str, Tensor]:
    """What a batch has of partially annotated sentences: nothing when there are none."""
    tables = [part.allowed_tags[i] if part.allowed_tags else None for part, i in picked]
    n_tags = next((table.shape[1] for table in tables if table is not None), None)
    if n_tags is None:
        return {}
    none = np.zeros((0, n_tags), bool)
    allowed = pad([none if table is None else table for table in tables], length=time)
    is_partial = np.array([table is not None for table in tables])
    return {
        "allowed_tags": torch.from_numpy(allowed),
        "whole_rows": torch.from_numpy(np.flatnonzero(~is_partial)),
        "partial_rows": torch.from_numpy(np.flatnonzero(is_partial)),
    }


class SoftLabelDataset(Dataset[Batch]):
    """Gold parts, then the sentences that teachers labelled, each with the number of its standard, with soft targets
    for all: 1 for the tag of a gold sentence. `soft_labels` are of one scheme."""

    def __init__(
        self, gold: Sequence[Part], soft_labels: Sequence[tuple[int, SoftLabels]], presegmenter: Presegmenter
    ) -> None:
        self.labelled = [(labels, i) for _, labels in soft_labels for i in range(len(labels.texts))]
        parts = [
            Part.of_rows(
                [
                    plain_row(Sentence(text, ()), presegmenter, standard)._replace(tags=labels.tags_of(i))
                    for i, text in enumerate(labels.texts)
                ]
            )
            for standard, labels in soft_labels
        ]
        self.n_tags, self.n_gold = soft_labels[0][1].scheme.n_tags, sum(map(len, gold))
        self.sentences = SentenceDataset([*gold, *parts])
        self.lengths = self.sentences.lengths

    def __getitem__(self, indices: list[int]) -> Batch:
        batch = self.sentences[indices]
        soft_targets = nn.functional.one_hot(batch.tags, self.n_tags).float()
        for row, i in enumerate(indices):
            if i >= self.n_gold:
                labels, sentence = self.labelled[i - self.n_gold]
                soft_targets[row, : self.lengths[i]] = torch.from_numpy(labels.soft_targets_of(sentence))
        return batch._replace(soft_targets=soft_targets)

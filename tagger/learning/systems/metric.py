"""The scores as a torchmetrics metric: the same counts, summed over batches and over processes."""

from collections.abc import Container, Sequence
from dataclasses import astuple
from math import nan

import torch
from torch import Tensor
from torchmetrics import Metric

from ...scores.words import Overlap, count, total
from ...text.sentence import Sentence


class SegmentationMetric(Metric):
    """Word, joint, OOV and per-tag figures over the sentences seen since `reset`, as fractions in [0, 1].

    The states are int64 counts that add up over processes: DDP gives exactly the figures of one process.
    Tags outside `tags` share one more slot.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False

    words: Tensor
    joint: Tensor
    oov: Tensor
    exact: Tensor
    by_tag: Tensor

    def __init__(self, tags: Sequence[str] = (), vocabulary: Container[str] | None = None) -> None:
        """`vocabulary` holds the forms of training, for OOV recall. ValueError when a tag comes twice."""
        super().__init__()
        self.slots = {tag: slot for slot, tag in enumerate(tags)}
        if len(self.slots) != len(tags):
            raise ValueError(f"expected each tag once, got {list(tags)}")
        self.vocabulary = vocabulary
        shapes: dict[str, tuple[int, ...]] = {
            "words": (3,),  # gold, predicted, correct
            "joint": (3,),
            "oov": (2,),  # gold, correct
            "exact": (2,),  # sentences, exact ones
            "by_tag": (len(tags) + 1, 3),  # the last row is every other tag
        }
        for name, shape in shapes.items():
            self.add_state(name, torch.zeros(shape, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> None:
        """Count a batch; ValueError when the numbers of sentences or the texts of a pair differ."""
        batch = total(count(*pair, self.vocabulary) for pair in zip(gold, predicted, strict=True))
        by_tag = [Overlap()] * (len(self.slots) + 1)
        for tag, overlap in batch.tags.items():
            by_tag[self.slots.get(tag, -1)] += overlap
        # Not in place: a state that was reset in inference mode can be updated outside it.
        self.words = self.words + self._on_device(astuple(batch.words))
        self.joint = self.joint + self._on_device(astuple(batch.joint))
        self.oov = self.oov + self._on_device((batch.oov, batch.oov_correct))
        self.exact = self.exact + self._on_device((batch.sentences, batch.exact))
        self.by_tag = self.by_tag + self._on_device([astuple(overlap) for overlap in by_tag])

    def compute(self) -> dict[str, Tensor]:
        """Scalars under names that never depend on the data; NaN where gold gives nothing to measure.

        `word_` and `joint_` each with `precision`, `recall`, `f1`; `oov_recall`; `exact_match`;
        `tag_f1/TAG` for each of `tags`, and `tag_f1_other`.
        """
        words, joint = Overlap(*self.words.tolist()), Overlap(*self.joint.tolist())
        n_oov, oov_correct = self.oov.tolist()
        n_sentences, n_exact = self.exact.tolist()
        figures = {
            "word_precision": words.precision,
            "word_recall": words.recall,
            "word_f1": words.f1,
            "joint_precision": joint.precision if joint.gold else nan,
            "joint_recall": joint.recall if joint.gold else nan,
            "joint_f1": joint.f1 if joint.gold else nan,
            "oov_recall": oov_correct / n_oov if n_oov else nan,
            "exact_match": n_exact / n_sentences if n_sentences else 0.0,
        }
        names = [*(f"tag_f1/{tag}" for tag in self.slots), "tag_f1_other"]
        for name, row in zip(names, self.by_tag.tolist(), strict=True):
            figures[name] = Overlap(*row).f1 if any(row) else nan
        return {name: torch.tensor(figure, device=self.device) for name, figure in figures.items()}

    def _on_device(self, numbers: Sequence[int] | Sequence[tuple[int, ...]]) -> Tensor:
        return torch.tensor(numbers, dtype=torch.int64, device=self.device)

"""The tagger's LightningModule: loss, scores on dev, and what a checkpoint must carry."""

from collections.abc import Container
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...text.presegment import NO_PRESEGMENTATION, Presegmenter
from ...text.sentence import Sentence, entities_as_words
from .. import checkpoint
from ..data.sentences import Batch
from ..data.tagging import TaggingData
from ..nets import CharTagger, TaggerNet
from ..stored import StoredTagger
from .metric import SegmentationMetric
from .smoothing import smooth
from .text_rules import apply_text_rules
from .training import Training

# What figures of words are called when the words are entities: of these alone, and with their types.
ENTITY_FIGURES = {"word": "boundary", "joint": "entity"}


class TaggingSystem(Training[TaggerNet]):
    """Trains a net on gold tags and scores its words, or entities (`val/entity_f1`, `val/boundary_f1`), on dev after
    every epoch.

    For a net of several standards each figure is logged for each of them too (`val/NAME/joint_f1`), and the best
    checkpoint is the one with the highest mean over those that dev has (`val/mean_joint_f1`). `monitor` chooses by
    another figure. `label_smoothing` takes that share of the weight from the gold tags, where no teacher gives weights.
    """

    mode = "max"

    def __init__(
        self,
        net: TaggerNet,
        *,
        presegmenter: Presegmenter = NO_PRESEGMENTATION,
        vocabulary: Container[str] = frozenset(),
        monitor: str | None = None,
        label_smoothing: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(net, **options)
        if not 0 <= label_smoothing < 1:
            raise ModelError(f"expected system.label_smoothing from 0 to below 1, got {label_smoothing}")
        self.presegmenter, self.label_smoothing = presegmenter, label_smoothing
        self.metric = SegmentationMetric(net.scheme.pos, vocabulary)
        self.standards = net.standards if isinstance(net, CharTagger) else ()
        self.metrics = nn.ModuleList(SegmentationMetric((), vocabulary) for _ in self.standards)
        figure = self._figure("joint_f1" if net.scheme.pos else "word_f1")
        self.monitor = monitor or (f"val/mean_{figure}" if self.standards else f"val/{figure}")

    def _figure(self, name: str) -> str:
        """What a figure of the metric is called for the kind of spans that the net finds."""
        subject, _, figure = name.partition("_")
        return f"{ENTITY_FIGURES.get(subject, subject)}_{figure}" if self.net.scheme.outside else name

    @classmethod
    def of(cls, net: TaggerNet, data: TaggingData, **options: Any) -> Self:
        """The system for a net and its corpus, whose runs are kept together and whose words count as known."""
        metadata = {**options.pop("metadata", {}), "language": data.corpus.language}
        return cls(net, presegmenter=data.presegmenter, vocabulary=data.vocabulary, metadata=metadata, **options)

    @classmethod
    def restore(cls, path: str | Path, *, net: TaggerNet | None = None, **options: Any) -> Self:
        trained = checkpoint.load(path, net=net)
        options = {"presegmenter": trained.presegmenter, "metadata": trained.metadata, **options}
        return cls(trained.net, **options)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        scores = self.net(*self.net.inputs(batch))
        with torch.autocast(scores.device.type, enabled=False):
            joined = self.net.head.join(scores.float(), batch.joined)
            if self.label_smoothing and batch.soft_targets is None:
                soft_targets = smooth(self.net.head, joined, batch.tags, self.label_smoothing)
                batch = batch._replace(soft_targets=soft_targets)
            losses = self.losses(joined, batch)
        return self.check_and_log(losses.sum() / batch.lengths.sum(), len(batch.chars))

    def losses(self, scores: Tensor, batch: Batch) -> Tensor:
        """The loss of each sentence, fully or partially annotated: `[batch]`."""
        head = self.net.head
        allowed, whole, partial = batch.allowed_tags, batch.whole_rows, batch.partial_rows
        if allowed is None or whole is None or partial is None:
            return head.loss(scores, batch.tags, batch.lengths, batch.soft_targets)
        losses = scores.new_zeros(len(scores))
        if len(whole):
            soft_targets = None if batch.soft_targets is None else batch.soft_targets[whole]
            losses[whole] = head.loss(scores[whole], batch.tags[whole], batch.lengths[whole], soft_targets)
        losses[partial] = head.partial_loss(
            scores[partial], batch.tags[partial], allowed[partial], batch.lengths[partial]
        )
        return losses

    def predict(self, batch: Batch) -> list[Sentence]:
        """The words that a tagger of this net finds in the texts of a batch."""
        scores = self.net(*self.net.inputs(batch)).float().detach().cpu().numpy()
        lengths, decoder = batch.lengths.cpu().numpy(), self.net.head.decoder()
        if self.net.unit == CharTagger.unit:
            apply_text_rules(scores, batch, decoder)
        tags = decoder(scores, lengths)
        rows = zip(batch.sentences, tags, lengths.tolist(), strict=True)
        return [self.net.decode(sentence, row[:length]) for sentence, row, length in rows]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        found, wanted = self.predict(batch), tuple(batch.sentences)
        if self.net.scheme.outside:
            found, wanted = list(map(entities_as_words, found)), tuple(map(entities_as_words, wanted))
        self.metric.update(wanted, found)
        numbers = [] if batch.standards is None else batch.standards.tolist()
        for number in set(numbers) if self.standards else ():
            pairs = zip(numbers, wanted, found, strict=True)
            gold, predicted = zip(*((a, b) for of, a, b in pairs if of == number), strict=True)
            self.metrics[number].update(gold, predicted)

    def on_validation_epoch_end(self) -> None:
        figures = {self._figure(name): value for name, value in self.metric.compute().items() if not value.isnan()}
        self.metric.reset()
        headlines = {self._figure(name) for name in ("word_f1", "joint_f1")}
        shown = {f"val/{name}": value for name, value in figures.items() if name in headlines}
        self.log_dict(shown, prog_bar=True)
        self.log_dict({f"val/{name}": value for name, value in figures.items() if f"val/{name}" not in shown})
        self.log_dict(self._figures_by_standard())

    def _figures_by_standard(self) -> dict[str, Tensor]:
        """F1 of each standard that dev has, and their means."""
        figures: dict[str, Tensor] = {}
        by_figure: dict[str, list[Tensor]] = {"word_f1": [], "joint_f1": []}
        for standard, metric in zip(self.standards, self.metrics, strict=True):
            assert isinstance(metric, SegmentationMetric)
            values = metric.compute() if metric.words[0] else {}
            metric.reset()
            for name in by_figure.keys() & values.keys():
                if not values[name].isnan():
                    figures[f"val/{standard}/{name}"] = values[name]
                    by_figure[name].append(values[name])
        return figures | {
            f"val/mean_{name}": torch.stack(values).mean() for name, values in by_figure.items() if values
        }

    def describe(self) -> StoredTagger:
        return self.net.describe(self.presegmenter, self.metadata)

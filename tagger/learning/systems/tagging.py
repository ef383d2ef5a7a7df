"""The tagger's LightningModule: loss, scores on dev, and what a checkpoint must carry."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial as partial_function
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn

from ...decoding.transitions import Tags
from ...errors import ModelError
from ...text.presegment import NO_PRESEGMENTATION, Presegmenter
from ...text.sentence import Sentence, entities_as_words
from .. import checkpoint
from ..data.sentences import Batch
from ..data.tagging import TaggingData
from ..data.words import WordData
from ..nets import CharTagger, TaggerNet
from ..nets.heads import Head
from ..stored import StoredTagger
from .metric import SegmentationMetric
from .tag_loss import balanced_weights, check_class_weights, merge_weights, tag_loss, tag_weights
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
    `class_weights` are those of tags in the loss, by POS or type of entity or by tag, 1 for others; or `balanced`: of
    each the inverse of its frequency in training, on the average of the characters 1 (see `tag_loss`).

    A net that finds entities beside words has the sum of both losses, that of the entities times `entity_weight`, over
    the sentences that are annotated for each; its best checkpoint is the one with the highest `val/both_f1`, the mean
    of `val/joint_f1` (`val/word_f1` without POS) and `val/entity_f1`.
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
        class_weights: Mapping[str, float] | None = None,
        entity_weight: float = 1.0,
        entity_vocabulary: Container[str] = frozenset(),
        **options: Any,
    ) -> None:
        super().__init__(net, **options)
        if entity_weight < 0:
            raise ModelError(f"expected system.entity_weight of 0 or more, got {entity_weight}")
        self.entity_weight = entity_weight
        if not 0 <= label_smoothing < 1:
            raise ModelError(f"expected system.label_smoothing from 0 to below 1, got {label_smoothing}")
        self.presegmenter, self.label_smoothing = presegmenter, label_smoothing
        self.metric = SegmentationMetric(net.scheme.pos, vocabulary)
        self.standards = net.standards if isinstance(net, CharTagger) else ()
        self.metrics = nn.ModuleList(SegmentationMetric((), vocabulary) for _ in self.standards)
        entity_scheme = net.entity_scheme if isinstance(net, CharTagger) else None
        self.entity_metric = SegmentationMetric(entity_scheme.pos, entity_vocabulary) if entity_scheme else None
        figure = "both_f1" if entity_scheme else self._figure(self._word_figure)
        self._take_weights(class_weights or {})
        self.monitor = monitor or (f"val/mean_{figure}" if self.standards else f"val/{figure}")

    def _take_weights(self, given: Mapping[str, float]) -> None:
        """Keep the weights of the tags of words and of entities, if any are given."""
        self.tag_weights: Tensor | None
        self.entity_tag_weights: Tensor | None
        heads = [self.net.head, *([self._entity_head] if self.entity_metric is not None else [])]
        if given:
            check_class_weights(given, heads)
        tables = [tag_weights(head.scheme, given) if given else None for head in heads]
        self.register_buffer("tag_weights", tables[0], persistent=False)
        self.register_buffer("entity_tag_weights", tables[-1], persistent=False)

    @property
    def _word_figure(self) -> str:
        """The figure of words that counts: with their POS if the net finds these."""
        return "joint_f1" if self.net.scheme.pos else "word_f1"

    def _figure(self, name: str) -> str:
        """What a figure of the metric is called for the kind of spans that the net finds."""
        subject, _, figure = name.partition("_")
        return f"{ENTITY_FIGURES.get(subject, subject)}_{figure}" if self.net.scheme.outside else name

    @classmethod
    def of(
        cls,
        net: TaggerNet,
        data: TaggingData | WordData,
        *,
        class_weights: Mapping[str, float] | Literal["balanced"] | None = None,
        **options: Any,
    ) -> Self:
        """The system for a net and its corpus, whose runs are kept together and whose words count as known."""
        if class_weights == "balanced":
            class_weights = merge_weights([balanced_weights(*counted) for counted in data.tag_counts()])
        metadata = {**options.pop("metadata", {}), "language": data.corpus.language}
        if isinstance(data, TaggingData):
            options = {"entity_vocabulary": data.entity_vocabulary, **options}
        options = {"class_weights": class_weights, "metadata": metadata, **options}
        return cls(net, presegmenter=data.presegmenter, vocabulary=data.vocabulary, **options)

    @classmethod
    def restore(cls, path: str | Path, *, net: TaggerNet | None = None, **options: Any) -> Self:
        trained = checkpoint.load(path, net=net)
        options = {"presegmenter": trained.presegmenter, "metadata": trained.metadata, **options}
        return cls(trained.net, **options)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        scores = self.net(*self.net.inputs(batch))
        with torch.autocast(scores.device.type, enabled=False):
            words, entities = self._split(scores.float())
            joined = self.net.head.join(words, batch.joined)
            losses = self.losses(joined, batch)
            if entities is not None and batch.annotated is not None:
                losses = self._add_entities(losses, entities, batch)
        return self.check_and_log(losses.sum() / batch.lengths.sum(), len(batch.chars))

    def _split(self, scores: Tensor) -> tuple[Tensor, Tensor | None]:
        """The scores of words and, of a net that finds both, those of entities."""
        return self.net.split(scores) if isinstance(self.net, CharTagger) else (scores, None)

    @property
    def _entity_head(self) -> Head:
        """The head of entities of a net that has one."""
        assert isinstance(self.net, CharTagger)
        assert self.net.entity_head is not None
        return self.net.entity_head

    def _add_entities(self, losses: Tensor, scores: Tensor, batch: Batch) -> Tensor:
        """The losses `[batch]` of words where these are annotated, and those of entities where these are."""
        head, tags, annotated = self._entity_head, batch.entity_tags, batch.annotated
        assert tags is not None
        assert annotated is not None
        losses = losses.masked_fill(~annotated[:, 0], 0.0)
        known = annotated[:, 1]
        if not known.any():
            return losses
        scores, tags = scores[known], tags[known]
        of_entities = tag_loss(
            head,
            scores,
            tags,
            batch.lengths[known],
            smoothing=self.label_smoothing,
            weights=self.entity_tag_weights,
        )
        return losses.index_add(0, known.nonzero().flatten(), self.entity_weight * of_entities)

    def losses(self, scores: Tensor, batch: Batch) -> Tensor:
        """The loss of each sentence, fully or partially annotated: `[batch]`."""
        head = self.net.head
        of_tags = partial_function(tag_loss, smoothing=self.label_smoothing, weights=self.tag_weights)
        allowed, whole, partial = batch.allowed_tags, batch.whole_rows, batch.partial_rows
        if allowed is None or whole is None or partial is None:
            return of_tags(head, scores, batch.tags, batch.lengths, batch.soft_targets)
        losses = scores.new_zeros(len(scores))
        if len(whole):
            soft_targets = None if batch.soft_targets is None else batch.soft_targets[whole]
            losses[whole] = of_tags(head, scores[whole], batch.tags[whole], batch.lengths[whole], soft_targets)
        losses[partial] = head.partial_loss(
            scores[partial], batch.tags[partial], allowed[partial], batch.lengths[partial]
        )
        return losses

    def predict(self, batch: Batch) -> list[Sentence]:
        """The words, or entities, or both, that a tagger of this net finds in the texts of a batch."""
        words, entities = self._split(self.net(*self.net.inputs(batch)).float().detach().cpu())
        found = [
            self.net.decode(sentence, tags)
            for sentence, tags in zip(batch.sentences, self._decode(self.net.head, words, batch), strict=True)
        ]
        if entities is None:
            return found
        head, plain = self._entity_head, batch._replace(joined=torch.zeros_like(batch.joined))
        return [
            replace(sentence, entities=head.scheme.decode(sentence.text, tags).entities, entities_annotated=True)
            for sentence, tags in zip(found, self._decode(head, entities, plain), strict=True)
        ]

    def _decode(self, head: Head, scores: Tensor, batch: Batch) -> Iterator[Tags]:
        """The best tags `[n_chars]` of each text of a batch under the rules of tagging."""
        decoder, lengths, of_head = head.decoder(), batch.lengths.cpu().numpy(), scores.contiguous().numpy()
        if self.net.unit == CharTagger.unit:
            apply_text_rules(of_head, batch, decoder)
        for row, length in zip(decoder(of_head, lengths), lengths.tolist(), strict=True):
            yield row[:length]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        found, wanted = self.predict(batch), tuple(batch.sentences)
        if self.entity_metric is not None:
            self._count_both(self.entity_metric, wanted, found)
            return
        if self.net.scheme.outside:
            found, wanted = list(map(entities_as_words, found)), tuple(map(entities_as_words, wanted))
        self.metric.update(wanted, found)
        numbers = [] if batch.standards is None else batch.standards.tolist()
        for number in set(numbers) if self.standards else ():
            pairs = zip(numbers, wanted, found, strict=True)
            gold, predicted = zip(*((a, b) for of, a, b in pairs if of == number), strict=True)
            self.metrics[number].update(gold, predicted)

    def _count_both(
        self, entity_metric: SegmentationMetric, wanted: Sequence[Sentence], found: Sequence[Sentence]
    ) -> None:
        """Count words and entities, each in the sentences that are annotated for them."""
        pairs = list(zip(wanted, found, strict=True))
        words = [pair for pair in pairs if pair[0].words]
        self.metric.update([gold for gold, _ in words], [predicted for _, predicted in words])
        entities = [tuple(map(entities_as_words, pair)) for pair in pairs if pair[0].entities_annotated]
        entity_metric.update([gold for gold, _ in entities], [predicted for _, predicted in entities])

    def on_validation_epoch_end(self) -> None:
        figures = {self._figure(name): value for name, value in self.metric.compute().items() if not value.isnan()}
        self.metric.reset()
        headlines = {self._figure(name) for name in ("word_f1", "joint_f1")}
        if self.entity_metric is not None:
            figures |= self._figures_of_both(self.entity_metric, figures)
            headlines |= {"entity_f1", "both_f1"}
        shown = {f"val/{name}": value for name, value in figures.items() if name in headlines}
        self.log_dict(shown, prog_bar=True)
        self.log_dict({f"val/{name}": value for name, value in figures.items() if f"val/{name}" not in shown})
        self.log_dict(self._figures_by_standard())

    def _figures_of_both(self, entity_metric: SegmentationMetric, of_words: dict[str, Tensor]) -> dict[str, Tensor]:
        """The figures of entities beside those of words, and `both_f1`."""
        names = {"word": "boundary", "joint": "entity", "tag": "type"}
        figures: dict[str, Tensor] = {}
        for name, value in entity_metric.compute().items():
            subject, _, figure = name.partition("_")
            if subject in names and not value.isnan():
                figures[f"{names[subject]}_{figure}"] = value
        entity_metric.reset()
        both = [of_words.get(self._word_figure), figures.get("entity_f1")]
        scored = [value for value in both if value is not None]
        return figures | ({"both_f1": torch.stack(scored).mean()} if len(scored) == len(both) else {})

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

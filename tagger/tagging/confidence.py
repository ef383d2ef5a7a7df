"""How sure the tagger is of its words: columns beside those of `Spans`, and words that carry their probability."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.decoders import Decoder
from ..errors import InputError
from ..text.block import Places, Spans
from ..text.scheme import Scheme
from ..text.sentence import Entity, Sentence, Word
from .rows import DecodedRows, RowGroup
from .values import is_probability

Probabilities = NDArray[np.float64]


class RatedWord(Word):
    """A word, how likely it is with this POS (`probability`), and with any (`span_probability`).

    Compares and unpacks like the Word that it is.
    """

    probability: float
    span_probability: float

    @classmethod
    def of(cls, word: Word, probability: float, span_probability: float) -> "RatedWord":
        rated = cls(*word)
        rated.probability, rated.span_probability = probability, span_probability
        return rated

    def _replace(self, **changes: Any) -> Self:
        """A word with other fields, as likely as this one."""
        rated = super()._replace(**changes)
        rated.probability, rated.span_probability = self.probability, self.span_probability
        return rated

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, probability={self.probability:.4f})"


class RatedEntity(Entity):
    """An entity, how likely it is with this type (`probability`), and with any (`span_probability`).

    Compares and unpacks like the Entity that it is.
    """

    probability: float
    span_probability: float

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, probability={self.probability:.4f})"


def words_as_entities(sentence: Sentence) -> Sentence:
    """A sentence without words whose entities are the words of `sentence`, with their probabilities if these have any;
    all have a POS."""
    return Sentence(sentence.text, (), sentence.comments, tuple(map(_as_entity, sentence.words)))


def _as_entity(word: Word) -> Entity:
    form, pos, start, end = word
    if not isinstance(word, RatedWord):
        return Entity(form, str(pos), start, end)
    entity = RatedEntity(form, str(pos), start, end)
    entity.probability, entity.span_probability = word.probability, word.span_probability
    return entity


@dataclass(frozen=True)
class RatedSpans(Spans):
    """Words with their probabilities: of each with its POS, and with any.

    Words may overlap (those of `Tagger.search`), in order of their starts, then of their ends. For writers: `shown`
    says whether to write probabilities, and words less likely than `least` are doubtful.
    """

    probability: Probabilities
    span_probability: Probabilities
    shown: bool = True
    least: float = 0.0
    overlapping: bool = False

    columns: ClassVar[tuple[str, ...]] = (*Spans.columns, "probability", "span_probability")

    def doubtful(self, *, pos: bool = True) -> NDArray[np.bool_]:
        """Which words are less likely than `least`, with their POS or with any."""
        doubtful: NDArray[np.bool_] = (self.probability if pos else self.span_probability) < self.least
        return doubtful

    def sentences(self, texts: Sequence[str], pos: Sequence[str | None]) -> list[Sentence]:
        rates = zip(self.probability.tolist(), self.span_probability.tolist(), strict=True)
        return [
            Sentence(sentence.text, tuple(RatedWord.of(word, *next(rates)) for word in sentence.words))
            for sentence in super().sentences(texts, pos)
        ]


class Rates(NamedTuple):
    """The place of the first character of each word of some rows, `[n_words]`, and how likely it is with its POS and
    with any, `[2, n_words]`."""

    places: Places
    probability: Probabilities


class LikelySpans(NamedTuple):
    """The place of the first character of each likely span of some rows `[n]`, its size, and how likely it is to be a
    word of each POS, `[n, n_pos]`."""

    places: Places
    sizes: Places
    weights: Probabilities


def rate_words(decoder: Decoder, temperature: float) -> Callable[[RowGroup], Rates]:
    """What reads the probabilities of the decoded words off groups of rows."""

    def read(group: RowGroup) -> Rates:
        row, start, probability = decoder.rates(group.parts, group.lengths, group.tags, temperature)
        return Rates(group.places[row] + start, probability)

    return read


def search_spans(decoder: Decoder, temperature: float, least: float) -> Callable[[RowGroup], LikelySpans]:
    """What reads all spans that are words with a probability of at least `least` off groups of rows. Raises InputError
    when `least` is not above 0 and at most 1."""
    if not (is_probability(least) and least):
        raise InputError(f"expected a least probability above 0 and at most 1, got {least!r:.60}; try 0.1")

    def read(group: RowGroup) -> LikelySpans:
        row, start, end, weights = decoder.candidates(group.parts, group.lengths, least, temperature)
        return LikelySpans(group.places[row] + start, end - start, weights)

    return read


def rated_spans(decoded: DecodedRows[Rates], scheme: Scheme) -> RatedSpans:
    """The words of a block with their probabilities; a word whose parts two windows answer is as likely as the less
    likely one of them."""
    spans = Spans.of(decoded.block, *scheme.spans(decoded.gather(decoded.tags)))
    rates = np.full((2, len(decoded.tags)), np.nan)  # at the words' first characters
    for places, probability in decoded.groups:
        rates[:, places] = probability
    rates = decoded.gather(rates)  # shape: [2, n code points]
    if not decoded.stitched:
        rates = rates[:, spans.starts]
    elif len(spans.starts):
        edges = np.stack([spans.starts, spans.ends], 1).ravel()
        rates = np.append(rates, np.full((2, 1), np.nan), 1)  # a last word may end where the block does
        rates = np.fmin.reduceat(rates, edges, axis=1)[:, ::2]
    else:
        rates = rates[:, :0]
    rates = np.nan_to_num(rates, nan=0.0).clip(0, 1)
    return RatedSpans(**vars(spans), probability=rates[0], span_probability=rates[1])


def searched_spans(decoded: DecodedRows[LikelySpans]) -> RatedSpans:
    """The likely words of a block, in order of their starts, then ends; each window gives those that begin in the part
    that it answers for."""
    none = np.zeros(0, np.int64)
    starts = decoded.targets[np.concatenate([none, *(group.places for group in decoded.groups)])]
    sizes = np.concatenate([none, *(group.sizes for group in decoded.groups)])
    weights = np.concatenate([group.weights for group in decoded.groups] or [np.zeros((0, 1))])
    kept = np.flatnonzero(starts >= 0)
    kept = kept[np.lexsort((sizes[kept], starts[kept]))]
    starts, weights = starts[kept], weights[kept].clip(0, 1)
    spans = Spans.of(decoded.block, starts, starts + sizes[kept], weights.argmax(1))
    return RatedSpans(
        **vars(spans),
        probability=weights.max(1, initial=0),
        span_probability=weights.sum(1).clip(0, 1),
        overlapping=True,
    )

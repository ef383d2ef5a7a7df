"""How sure the tagger is of its words: columns beside those of `block`, and words that carry their probability."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..decoding import posterior
from ..decoding.decoders import Decoder
from ..decoding.transitions import Scores, Tags
from ..text.block import Block, Places, Spans
from ..text.scheme import Scheme
from ..text.sentence import Sentence, Word

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

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, probability={self.probability:.4f})"


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


class SpanRater:
    """Reads rows as they are decoded (`Tagger.answers`), and rates the words found."""

    def __init__(self, decoder: Decoder, scheme: Scheme, temperature: float) -> None:
        self._decoder, self._scheme, self._temperature = decoder, scheme, temperature
        self._places: list[Places] = []
        self._values: list[Probabilities] = []

    def __call__(self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, places: Places) -> None:
        row, time, rates = posterior.rates(self._decoder, parts, lengths, tags, self._temperature)
        self._places.append(places[row] + time)
        self._values.append(rates)

    def spans(self, block: Block, tags: Tags, origin: Any) -> RatedSpans:
        """The words of a block's `tags[origin]`; one of pieces from two windows is as likely as its less likely one."""
        spans = Spans.of(block, *self._scheme.spans(tags[origin]))
        rates = np.full((2, len(tags) + 1), np.nan)  # at the words' first characters
        for places, values in zip(self._places, self._values, strict=True):
            rates[:, places] = values
        if isinstance(origin, slice):
            rates = rates[:, spans.starts]
        else:
            rates = np.append(rates[:, origin], rates[:, -1:], 1)
            edges = np.stack([spans.starts, spans.ends], 1).ravel()
            rates = np.fmin.reduceat(rates, edges, axis=1)[:, ::2] if len(edges) else rates[:, :0]
        rates = np.nan_to_num(rates, nan=0.0).clip(0, 1)
        return RatedSpans(**vars(spans), probability=rates[0], span_probability=rates[1])


class SpanSearch:
    """Reads rows as they are decoded, and notes every span that is likely enough to be a word."""

    def __init__(self, decoder: Decoder, temperature: float, least: float) -> None:
        self._decoder, self._temperature, self._least = decoder, temperature, least
        self._starts: list[Places] = []
        self._sizes: list[Places] = []
        self._weights: list[Probabilities] = []

    def __call__(self, parts: Sequence[Scores], lengths: NDArray[Any], tags: Tags, places: Places) -> None:
        row, start, end, weight = posterior.candidates(self._decoder, parts, lengths, self._least, self._temperature)
        self._starts.append(places[row] + start)
        self._sizes.append(end - start)
        self._weights.append(weight)

    def spans(self, block: Block, tags: Tags, origin: Any) -> RatedSpans:
        """The words of a block, in order of their starts; each window gives those that begin in its own part."""
        own = np.full(len(tags), -1)
        own[origin] = np.arange(len(block.codes))
        none: Probabilities = np.zeros((0, 1))
        starts = own[np.concatenate([np.zeros(0, np.int64), *self._starts])]
        sizes = np.concatenate([np.zeros(0, np.int64), *self._sizes])
        weight = np.concatenate(self._weights) if self._weights else none
        kept = np.flatnonzero(starts >= 0)
        kept = kept[np.lexsort((sizes[kept], starts[kept]))]
        starts, weight = starts[kept], weight[kept].clip(0, 1)
        spans = Spans.of(block, starts, starts + sizes[kept], weight.argmax(1))
        return RatedSpans(
            **vars(spans),
            probability=weight.max(1, initial=0),
            span_probability=weight.sum(1).clip(0, 1),
            overlapping=True,
        )

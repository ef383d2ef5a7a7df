"""One text read in more than one way: its best readings, and how likely its tags and boundaries are.

A text of several windows (see `window`) is read as it is tagged: window by window, each within its own part, with the
tags beyond that part as they were found. So the first reading is the tagger's answer, and windows do not depend on
each other: scores of readings add up, and probabilities multiply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..decoding import posterior
from ..decoding.decoders import Decoder, FactoredDecoder
from ..decoding.marginals import ForwardBackward
from ..decoding.nbest import n_best
from ..decoding.transitions import Scores, Tags
from ..errors import InputError
from ..text.block import Block, Places, Spans
from ..text.scheme import Scheme
from ..text.sentence import Sentence

Distinct = Literal["words", "tags"]
DISTINCT: tuple[Distinct, ...] = ("words", "tags")


class Alternative(NamedTuple):
    """A reading of a text: what the decoder adds up for it (`score`: only differences mean anything), how likely
    its words with their tags are together (`probability`), and its words with any tags (`span_probability`)."""

    sentence: Sentence
    score: float
    probability: float
    span_probability: float


@dataclass(frozen=True)
class Marginals:
    """`tags [n, n_tags]`: how likely each tag of the scheme (`names`) is at each code point. `boundaries [n + 1]`: how
    likely it is that no word goes on across each place between two code points, before the first and after the last."""

    names: tuple[str, ...]
    tags: NDArray[np.float64]
    boundaries: NDArray[np.float64]


class _Row(NamedTuple):
    """A row's scores `[time, n_scores]` and tags, the range of it that is its own part, and where that lies."""

    scores: Scores
    tags: Tags
    own: slice
    place: slice


class _Reading(NamedTuple):
    """Of a row, or of all of a text: what the decoder adds up, the logarithms of the probabilities of the tags and
    of the words, and the tags."""

    score: float
    log_tags: float
    log_words: float
    tags: Tags

    def joined(self, other: "_Reading", row: _Row) -> "_Reading":
        """This reading of a text with that of one more row in its place."""
        tags = self.tags.copy()
        tags[row.place] = other.tags[row.own]
        return _Reading(
            self.score + other.score, self.log_tags + other.log_tags, self.log_words + other.log_words, tags
        )


class RowReader:
    """Keeps the rows of one text as they are decoded (`Tagger.answers`)."""

    def __init__(self, decoder: Decoder, scheme: Scheme, temperature: float) -> None:
        self._decoder, self._scheme, self._temperature = decoder, scheme, temperature
        self._rows: list[tuple[int, Scores, Tags]] = []

    def __call__(self, parts: Sequence[Scores], lengths: Places, tags: Tags, places: Places) -> None:
        every = [row for part in parts for row in part]
        for scores, length, own, place in zip(every, lengths.tolist(), tags, places.tolist(), strict=True):
            self._rows.append((place, scores[:length], own[:length]))

    def _own(self, block: Block, tags: Tags, origin: Any) -> list[_Row]:
        """The rows in the order of the text, with the part that each answers for."""
        target = np.full(len(tags), -1)
        target[origin] = np.arange(len(block.codes))
        found = []
        for place, scores, own_tags in self._rows:
            at = target[place : place + len(scores)]
            own = np.flatnonzero(at >= 0)
            if len(own):
                a, b = int(own[0]), int(own[-1]) + 1
                found.append(_Row(scores, own_tags, slice(a, b), slice(int(at[a]), int(at[b - 1]) + 1)))
        return sorted(found, key=lambda row: row.place.start)

    def marginals(self, block: Block, tags: Tags, origin: Any) -> Marginals:
        """Those of the block's text, of which `tags[origin]` is the answer."""
        found = np.zeros((len(block.codes), self._scheme.n_tags))
        for row in self._own(block, tags, origin):
            lengths = np.array([len(row.scores)])
            [table] = posterior.tag_probabilities(self._decoder, [row.scores[None]], lengths, self._temperature)
            found[row.place] = table[row.own]
        found = np.delete(found, block.starts + block.lengths, 0)  # the line feeds between sections
        closed = np.r_[0, 1 + 2 * self._scheme.n_pos : self._scheme.n_tags]
        return Marginals(self._scheme.names, found, np.append(1.0, found[:, closed].sum(1)).clip(0, 1))

    def alternatives(
        self, block: Block, tags: Tags, origin: Any, text: str, n: int, distinct: Distinct
    ) -> list[Alternative]:
        """The n best readings of the block's text, the best first. Raises InputError for what cannot be asked."""
        if n < 1:
            raise InputError(f"expected 1 or more alternatives, got {n}; ask for 5")
        if distinct not in DISTINCT:
            raise InputError(f"expected alternatives distinct in {' or '.join(DISTINCT)}, got {distinct!r}; choose one")
        if distinct == "tags" and isinstance(self._decoder, FactoredDecoder):
            raise InputError(
                "expected distinct='words' for a model with a factored head, got 'tags': it finds the words first, "
                "then each one's POS; look at marginals(text), or train with head=crf"
            )
        merged = [_Reading(0.0, 0.0, 0.0, tags[origin])]
        for row in self._own(block, tags, origin):
            readings = self._readings(row, n, distinct)
            sums = np.add.outer([before.score for before in merged], [reading.score for reading in readings])
            pairs = np.argsort(-sums.ravel(), kind="stable")[:n]
            merged = [
                merged[i].joined(readings[j], row) for i, j in zip(*np.unravel_index(pairs, sums.shape), strict=True)
            ]
        pos = self._scheme.pos or (None,)
        found = []
        for score, both, words, whole in merged:
            [sentence] = Spans.of(block, *self._scheme.spans(whole)).sentences([text], pos)
            found.append(Alternative(sentence, score, min(1.0, exp(both)), min(1.0, exp(words))))
        return found

    def _readings(self, row: _Row, n: int, distinct: Distinct) -> list[_Reading]:
        """The n best of one row."""
        decoder, temperature = self._decoder, self._temperature
        n_tags = 1 + 4 * decoder.n_pos
        chain = row.tags
        if isinstance(decoder, FactoredDecoder):
            chain = (chain + self._scheme.n_pos - 1) // self._scheme.n_pos
        scores = row.scores.copy()
        fixed = np.append(np.arange(row.own.start), np.arange(row.own.stop, len(scores)))
        scores[fixed, :n_tags] = np.where(
            np.arange(n_tags) == chain[fixed, None], scores[fixed, :n_tags], posterior.OUT
        )
        sums, tags = n_best(scores[:, :n_tags], decoder.transitions, n, by_tags=distinct == "tags")
        # The sum over all tags of a reading's words: tags of other letters are left out.
        letter = np.append(0, np.repeat([1, 2, 3, 4], decoder.n_pos))
        rows = np.where(letter == letter[tags][:, :, None], scores[:, :n_tags], posterior.OUT)
        rows = np.concatenate([scores[None, :, :n_tags], rows])
        lengths = np.full(len(rows), len(scores))
        totals = ForwardBackward.of([rows], lengths, decoder.transitions, temperature).log_total
        words = totals[1:] - totals[0]
        if isinstance(decoder, FactoredDecoder):
            copies = np.broadcast_to(scores, (len(tags), *scores.shape))
            decoder.add_pos(copies, tags)
            both = words + posterior.log_pos(decoder, [copies], tags, temperature)
        else:
            both = sums / temperature - totals[0]
        return [_Reading(*one) for one in zip(sums.tolist(), both.tolist(), words.tolist(), tags, strict=True)]

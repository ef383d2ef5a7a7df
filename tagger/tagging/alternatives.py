"""One text read in more than one way: its best readings.

A text of several windows (see `text.windows`) is read as it is tagged: window by window, each within its own part, with
the tags beyond that part as they were decoded. So the first reading is the tagger's answer, and windows do not depend
on each other: scores of readings add up, and probabilities multiply.
"""

from math import exp
from typing import Literal, NamedTuple

import numpy as np

from ..decoding.decoders import Decoder
from ..decoding.nbest import Readings
from ..decoding.transitions import Scores, Tags
from ..errors import InputError
from ..text.sentence import Sentence
from .rows import DecodedRows, RowGroup
from .values import is_count

Distinct = Literal["words", "tags"]
DISTINCT: tuple[Distinct, ...] = ("words", "tags")


class Alternative(NamedTuple):
    """A reading of a text: what the decoder adds up for it (`score`: only differences mean anything), how likely
    its words with their tags are together (`probability`), and its words with any tags (`span_probability`)."""

    sentence: Sentence
    score: float
    probability: float
    span_probability: float


class _Row(NamedTuple):
    """A row's scores `[time, n_scores]` and tags, the part of it that answers for the text, and where that lies."""

    scores: Scores
    tags: Tags
    part: slice
    target: slice


class Reading(NamedTuple):
    """Of all of a text: what the decoder adds up, the logarithms of the probabilities of the tags and of the words,
    and the tags."""

    score: float
    log_tags: float
    log_words: float
    tags: Tags

    def with_row(self, row: _Row, readings: Readings, k: int) -> "Reading":
        """This reading of a text with reading `k` of one more row in its place."""
        tags = self.tags.copy()
        tags[row.target] = readings.tags[k, row.part]
        return Reading(
            self.score + float(readings.scores[k]),
            self.log_tags + float(readings.log_tags[k]),
            self.log_words + float(readings.log_words[k]),
            tags,
        )

    def alternative(self, sentence: Sentence) -> Alternative:
        """This reading as the words of a sentence."""
        probability, span_probability = (min(1.0, exp(log)) for log in (self.log_tags, self.log_words))
        return Alternative(sentence, self.score, probability, span_probability)


def check_distinct(decoder: Decoder, n: int, distinct: Distinct) -> None:
    """Raises InputError for alternatives that cannot be asked for."""
    if not is_count(n):
        raise InputError(f"expected a whole number of alternatives, 1 or more, got {n!r:.60}; ask for 5")
    if distinct not in DISTINCT:
        raise InputError(f"expected alternatives distinct in {' or '.join(DISTINCT)}, got {distinct!r}; choose one")
    if distinct == "tags" and not decoder.ranks_tags:
        raise InputError(
            "expected distinct='words' for a model with a factored head, got 'tags': it finds the words first, "
            "then each one's POS; look at marginals(text), or train with head=crf"
        )


def best_readings(
    decoded: DecodedRows[RowGroup], decoder: Decoder, n: int, *, temperature: float, by_tags: bool
) -> list[Reading]:
    """The n best readings of the one text of a decoded block, the best first."""
    merged = [Reading(0.0, 0.0, 0.0, decoded.gather(decoded.tags))]
    for row in _rows(decoded):
        readings = _read_row(row, decoder, n, temperature, by_tags=by_tags)
        sums = np.add.outer([reading.score for reading in merged], readings.scores)
        best = np.argsort(-sums.ravel(), kind="stable")[:n]
        pairs = zip(*np.unravel_index(best, sums.shape), strict=True)
        merged = [merged[i].with_row(row, readings, k) for i, k in pairs]
    return merged


def _rows(decoded: DecodedRows[RowGroup]) -> list[_Row]:
    """The rows in the order of the text, with the part that each answers for."""
    rows = []
    for group in decoded.groups:
        for place, scores, tags in group.rows():
            part, target = decoded.answered(place, len(scores))
            if part.stop:
                rows.append(_Row(scores, tags, part, target))
    return sorted(rows, key=lambda row: row.target.start)


def _read_row(row: _Row, decoder: Decoder, n: int, temperature: float, *, by_tags: bool) -> Readings:
    """The n best readings of one row, its tags kept beyond the part that it answers for."""
    scores = row.scores.copy()
    fixed = np.append(np.arange(row.part.start), np.arange(row.part.stop, len(scores)))
    scores[fixed] = decoder.fix_tags(scores[fixed], row.tags[fixed])
    return decoder.readings(scores, n, temperature, by_tags=by_tags)

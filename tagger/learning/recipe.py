"""How a tagger of texts is trained on a corpus of a given size: epochs, batches and dropouts.

A small corpus wants small batches, so that an epoch has enough steps, and more epochs; a large one fewer epochs and
less dropout, because what is rare in it was seen often enough. Between the sizes at which settings were chosen on dev
(docs/training.md), values go along a straight line over the logarithm of the size.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self


class Point(NamedTuple):
    """What is right for a corpus of `n_chars` characters."""

    n_chars: int
    max_epochs: float
    batch_chars: float
    unknown_dropout: float
    variational_dropout: float


NEW = (
    Point(20_000, 30, 500, 0.2, 0.5),
    Point(160_000, 20, 1500, 0.2, 0.5),
    Point(300_000, 14, 1500, 0.05, 0.3),
    Point(800_000, 8, 1500, 0.03, 0.3),
    Point(8_000_000, 2, 1500, 0.01, 0.2),
)
# Of a net that begins from a trained one, whose tags it has.
CONTINUED = (
    Point(20_000, 10, 500, 0.1, 0.3),
    Point(160_000, 6, 1500, 0.05, 0.25),
    Point(800_000, 4, 1500, 0.03, 0.2),
    Point(8_000_000, 2, 1500, 0.01, 0.15),
)
# Of one whose head begins anew, for other tags: CONTINUED with more epochs.
NEW_HEAD = (
    Point(10_000, 30, 500, 0.1, 0.3),
    Point(20_000, 20, 500, 0.1, 0.3),
    Point(160_000, 10, 1500, 0.05, 0.25),
    Point(800_000, 5, 1500, 0.03, 0.2),
    Point(8_000_000, 2, 1500, 0.01, 0.15),
)


# A batch of a card has this many padded characters, as long as an epoch keeps so many batches.
CARD_CHARS, CARD_BATCHES = 24_000, 40


def growth_for_card(batch_chars: int, n_batches: int) -> float:
    """How many times as large the batches of a card are as those of a processor, of which an epoch has `n_batches`: a
    card computes a large batch in hardly more time than a small one, but few steps an epoch teach a net little."""
    return max(1.0, min(CARD_CHARS / batch_chars, n_batches / CARD_BATCHES))


@dataclass(frozen=True)
class Recipe:
    """The settings of training that follow the number of characters in train."""

    max_epochs: int
    batch_chars: int
    unknown_dropout: float
    variational_dropout: float

    @classmethod
    def of_size(cls, n_chars: int, *, continued: bool = False, new_head: bool = False) -> Self:
        """The recipe for a corpus; `continued`: of a net that begins from a trained one; `new_head`: of one whose head
        begins anew."""
        points = (NEW_HEAD if new_head else CONTINUED) if continued else NEW
        epochs, batch, unknown, variational = (
            _between([(point.n_chars, point[column]) for point in points], n_chars) for column in range(1, 5)
        )
        return cls(round(epochs), 100 * round(batch / 100), round(unknown, 2), round(variational, 2))


def _between(points: list[tuple[int, float]], n_chars: int) -> float:
    """The value at `n_chars` on the line through points `(n_chars, value)`; beyond the ends, that of the end."""
    if n_chars <= points[0][0]:
        return points[0][1]
    for (low, first), (high, second) in pairwise(points):
        if n_chars < high:
            share = math.log(n_chars / low) / math.log(high / low)
            return first + share * (second - first)
    return points[-1][1]

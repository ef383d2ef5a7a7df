"""A share of a corpus's training sentences, drawn so that a smaller share is part of a larger one; and a share held
out."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from ..errors import CorpusError

Item = TypeVar("Item")


def check_share(share: float) -> None:
    """Raises CorpusError for what is neither a share of 1 or less nor a whole number of sentences."""
    if isinstance(share, bool) or not share > 0 or (share > 1 and share % 1):
        raise CorpusError(
            f"expected data.share above 0 and up to 1, or a whole number of sentences, got {share}; "
            "0.1 is a tenth of them, 500 so many"
        )


def draw_share(items: Sequence[Item], share: float, seed: int) -> list[Item]:
    """A share of the items (0.1), or so many of them (500), in their order; 1 is all of them.

    The seed and the number of items alone decide which: with the same seed a smaller share is part of a larger one. Of
    no items there are none, and of others at least one. Raises CorpusError for more items than there are.
    """
    if share == 1 or not items:
        return list(items)
    if share > len(items):
        raise CorpusError(f"expected data.share of at most {len(items)} sentences, got {share}; 1.0 is all of them")
    n = int(share) if share > 1 else max(1, round(share * len(items)))
    drawn = np.random.default_rng(seed).permutation(len(items))[:n]
    return [items[i] for i in np.sort(drawn).tolist()]


def hold_out(items: Sequence[Item], share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """The items that stay and a share of them that is held out, both in order; of several items each side has one.

    The seed and the number of items alone decide which.
    """
    n = min(max(1, round(share * len(items))), max(0, len(items) - 1))
    out = set(np.random.default_rng(seed).permutation(len(items))[:n].tolist())
    return [item for i, item in enumerate(items) if i not in out], [items[i] for i in sorted(out)]

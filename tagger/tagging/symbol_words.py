"""Words that symbols and punctuation are: constraints that come after all that is known of a text otherwise."""

import numpy as np
from numpy.typing import NDArray

from ..text.block import Places
from ..text.scheme import Scheme
from ..text.symbols import NONE, PUNCTUATION, TAGS, symbol_kinds
from .known import Edge


def symbol_tags(scheme: Scheme) -> dict[int, int]:
    """The number of the POS of each kind of symbol for which the scheme has a tag. Without any, nothing is known."""
    return {kind: scheme.pos.index(tag) for kind, tag in TAGS.items() if tag in scheme.pos}


def apply_symbols(
    codes: NDArray[np.int32],
    scheme: Scheme,
    inner: NDArray[np.bool_] | None,
    decided: Places,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> None:
    """Make words of symbols, in place, where the edges `[n + 1]` around them are free and the POS `[n]` open.

    A symbol that is joined with something else than the rest of its cluster (`inner [n]`) and its like is left alone,
    and so is one at the places `decided`.
    """
    tags = symbol_tags(scheme)
    if not tags:
        return
    kinds, repeated = symbol_kinds(codes)
    numbers = np.full(PUNCTUATION + 1, -1, np.int16)
    numbers[list(tags)] = list(tags.values())
    kinds[numbers[kinds] < 0] = NONE
    kinds[decided] = NONE
    starts, ends = _symbol_words(kinds, inner, edges)
    cuts = starts[~repeated[starts]]
    edges[cuts[edges[cuts] == Edge.FREE]] = Edge.CUT
    cuts = ends[~np.append(repeated, False)[ends]]
    edges[cuts[edges[cuts] == Edge.FREE]] = Edge.CUT
    sizes = ends - starts
    places = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(int(sizes.sum()))
    found = np.repeat(numbers[kinds[starts]], sizes)
    pos[places] = np.where(pos[places] < 0, found, pos[places])


def _symbol_words(
    kinds: NDArray[np.uint8], inner: NDArray[np.bool_] | None, edges: NDArray[np.int8]
) -> tuple[Places, Places]:
    """Starts and ends of what begins with a symbol and is joined only with its cluster and symbols of its kind."""
    joined = edges[:-1] == Edge.JOIN
    starts = np.flatnonzero((kinds != NONE) & ~joined)
    ends = starts + 1
    if joined.any():
        boundaries = np.append(np.flatnonzero(~joined), len(joined))
        ends = boundaries[np.searchsorted(boundaries, starts, "right")]
        foreign = joined.copy()
        foreign[1:] &= kinds[1:] != kinds[:-1]
        if inner is not None:
            foreign &= ~inner
        n_foreign = np.concatenate([[0], np.cumsum(foreign)])  # shape: [n] -> [n + 1]
        whole = n_foreign[starts] == n_foreign[ends]
        starts, ends = starts[whole], ends[whole]
    return starts, ends

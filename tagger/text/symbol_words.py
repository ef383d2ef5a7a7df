"""Words that symbols and punctuation are: constraints that come after all that is known of a text otherwise."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .block import Places
from .edges import Edge
from .list_numbers import list_stops
from .scheme import Scheme
from .symbol_places import find_symbols
from .symbols import ASCII, KIND, LATIN, PUNCTUATION, SYMBOL, TAGS, flags_around, repeats

NO_SYMBOL = -2  # in place of the number of a POS: any but those of symbols and punctuation


def symbol_tags(scheme: Scheme) -> dict[int, int]:
    """The number of the POS of each kind of symbol for which the scheme has a tag. Without any, as of entities,
    nothing is known."""
    if scheme.outside:
        return {}
    return {kind: scheme.pos.index(tag) for kind, tag in TAGS.items() if tag in scheme.pos}


@lru_cache(maxsize=64)
def _numbers(scheme: Scheme) -> NDArray[np.int16]:
    """The number of the POS of each kind, -1 where the scheme has no tag for it."""
    numbers = np.full(PUNCTUATION + 1, -1, np.int16)
    for kind, number in symbol_tags(scheme).items():
        numbers[kind] = number
    return numbers


def apply_symbols(
    text: str,
    codes: NDArray[np.int32],
    scheme: Scheme,
    inner: NDArray[np.bool_] | None,
    decided: Places | None,
    edges: NDArray[np.int8],
    pos: NDArray[np.int16],
) -> None:
    """Make words of the symbols of a text, in place, where the edges `[n + 1]` around them are free and the POS `[n]`
    open. `codes [n]` are the text's code points.

    A symbol that is joined with something else than the rest of its cluster (`inner [n]`) and its like is left alone,
    and so is one at the places `decided`. A letter or a digit beside a symbol or an ASCII bracket is none itself.
    """
    around = flags_around(codes)
    stops = list_stops(text)
    if stops:
        around[np.array(stops) + 1] |= PUNCTUATION | ASCII
    places, kinds = find_symbols(around)
    numbers = _numbers(scheme)
    wanted = numbers[kinds] >= 0
    if decided is not None:
        wanted &= ~np.isin(places, decided)
    if not wanted.all():
        places, kinds = places[wanted], kinds[wanted]
    if not len(places):
        return
    starts, ends = _symbol_words(places, kinds, inner, edges)
    cuts = np.concatenate((starts, ends))
    edges[cuts[(edges[cuts] == Edge.FREE) & ~repeats(around, cuts)]] = Edge.CUT
    flags = around[starts + 1]
    covered, found, sizes = starts, numbers[flags & KIND], ends - starts
    if sizes.max(initial=1) > 1:
        covered = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(int(sizes.sum()))
        found = np.repeat(found, sizes)
    pos[covered] = np.where(pos[covered] < 0, found, pos[covered])
    strong = (flags & (SYMBOL | ASCII)).astype(bool)
    if strong.any():
        beside = np.concatenate((starts[strong], ends[strong] + 1))  # in `around`
        beside = beside[around[beside] & LATIN > 0] - 1
        pos[beside[pos[beside] < 0]] = NO_SYMBOL


def _symbol_words(
    places: Places, kinds: NDArray[np.uint16], inner: NDArray[np.bool_] | None, edges: NDArray[np.int8]
) -> tuple[Places, Places]:
    """Starts and ends of what begins with a symbol and is joined only with its cluster and symbols of its kind."""
    free = edges[places] != Edge.JOIN
    starts = places if free.all() else places[free]
    ends = starts + 1
    if not (edges[ends] == Edge.JOIN).any():
        return starts, ends
    joined = edges[:-1] == Edge.JOIN
    boundaries = np.append(np.flatnonzero(~joined), len(joined))
    ends = boundaries[np.searchsorted(boundaries, starts, "right")]
    kind_of = np.zeros(len(joined), np.uint16)
    kind_of[places] = kinds
    foreign = joined
    foreign[1:] &= kind_of[1:] != kind_of[:-1]
    if inner is not None:
        foreign &= ~inner
    n_foreign = np.concatenate([[0], np.cumsum(foreign)])  # shape: [n] -> [n + 1]
    whole = n_foreign[starts] == n_foreign[ends]
    return starts[whole], ends[whole]

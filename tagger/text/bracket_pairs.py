"""Pairs of brackets, of which at least one is ASCII, that are words of their own: 见[2], (Beijing), but not list[0].

What stands outside of a pair decides. A letter, a digit or a mark such as "/" beside it makes the pair part of an
expression (`f(x)`, `a[0]`, `1/(2)`), which is left alone, as are pairs that hold marks alone or nothing: (^_^), `()`. A
pair beside another pair (`a[0][1]`, `f((x))`) is what the pair before it is.
"""

import numpy as np
from numpy.typing import NDArray

from .symbols import ASCII, BESIDE, BREAK, CLOSING, DIGIT, LATIN, MARK, OPENING

NESTED = 4  # pairs inside of one another that are found

Places = NDArray[np.intp]


def free_brackets(around: NDArray[np.uint16]) -> Places:
    """The places in `flags_around [n + 2]` of the brackets that are words of their own because of their pair."""
    openings, closings = _pairs(around)
    before, after = around[openings - 1], around[closings + 1]
    inside = np.stack((openings + 1, closings), 1).ravel()
    only_digits = np.bitwise_and.reduceat(around & DIGIT, inside)[::2] > 0
    only_marks = np.bitwise_and.reduceat(around & ASCII, inside)[::2] > 0
    tied = only_marks | (closings - openings == 1) | _is_tie(before) | _is_tie(after)
    tied |= (before & LATIN > 0) | ((after & LATIN > 0) & ~only_digits)
    parents = _neighbours(openings, closings)
    while True:
        tied |= tied[parents]
        further = parents[parents]
        if np.array_equal(further, parents):
            return np.concatenate((openings[~tied], closings[~tied]))
        parents = further


def _is_tie(flags: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Whether code points with these flags are ASCII that binds what is beside it, such as "/": no brackets, and no
    marks of punctuation."""
    ties: NDArray[np.bool_] = (flags & ASCII > 0) & (flags & (MARK | OPENING | CLOSING) == 0)
    return ties


def _pairs(around: NDArray[np.uint16]) -> tuple[Places, Places]:
    """Opening and closing brackets of a line that belong together, by their kind in ASCII or in full width."""
    places, lines = _brackets(around)
    flags = around[places]
    found = [np.zeros((2, 0), np.intp)]
    for _ in range(NESTED):
        is_pair = (flags[:-1] & OPENING > 0) & (flags[1:] & CLOSING > 0) & (lines[:-1] == lines[1:])
        first = is_pair.nonzero()[0]
        if not len(first):
            break
        found.append(np.stack((places[first], places[first + 1])))
        kept = np.ones(len(places), bool)
        kept[first], kept[first + 1] = False, False
        places, lines, flags = places[kept], lines[kept], flags[kept]
    openings, closings = np.concatenate(found, 1)
    is_wanted = ((around[openings] | around[closings]) & BESIDE) > 0
    order = np.argsort(openings[is_wanted])
    return openings[is_wanted][order], closings[is_wanted][order]


def _brackets(around: NDArray[np.uint16]) -> tuple[Places, Places]:
    """The places of brackets and the numbers of their lines, of those lines that have a bracket of ASCII."""
    places = (around & (OPENING | CLOSING) > 0).nonzero()[0]
    lines = np.searchsorted((around & BREAK > 0).nonzero()[0], places)
    is_chosen = np.zeros(lines.max(initial=0) + 1, bool)
    is_chosen[lines[around[places] & BESIDE > 0]] = True
    kept = is_chosen[lines]
    return places[kept], lines[kept]


def _neighbours(openings: Places, closings: Places) -> Places:
    """For each pair the number of the one with a bracket just before it, or its own."""
    numbers = np.tile(np.arange(len(openings)), 2)
    ends = np.concatenate((openings, closings))
    order = np.argsort(ends)
    at = np.minimum(np.searchsorted(ends[order], openings - 1), len(ends) - 1)
    is_beside = ends[order][at] == openings - 1 if len(ends) else np.zeros(0, bool)
    return np.where(is_beside, numbers[order][at], numbers[: len(openings)])

"""Where symbols and punctuation are words of their own: by their flags and those of their neighbours."""

import numpy as np
from numpy.typing import NDArray

from .bracket_pairs import free_brackets
from .symbols import ASCII, BESIDE, BETWEEN, CLOSING, DIGIT, DIGITS, KIND, LATIN, OPENING, OPERANDS, SYMBOL


def find_symbols(around: NDArray[np.uint16]) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
    """The places of the code points that are words of their own, and the kind of each, SYMBOL or PUNCTUATION, from
    `flags_around [n + 2]`."""
    places = (around & KIND > 0).nonzero()[0]
    flags = around[places]
    unsure = (flags & (BETWEEN | BESIDE)).nonzero()[0]
    if len(unsure):
        part = unsure[~_are_words(flags[unsure], around[places[unsure] - 1], around[places[unsure] + 1])]
        if (flags[part] & (OPENING | CLOSING)).any():
            is_free = np.zeros(len(around), bool)
            is_free[free_brackets(around)] = True
            part = part[~is_free[places[part]]]
        places, flags = np.delete(places, part), np.delete(flags, part)
    return places - 1, flags & np.uint16(KIND)


def _are_words(flags: NDArray[np.uint16], before: NDArray[np.uint16], after: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Whether code points with the flag BETWEEN or BESIDE are words of their own between their neighbours."""
    sides, both = before | after, before & after
    is_operator = (flags & SYMBOL > 0) & ((sides & DIGIT) | (before & CLOSING) | (after & OPENING) > 0)
    operand_before, operand_after = before & (LATIN | CLOSING) > 0, after & (LATIN | OPENING) > 0
    bound = ((before & ASCII > 0) & ~operand_before) | ((after & ASCII > 0) & ~operand_after)
    bound |= (flags & OPERANDS > 0) & ~(operand_before & operand_after)
    bound |= (flags & DIGITS > 0) & (both & DIGIT == 0)
    alone = np.where(flags & BESIDE > 0, sides & (LATIN | ASCII) == 0, both & LATIN == 0)
    words: NDArray[np.bool_] = alone | (is_operator & ((flags & BETWEEN > 0) | ~bound))
    return words

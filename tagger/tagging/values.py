"""Whether the values that users pass are the numbers that are wanted; Python looks at no type."""

import numpy as np


def is_number(value: object) -> bool:
    """Whether it is a number, of Python or of numpy."""
    return isinstance(value, int | float | np.integer | np.floating)


def is_whole(value: object) -> bool:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether it is a whole number of 1 or more."""
    return is_whole(value) and bool(value >= 1)  # type: ignore[operator]


def is_probability(value: object) -> bool:
    """Whether it is a number from 0 to 1."""
    return is_number(value) and bool(0 <= value <= 1)  # type: ignore[operator]

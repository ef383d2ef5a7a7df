"""Scores of a linear chain over the tags of a scheme, and the types of scores and tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError

Scores = NDArray[np.float32]
Tags = NDArray[np.int16]
Table = NDArray[np.float64]
Places = NDArray[np.int64]

FORBIDDEN = -1e4  # a score that no sum of scores of legal tags falls to
EXCLUDED = np.float32(-1e9)  # a score below all others, forbidden ones too
UNREACHABLE = -1e30  # the score of a path that does not exist

BEGIN_MIDDLE, BEGIN_END, MIDDLE_MIDDLE, MIDDLE_END = range(4)  # the rows of `Transitions.inside`


class Groups(NamedTuple):
    """The places of the tags along an axis of a boundary table: O, E…, S… for rows, O, B…, S… for columns."""

    outside: int
    word: slice  # E… or B…, the edges of words of two characters or more
    single: slice

    @classmethod
    def of(cls, n_pos: int) -> Self:
        return cls(0, slice(1, 1 + n_pos), slice(1 + n_pos, 1 + 2 * n_pos))


@dataclass(frozen=True)
class Transitions:
    """Scores of a linear chain over the tags of a scheme; legal pairs only.

    `boundary [2p+1, 2p+1]` from (O, E…, S…) to (O, B…, S…); `inside [4, p]` for B→M, B→E, M→M, M→E;
    `start [2p+1]` over (O, B…, S…); `end [2p+1]` over (O, E…, S…).
    """

    boundary: Scores
    inside: Scores
    start: Scores
    end: Scores

    @classmethod
    def zeros(cls, n_pos: int) -> Self:
        """No preference: legality alone."""
        n = 2 * n_pos + 1
        return cls(*(np.zeros(shape, np.float32) for shape in ((n, n), (4, n_pos), n, n)))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], n_pos: int) -> Self:
        """Raises ModelError when a table is missing or has another shape."""
        n = 2 * n_pos + 1
        shapes = {"boundary": (n, n), "inside": (4, n_pos), "start": (n,), "end": (n,)}
        tables = {}
        for name, shape in shapes.items():
            table = np.asarray(values.get(name), np.float32)
            if table.shape != shape or not np.isfinite(table).all():
                raise ModelError(
                    f"expected finite transition scores {name!r} of shape {shape}, got shape {table.shape}; "
                    "the model file is damaged or of another format: export it again"
                )
            tables[name] = table
        return cls(**tables)

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name).tolist() for name in ("boundary", "inside", "start", "end")}

    @property
    def n_pos(self) -> int:
        return len(self.inside[0])

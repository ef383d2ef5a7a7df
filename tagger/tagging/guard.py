"""What bounds the work on a block of texts: how densely dictionaries may match, and a look around between two steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text.block import Block, Places
from .entries import FORBID, PREFER


class TooManyMatchesError(InputError):
    """Entries of dictionaries match so densely that the text would take too much time and memory."""


def _go_on() -> None:
    """For those who never stop."""


@dataclass(frozen=True)
class Guard:
    """`pause` is called between the steps of the work on a block and may raise an exception, which ends the work.

    `max_work` bounds the work that matches of entries are, for each code point of a text on average; None for no
    bound. A match counts MATCH, to `prefer` also its length, and to `forbid` FORBIDDEN times its length: each length
    that such a word may have instead is a path of its own. A text may have LEAST at any rate.
    """

    MATCH: ClassVar[int] = 2
    FORBIDDEN: ClassVar[int] = 4
    LEAST: ClassVar[int] = 4096

    pause: Callable[[], None] = _go_on
    max_work: int | None = None

    def most_matches(self, block: Block) -> int | None:
        """More matches than this in a whole block are too many for one of its texts."""
        return None if self.max_work is None else int(self._most(block).sum()) // self.MATCH

    def check_matches(self, block: Block, starts: Places, ends: Places, kinds: NDArray[np.int8]) -> None:
        """Raises TooManyMatchesError unless every text of a block can have its matches, of these kinds (FORCE, …)."""
        if self.max_work is None:
            return
        most = self._most(block)
        lengths = ends - starts
        work = self.MATCH + np.where(kinds == FORBID, self.FORBIDDEN, kinds == PREFER) * lengths
        texts: Places = _text_of_row(block)[np.searchsorted(block.starts, starts, "right") - 1]
        if (np.bincount(texts, work, len(most)) > most).any():
            raise self.too_many()

    def too_many(self) -> TooManyMatchesError:
        """The error for a text with too many matches."""
        return TooManyMatchesError(
            f"expected entries of dictionaries that match less densely than {self.max_work} times a character, got "
            f"more in a text (a match counts {self.MATCH}, to prefer also its length, to forbid {self.FORBIDDEN} times "
            "its length); leave out entries that are part of each other, or shorten them"
        )

    def _most(self, block: Block) -> Places:
        """The work that the matches in each text of a block may be, `[n_texts]`."""
        sizes = np.bincount(_text_of_row(block), block.lengths, block.n_texts)
        return np.maximum(sizes * (self.max_work or 0), self.LEAST).astype(np.int64)


def _text_of_row(block: Block) -> Places:
    """The number of the text of each row, `[n_rows]`."""
    numbers: Places = np.cumsum(block.lasts) - block.lasts
    return numbers


UNGUARDED = Guard()

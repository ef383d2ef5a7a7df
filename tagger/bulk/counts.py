"""How much a run has done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from .tagged import Reject


class LostInput(NamedTuple):
    """An input without a good row: its name, the number of its rows, what was wrong with the first one, and whether
    they were left out (`skip`) or replaced (`replace`). Or an input that cannot be read to its end (`is_unreadable`),
    with the number of the texts before."""

    name: str
    n_rows: int
    reason: str
    is_left_out: bool
    is_unreadable: bool = False


@dataclass(frozen=True)
class RunCounts:
    """Numbers of files, of bytes of input, and of texts, words and characters tagged; the rows that were bad, and the
    inputs of which all were.

    `skipped` files, of `bytes_skipped` bytes, were done by an earlier run. `bytes` includes those.
    """

    files: int = 0
    skipped: int = 0
    bytes: int = 0
    bytes_skipped: int = 0
    texts: int = 0
    words: int = 0
    chars: int = 0
    rejects: tuple[Reject, ...] = ()
    lost: tuple[LostInput, ...] = ()

    @property
    def left_out(self) -> list[LostInput]:
        """The inputs of which every row was left out, and those that cannot be read to their end."""
        return [lost for lost in self.lost if lost.is_left_out]

    def without_output(self) -> "RunCounts":
        """The counts of an input whose output was deleted."""
        lost = tuple(each._replace(n_rows=0) if each.is_unreadable else each for each in self.lost)
        return replace(self, texts=0, words=0, chars=0, lost=lost)


class RunningCounts:
    """Counts that grow, by those of a chunk or an input at a time; a bad row is copied only so often as it is added."""

    def __init__(self) -> None:
        self._numbers = RunCounts()
        self._rejects: list[Reject] = []
        self._lost: list[LostInput] = []

    def add(self, counts: RunCounts) -> None:
        self._numbers = self.numbers(counts)
        self._rejects.extend(counts.rejects)
        self._lost.extend(counts.lost)

    def numbers(self, more: RunCounts = RunCounts()) -> RunCounts:
        """The numbers so far and those of `more`, without bad rows and lost inputs, which would have to be copied."""
        numbers = self._numbers
        return RunCounts(
            numbers.files + more.files,
            numbers.skipped + more.skipped,
            numbers.bytes + more.bytes,
            numbers.bytes_skipped + more.bytes_skipped,
            numbers.texts + more.texts,
            numbers.words + more.words,
            numbers.chars + more.chars,
        )

    def total(self) -> RunCounts:
        """All that was added."""
        return replace(self._numbers, rejects=tuple(self._rejects), lost=tuple(self._lost))


ReportProgress = Callable[[RunCounts], None]  # gets numbers, without bad rows


def no_report(counts: RunCounts) -> None:
    """Tells nobody how far a run is."""

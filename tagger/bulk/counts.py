"""How much a run has done."""

from collections.abc import Callable
from dataclasses import dataclass

from .readers import Reject


@dataclass(frozen=True)
class RunCounts:
    """Numbers of files, of bytes of input, and of texts, words and characters tagged; and the rows that were bad.

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

    def __add__(self, other: "RunCounts") -> "RunCounts":
        return RunCounts(
            self.files + other.files,
            self.skipped + other.skipped,
            self.bytes + other.bytes,
            self.bytes_skipped + other.bytes_skipped,
            self.texts + other.texts,
            self.words + other.words,
            self.chars + other.chars,
            self.rejects + other.rejects,
        )


ReportProgress = Callable[[RunCounts], None]


def no_report(counts: RunCounts) -> None:
    """Tells nobody how far a run is."""

"""Says how far a run is: in a line that is rewritten on a terminal, in plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from .counts import RunCounts

SECONDS = {True: 0.2, False: 30.0}  # between two lines: on a terminal, and elsewhere


class Progress:
    """Writes the counts so far to a stream, at most so often; `close` writes a summary.

    `n_files` and `n_bytes` are those of all input; `n_bytes` is 0 if it is not known. `now` tells the time in seconds.
    """

    def __init__(
        self, n_files: int, n_bytes: int, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._n_files, self._n_bytes = n_files, n_bytes
        self._stream = stream or sys.stderr
        self.is_live = self._stream.isatty()
        self._now = now
        self._started = self._written = now()

    def __call__(self, counts: RunCounts) -> None:
        """Writes a line if the last one is old enough."""
        now = self._now()
        if now - self._written >= SECONDS[self.is_live]:
            self._written = now
            self._write(self.line(counts, now - self._started))

    def line(self, counts: RunCounts, seconds: float) -> str:
        """Files and characters done, characters per second, and the time left by the share of bytes that is done."""
        rate = counts.chars / max(seconds, 1e-6)
        parts = [
            f"{counts.files + counts.skipped}/{self._n_files} files",
            f"{counts.chars:,} characters",
            f"{rate:,.0f}/s",
        ]
        n_tagged = counts.bytes - counts.bytes_skipped
        if n_tagged and counts.bytes < self._n_bytes:
            parts.append(f"{duration(seconds * (self._n_bytes - counts.bytes) / n_tagged)} left")
        return ", ".join(parts)

    def close(self, counts: RunCounts) -> None:
        """Writes the summary."""
        seconds = self._now() - self._started
        skipped = f", {counts.skipped} done before" if counts.skipped else ""
        rejected = f", {len(counts.rejects):,} rows rejected" if counts.rejects else ""
        self._write(
            f"{counts.files} files{skipped}: {counts.texts:,} texts, {counts.words:,} words, "
            f"{counts.chars:,} characters "
            f"in {duration(seconds)}, {counts.chars / max(seconds, 1e-6):,.0f} a second{rejected}"
        )
        if self.is_live:
            self._stream.write("\n")

    def _write(self, line: str) -> None:
        self._stream.write(f"\r\x1b[K{line}" if self.is_live else f"{line}\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """A time in two units at most: 4.2 s, 3 min 5 s, 2 h 10 min, 3 d 4 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"

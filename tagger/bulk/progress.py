"""How far a run is: a line that renews itself on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TextIO

from .job import Counts

EVERY = {True: 0.2, False: 30.0}  # seconds between two reports: on a terminal, in a log


class Progress:
    """Call it with the counts so far. `n_bytes` of input in all; 0 when that is not known."""

    def __init__(self, n_files: int, n_bytes: int, stream: TextIO | None = None) -> None:
        self.n_files, self.n_bytes = n_files, n_bytes
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.start = self.shown = time.monotonic()

    def __call__(self, counts: Counts) -> None:
        now = time.monotonic()
        if now - self.shown >= EVERY[self.live]:
            self.shown = now
            self._write(self.line(counts, now - self.start))

    def line(self, counts: Counts, seconds: float) -> str:
        """Files and characters done, characters a second, and the time left by the share of bytes done."""
        rate = counts.chars / max(seconds, 1e-6)
        parts = [
            f"{counts.files + counts.skipped}/{self.n_files} files",
            f"{counts.chars:,} characters",
            f"{rate:,.0f}/s",
        ]
        done = counts.bytes - counts.bytes_skipped
        if done and counts.bytes < self.n_bytes:
            parts.append(f"{clock(seconds * (self.n_bytes - counts.bytes) / done)} left")
        return ", ".join(parts)

    def close(self, counts: Counts) -> None:
        """The summary."""
        seconds = time.monotonic() - self.start
        skipped = f", {counts.skipped} done before" if counts.skipped else ""
        rejected = f", {len(counts.rejects):,} rows rejected" if counts.rejects else ""
        self._write(
            f"{counts.files} files{skipped}: {counts.texts:,} texts, {counts.words:,} words, "
            f"{counts.chars:,} characters "
            f"in {clock(seconds)}, {counts.chars / max(seconds, 1e-6):,.0f} a second{rejected}"
        )
        if self.live:
            self.stream.write("\n")

    def _write(self, line: str) -> None:
        self.stream.write(f"\r\x1b[K{line}" if self.live else f"{line}\n")
        self.stream.flush()


def clock(seconds: float) -> str:
    """Seconds as people say them: 4.2 s, 3 min 5 s, 2 h 10 min, 3 d 4 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"

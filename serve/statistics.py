"""What each model has done since the service started, as `/v2/models/NAME/stats` tells it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """How many requests had this outcome, and how long they took together, in nanoseconds."""

    count: int = 0
    ns: int = 0


@dataclass
class ModelStatistics:
    """The requests of one model; `last_ms` is when it last answered, in milliseconds since 1970 (0: never)."""

    n_texts: int = 0
    n_requests: int = 0
    last_ms: int = 0
    success: Outcome = field(default_factory=Outcome)
    fail: Outcome = field(default_factory=Outcome)

    @contextmanager
    def measure(self, n_texts: int) -> Iterator[None]:
        """Count a request of so many texts: as answered, or as failed when the block raises an exception."""
        began = time.monotonic_ns()
        outcome = self.fail
        try:
            yield
            outcome = self.success
            self.n_texts += n_texts
            self.n_requests += 1
            self.last_ms = time.time_ns() // 1_000_000
        finally:
            outcome.count += 1
            outcome.ns += time.monotonic_ns() - began

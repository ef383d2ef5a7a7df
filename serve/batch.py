"""What a worker takes out of the queue at a time: texts of jobs, within a budget of padded characters."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

from .job import Answer, Job, Key


class Part(NamedTuple, Generic[Key, Answer]):
    """The texts of a job that are in a batch, by index, in the order of the batch."""

    job: Job[Key, Answer]
    indices: list[int]

    @property
    def longest(self) -> int:
        """The length of the longest text."""
        return len(self.job.texts[self.indices[-1]])


@dataclass(frozen=True)
class BatchSize:
    """The size of a batch, for the metrics; `waits` are the seconds in the queue of the jobs that begin with it."""

    n_texts: int
    n_padded: int
    waits: tuple[float, ...]


@dataclass
class Room:
    """What is left of a batch's budget: the number of texts times the length of the longest stays within it."""

    budget: int
    n_texts: int = 0
    longest: int = 0
    is_used_up: bool = False

    def take(self, length: int) -> bool:
        """Adds a text if there is room for it; the first text always fits. Once a text did not fit, no other does."""
        longest = max(self.longest, length)
        self.is_used_up = self.is_used_up or (self.n_texts > 0 and (self.n_texts + 1) * longest > self.budget)
        if not self.is_used_up:
            self.n_texts += 1
            self.longest = longest
        return not self.is_used_up


def measure(parts: Sequence[Part[Key, Answer]]) -> BatchSize:
    """The size of a batch that begins now."""
    now = time.monotonic()
    waits = tuple(now - job.submitted for job, indices in parts if job.n_taken == len(indices))
    longest = max(part.longest for part in parts)
    n_texts = sum(len(indices) for _, indices in parts)
    return BatchSize(n_texts, n_texts * longest, waits)

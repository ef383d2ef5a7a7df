"""What callers submit to the batcher: jobs, and the outcomes of jobs."""

import time
from collections.abc import Callable, Hashable, Sequence, Sized
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from .answer_budget import AnswerShare
from .fair_queue import DEFAULT_URGENCY

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer", bound=Sized)


class CrowdedError(Exception):
    """There is no room for the job's answers."""


class AbandonedError(Exception):
    """Nobody waits for the answers to a batch any more."""


class LateError(Exception):
    """The job's deadline passed while it was queued."""


class ClosedError(Exception):
    """The batcher takes no more jobs."""


class Times(NamedTuple):
    """When a job was queued, when a worker first took some of it, and when its last answer was there."""

    submitted: float
    began: float
    ended: float


class Answers(list[Answer]):
    """The answers to a job, which hold their share of the budget of answers as long as anything refers to them."""

    def __init__(self, answers: Sequence[Answer], share: AnswerShare | None = None, times: Times | None = None) -> None:
        super().__init__(answers)
        self.share = share
        self.times = times


class JobFuture(Future[Answers[Answer]], Generic[Answer]):
    """The outcome of a job; `began` is when a worker first took some of its texts, 0 until then."""

    began: float = 0.0


@dataclass(eq=False)
class Job(Generic[Key, Answer]):
    """The texts of one caller. `future` gets an answer per text, in order, or an exception.

    Cancelling `future` takes the job out of the queue.
    """

    key: Key
    texts: Sequence[Sized]
    deadline: float
    submitted: float
    share: AnswerShare
    caller: str = ""
    urgency: int = DEFAULT_URGENCY
    per_char: float = 0.0  # seconds of a worker
    tag: float = 0.0
    future: JobFuture[Answer] = field(default_factory=JobFuture)
    # Indices of texts, shortest first, so that the texts of a batch have similar lengths.
    order: list[int] = field(default_factory=list)
    n_taken: int = 0  # of `order`, by workers
    answers: dict[int, Answer] = field(default_factory=dict)  # by the index of the text
    settled: bool = False
    blocked: float = 0.0  # when there was first no room to begin its answer
    n_waiting: int = 0  # characters that no worker has taken yet

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.texts)), key=lambda index: len(self.texts[index]))
        self.n_waiting = sum(map(self.size, self.order))

    def size(self, index: int) -> int:
        """The characters of a text, of which an empty one counts as one."""
        return max(1, len(self.texts[index]))

    def in_order(self) -> Answers[Answer]:
        """The answers, once all are there, in the order of the texts."""
        times = Times(self.submitted, self.began, time.monotonic())
        return Answers([self.answers[index] for index in range(len(self.texts))], self.share, times)

    def take(self, fits: Callable[[int], bool]) -> list[int]:
        """Take the next texts for a batch, while their lengths fit. Returns their indices."""
        first = self.n_taken
        while self.n_taken < len(self.order) and fits(self.next_length):
            self.n_taken += 1
        indices = self.order[first : self.n_taken]
        self.n_waiting -= sum(map(self.size, indices))
        return indices

    @property
    def next_length(self) -> int:
        """The length of the shortest text that no worker has taken yet."""
        return len(self.texts[self.order[self.n_taken]])

    @property
    def began(self) -> float:
        """When a worker first took some of its texts, 0 until then."""
        return self.future.began

    @property
    def is_blocked(self) -> bool:
        """Whether it has not begun because there was no room for its answer."""
        return self.blocked > 0 and not self.began

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for its answers any more."""
        return self.settled or self.future.cancelled() or time.monotonic() > self.deadline

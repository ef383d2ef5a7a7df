"""Which jobs find room for their answers, by how many bytes a character's answer has had so far."""

from collections.abc import Callable, Hashable, Mapping
from typing import Generic

from .answer_budget import AnswerBudget
from .job import Answer, Job, Key
from .pace import Pace

BYTES_PER_CHAR = 40.0  # of an answer of a kind that was never measured
STALLED = 1.0  # seconds in which no large answer gets on, after which jobs without room for theirs are refused
LOOK = 0.1  # seconds after which one looks for room again


class AnswerRoom(Generic[Key, Answer]):
    """The room of jobs in a budget; `kind` says which keys have answers of one size. The caller holds the lock of the
    jobs."""

    def __init__(self, budget: AnswerBudget, kind: Callable[[Key], Hashable]) -> None:
        self._budget = budget
        self._kind = kind
        self._sizes = Pace()

    def find(self, job: Job[Key, Answer], now: float, *, is_blocked: bool) -> bool:
        """Whether the answer of a job has room. A large one finds none while one before it `is_blocked`."""
        if job.began:
            return True
        n_bytes = int(job.n_waiting * self._sizes.per_char(self._kind(job.key), BYTES_PER_CHAR))
        if not (is_blocked and n_bytes > AnswerBudget.SMALL) and job.share.begin(n_bytes):
            return True
        job.blocked = job.blocked or now
        return False

    def is_stalled(self, job: Job[Key, Answer], now: float) -> bool:
        """Whether a job has waited for room while no large answer got on, for too long."""
        return job.is_blocked and now - max(job.blocked, self._budget.moved) > STALLED

    def take(self, job: Job[Key, Answer], answers: Mapping[int, Answer]) -> bool:
        """Count some answers of a job, by the index of their text. Returns whether there is room for them."""
        n_bytes = sum(map(len, answers.values()))
        self._sizes.learn(self._kind(job.key), sum(map(job.size, answers)), n_bytes)
        return job.share.take(n_bytes)

"""Work from many callers, done in batches by a few threads. It knows neither HTTP nor models.

A caller submits a job: some texts, and a key; only jobs of the same key may share a batch. A worker that becomes free
takes what is queued, oldest first, up to a budget of padded characters, and never waits for more. A job that is larger
than a batch gives one batch of texts per turn and then goes to the end of the queue, so that a document does not hold
up the sentences behind it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence, Sized
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class FullError(Exception):
    """The queue has no room for this job now."""


class LateError(Exception):
    """The job's deadline passed while it was queued."""


class ClosedError(Exception):
    """The batcher takes no more jobs."""


@dataclass(frozen=True)
class BatchSize:
    """The size of a batch, for the metrics; `waits` are the seconds in the queue of the jobs that begin with it."""

    n_texts: int
    n_padded: int
    waits: tuple[float, ...]


@dataclass(eq=False)
class Job(Generic[Key, Answer]):
    """The texts of one caller. `future` gets an answer per text, in order, or an exception.

    Cancelling `future` takes the job out of the queue.
    """

    key: Key
    texts: Sequence[Sized]
    deadline: float
    submitted: float
    future: "Future[list[Answer]]" = field(default_factory=Future)
    # Indices of texts, shortest first, so that the texts of a batch have similar lengths.
    order: list[int] = field(default_factory=list)
    n_taken: int = 0  # of `order`, by workers
    answers: dict[int, Answer] = field(default_factory=dict)  # by the index of the text
    settled: bool = False

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.texts)), key=lambda index: len(self.texts[index]))

    @property
    def n_waiting(self) -> int:
        """Characters that no worker has taken yet; an empty text counts as one."""
        return sum(max(1, len(self.texts[index])) for index in self.order[self.n_taken :])


class Part(NamedTuple, Generic[Key, Answer]):
    """The texts of a job that are in a batch, by index, in the order of the batch."""

    job: Job[Key, Answer]
    indices: list[int]


class Batcher(Generic[Key, Answer]):
    """`workers` threads that call `work(key, texts)`, which returns an answer per text.

    A batch has at most `budget` padded characters, or one text. At most `limit` characters wait. Deadlines are times
    of `time.monotonic`.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Any]], Sequence[Answer]],
        *,
        workers: int,
        budget: int,
        limit: int,
        observe: Callable[[BatchSize], None] = lambda size: None,
    ) -> None:
        self._work = work
        self._budget = budget
        self._limit = limit
        self._observe = observe
        self._queue: deque[Job[Key, Answer]] = deque()
        self._n_waiting = 0
        self._closed = False
        # Reentrant, because the callbacks of a future run in the thread that cancels it.
        self._changed = threading.Condition(threading.RLock())
        self._threads = [threading.Thread(target=self._run, name=f"worker-{i}", daemon=True) for i in range(workers)]
        for thread in self._threads:
            thread.start()

    @property
    def n_waiting(self) -> int:
        """Characters in the queue."""
        return self._n_waiting

    @property
    def full(self) -> bool:
        """Whether there is too little room to read another job: less than a sixteenth of the queue."""
        return self._n_waiting >= self._limit - self._limit // 16

    @property
    def alive(self) -> bool:
        """Whether all workers run."""
        return all(thread.is_alive() for thread in self._threads)

    def submit(self, key: Key, texts: Sequence[Sized], *, deadline: float) -> "Future[list[Answer]]":
        """Queue the texts. A job that is larger than the whole queue is accepted when nothing else waits.

        Raises FullError when there is no room, ClosedError after `close`.
        """
        job: Job[Key, Answer] = Job(key, texts, deadline, time.monotonic())
        if not texts:
            job.future.set_result([])
            return job.future
        size = job.n_waiting
        with self._changed:
            if self._closed:
                raise ClosedError
            if self._n_waiting and self._n_waiting + size > self._limit:
                raise FullError
            self._queue.append(job)
            self._n_waiting += size
            self._changed.notify()
        job.future.add_done_callback(lambda future: self._remove(job) if future.cancelled() else None)
        return job.future

    def close(self, timeout: float | None = None) -> None:
        """Refuse new jobs, finish those in the queue, and wait for each worker, at most `timeout` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _remove(self, job: Job[Key, Answer]) -> None:
        with self._changed:
            if job in self._queue:
                self._queue.remove(job)
                self._n_waiting -= job.n_waiting

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    if self._closed:
                        return
                    self._changed.wait()
                parts, late = self._take_batch()
            for job in late:
                self._fail(job, LateError())
            if parts:
                self._observe(_measure(parts))
                self._answer(parts)

    def _take_batch(self) -> tuple[list[Part[Key, Answer]], list[Job[Key, Answer]]]:
        """Takes the next batch, and jobs whose deadline has passed, out of the queue. The caller holds the lock."""
        now = time.monotonic()
        parts: list[Part[Key, Answer]] = []
        late: list[Job[Key, Answer]] = []
        skipped: list[Job[Key, Answer]] = []
        room = _Room(self._budget)
        while self._queue and not room.is_used_up:
            job = self._queue.popleft()
            if now > job.deadline:
                self._n_waiting -= job.n_waiting
                late.append(job)
            elif parts and job.key != parts[0].job.key:
                skipped.append(job)
            else:
                indices = self._take_texts(job, room)
                if indices:
                    parts.append(Part(job, indices))
                if job.n_taken < len(job.order):
                    # The rest of a job goes to the end of the queue; a job that gave no text keeps its place.
                    (self._queue.append if indices else skipped.append)(job)
        self._queue.extendleft(reversed(skipped))
        if self._queue:
            self._changed.notify()
        return parts, late

    def _take_texts(self, job: Job[Key, Answer], room: "_Room") -> list[int]:
        """Takes as many texts of a job as there is room for. Returns their indices."""
        first = job.n_taken
        while job.n_taken < len(job.order) and room.take(len(job.texts[job.order[job.n_taken]])):
            job.n_taken += 1
        indices = job.order[first : job.n_taken]
        self._n_waiting -= sum(max(1, len(job.texts[index])) for index in indices)
        return indices

    def _answer(self, parts: list[Part[Key, Answer]]) -> None:
        texts = [part.job.texts[index] for part in parts for index in part.indices]
        try:
            answers = self._work(parts[0].job.key, texts)
            if len(answers) != len(texts):
                raise RuntimeError(f"expected {len(texts)} answers, got {len(answers)}")
        except Exception as error:  # noqa: BLE001 - the caller gets it, whatever it is, and the worker goes on
            if len(parts) == 1:
                self._fail(parts[0].job, error)
                self._remove(parts[0].job)
            else:  # each job by itself, so that only the faulty one fails
                for part in parts:
                    self._answer([part])
            return
        remaining = iter(answers)
        for job, indices in parts:
            self._finish(job, {index: next(remaining) for index in indices})

    def _finish(self, job: Job[Key, Answer], answers: dict[int, Answer]) -> None:
        with self._changed:  # two workers may have parts of one job
            job.answers |= answers
            is_complete = len(job.answers) == len(job.texts)
        if is_complete and self._settle(job):
            job.future.set_result([job.answers[index] for index in range(len(job.texts))])

    def _fail(self, job: Job[Key, Answer], error: Exception) -> None:
        if self._settle(job):
            job.future.set_exception(error)

    def _settle(self, job: Job[Key, Answer]) -> bool:
        """Whether the calling worker gives the job its outcome: once for each job, never for a cancelled one."""
        with self._changed:
            is_first, job.settled = not job.settled, True
            return is_first and job.future.set_running_or_notify_cancel()


@dataclass
class _Room:
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


def _measure(parts: Sequence[Part[Key, Answer]]) -> BatchSize:
    now = time.monotonic()
    waits = tuple(now - job.submitted for job, indices in parts if job.n_taken == len(indices))
    longest = max(len(job.texts[indices[-1]]) for job, indices in parts)
    n_texts = sum(len(indices) for _, indices in parts)
    return BatchSize(n_texts, n_texts * longest, waits)

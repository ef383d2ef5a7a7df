"""Work from many callers, done in batches by a few threads. Knows neither HTTP nor models.

A caller submits a job: some texts and the key of whoever may share a batch with them. A worker that
frees takes what is queued, oldest first, up to a budget of padded characters, and never waits for
more. A job that is larger than a batch gives one batch of texts at a turn and then goes to the end
of the queue, so that a document does not hold up the sentences behind it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence, Sized
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class FullError(Exception):
    """The queue has no room for this job now."""


class LateError(Exception):
    """The job's deadline passed while it was queued."""


class ClosedError(Exception):
    """The batcher takes no more jobs."""


@dataclass(frozen=True)
class Batch:
    """What one turn of a worker was: for whoever counts."""

    n_texts: int
    n_padded: int
    waits: tuple[float, ...]


@dataclass(eq=False)
class Job(Generic[Key, Answer]):
    """Texts of one caller on their way; `done` gets an answer per text, in order, or an exception.

    Cancelling `done` takes the job out of the queue.
    """

    key: Key
    texts: Sequence[Sized]
    deadline: float
    submitted: float
    done: "Future[list[Answer]]" = field(default_factory=Future)
    # Shortest first, so that batch mates are of like length; `answers` is filled by place.
    order: list[int] = field(default_factory=list)
    taken: int = 0
    answers: dict[int, Answer] = field(default_factory=dict)
    settled: bool = False

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.texts)), key=lambda i: len(self.texts[i]))

    @property
    def n_waiting(self) -> int:
        """Characters not yet taken by a worker; an empty text counts as one."""
        return sum(max(1, len(self.texts[i])) for i in self.order[self.taken :])


class Batcher(Generic[Key, Answer]):
    """`workers` threads that call `work(key, texts)`, which gives an answer per text.

    At most `limit` characters wait. Deadlines are times of `time.monotonic`.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Any]], Sequence[Answer]],
        *,
        workers: int,
        budget: int,
        limit: int,
        observe: Callable[[Batch], None] = lambda batch: None,
    ) -> None:
        self._work = work
        self._budget = budget
        self._limit = limit
        self._observe = observe
        self._queue: deque[Job[Key, Answer]] = deque()
        self._n_waiting = 0
        self._closed = False
        # Reentrant: a future's callbacks run in the thread that cancels it.
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
        """Is there so little room that a job is not worth reading? The last sixteenth counts as none."""
        return self._n_waiting >= self._limit - self._limit // 16

    @property
    def alive(self) -> bool:
        """Do all workers run?"""
        return all(thread.is_alive() for thread in self._threads)

    def submit(self, key: Key, texts: Sequence[Sized], *, deadline: float) -> "Future[list[Answer]]":
        """Queue the texts. A job larger than the whole queue is taken when nothing else waits.

        Raises FullError when there is no room, ClosedError after `close`.
        """
        job: Job[Key, Answer] = Job(key, texts, deadline, time.monotonic())
        if not texts:
            job.done.set_result([])
            return job.done
        size = job.n_waiting
        with self._changed:
            if self._closed:
                raise ClosedError
            if self._n_waiting and self._n_waiting + size > self._limit:
                raise FullError
            self._queue.append(job)
            self._n_waiting += size
            self._changed.notify()
        job.done.add_done_callback(lambda done: self._forget(job) if done.cancelled() else None)
        return job.done

    def close(self, timeout: float | None = None) -> None:
        """Refuse new jobs, finish what is queued, and wait for the workers, at most `timeout` seconds each."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _forget(self, job: Job[Key, Answer]) -> None:
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
                parts, late = self._take()
            for job in late:
                self._fail(job, LateError())
            if parts:
                now = time.monotonic()
                waits = tuple(now - job.submitted for job, places in parts if job.taken == len(places))
                longest = max(len(job.texts[places[-1]]) for job, places in parts)
                n_texts = sum(len(places) for _, places in parts)
                self._observe(Batch(n_texts, n_texts * longest, waits))
                self._answer(parts)

    def _take(self) -> tuple[list[tuple[Job[Key, Answer], list[int]]], list[Job[Key, Answer]]]:
        """The next batch, as places of texts per job, and jobs whose deadline has passed. Holds the lock."""
        now = time.monotonic()
        parts: list[tuple[Job[Key, Answer], list[int]]] = []
        late, passed = [], []
        n_texts = longest = 0
        room = True
        while self._queue and room:
            job = self._queue.popleft()
            if now > job.deadline:
                self._n_waiting -= job.n_waiting
                late.append(job)
                continue
            if parts and job.key != parts[0][0].key:
                passed.append(job)
                continue
            first = job.taken
            while job.taken < len(job.order) and room:
                longest = max(longest, len(job.texts[job.order[job.taken]]))
                room = n_texts == 0 or (n_texts + 1) * longest <= self._budget
                if room:
                    n_texts += 1
                    job.taken += 1
            taken = job.order[first : job.taken]
            self._n_waiting -= sum(max(1, len(job.texts[i])) for i in taken)
            if taken:
                parts.append((job, taken))
            if job.taken == len(job.order):
                continue
            # What is left of a job that had its turn goes to the end; one that had none keeps its place.
            (self._queue.append if taken else passed.append)(job)
        self._queue.extendleft(reversed(passed))
        if self._queue:
            self._changed.notify()
        return parts, late

    def _answer(self, parts: list[tuple[Job[Key, Answer], list[int]]]) -> None:
        texts = [job.texts[i] for job, places in parts for i in places]
        try:
            answers = self._work(parts[0][0].key, texts)
            if len(answers) != len(texts):
                raise RuntimeError(f"expected {len(texts)} answers, got {len(answers)}")
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to a caller, and the worker lives on
            if len(parts) == 1:
                self._fail(parts[0][0], error)
                self._forget(parts[0][0])
            else:  # only the job that is to blame may fail
                for part in parts:
                    self._answer([part])
            return
        at = iter(answers)
        for job, places in parts:
            self._finish(job, {place: next(at) for place in places})

    def _finish(self, job: Job[Key, Answer], answers: dict[int, Answer]) -> None:
        with self._changed:  # two workers may hold parts of one job
            job.answers |= answers
            complete = len(job.answers) == len(job.texts)
        if complete and self._settle(job):
            job.done.set_result([job.answers[i] for i in range(len(job.texts))])

    def _fail(self, job: Job[Key, Answer], error: Exception) -> None:
        if self._settle(job):
            job.done.set_exception(error)

    def _settle(self, job: Job[Key, Answer]) -> bool:
        """May the calling worker, and no other, give the job its outcome? Not when it was cancelled."""
        with self._changed:
            first, job.settled = not job.settled, True
            return first and job.done.set_running_or_notify_cancel()

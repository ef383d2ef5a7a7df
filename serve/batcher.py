"""Work from many callers, done in batches by a few threads. It knows neither HTTP nor models.

A caller submits a job: some texts, and a key; only jobs of the same key may share a batch. A worker that becomes free
takes what is queued, by turns that are fair between callers (`fair_queue`), up to a budget of padded characters, and
never waits for more. A job that is larger than a batch gives one batch of texts per turn. Between two steps of a long
batch the worker stops if nobody waits for its answers any more. While all workers are in long batches, one more thread
answers short texts beside them: the operating system shares the time out, whatever a step of a long batch takes. Of
several workers one is left to short texts while such come: texts longer than a batch wait for the others.

The queue is as long as the time that its work takes (`admission`), by the pace measured so far (`pace`): a job is
refused when it could not be finished in time. A job begins when there is room for its answer (`answer_budget`); until
then smaller ones go first.
"""

import math
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Sequence, Sized
from typing import Any, Generic, TypeAlias

from .admission import Admission
from .answer_budget import AnswerBudget, AnswerShare
from .answer_room import LOOK, AnswerRoom
from .batch import BatchSize, Part, Room, measure
from .fair_queue import DEFAULT_URGENCY, FairQueue
from .job import AbandonedError, Answer, Answers, ClosedError, CrowdedError, Job, JobFuture, Key, LateError
from .pace import Pace
from .patience import Patience

SHORT = 8  # what goes before its turn is an eighth of a batch at most

Refused: TypeAlias = list[tuple[Job[Key, Answer], Exception]]


class Batcher(Generic[Key, Answer]):
    """`workers` threads that call `work(key, texts, pause)`, which returns an answer per text, and calls `pause()`
    between its steps.

    A batch has at most `budget` padded characters, or one text. At most `limit` seconds of work wait, by the pace of
    the `kind` of each key. Answers take at most `memory` bytes. Once each worker has been in a batch for `patience`
    seconds, texts that take no longer than that go before their turn. Deadlines are times of `time.monotonic`.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Any], Callable[[], None]], Sequence[Answer]],
        *,
        workers: int,
        budget: int,
        limit: float,
        memory: int = 1 << 30,
        patience: float = math.inf,
        kind: Callable[[Key], Hashable] = lambda key: None,
        observe: Callable[[BatchSize], None] = lambda size: None,
    ) -> None:
        self._work = work
        self._budget = budget
        self._observe = observe
        self._kind = kind
        self.pace = Pace()
        self.answers = AnswerBudget(memory)
        self._room: AnswerRoom[Key, Answer] = AnswerRoom(self.answers, kind)
        self._queue: FairQueue[Job[Key, Answer]] = FairQueue()
        self._admission = Admission(limit, workers)
        self._closed = False
        # Reentrant, because the callbacks of a future run in the thread that cancels it.
        lock = threading.RLock()
        self._changed, self._hurried = threading.Condition(lock), threading.Condition(lock)
        self._patience = Patience(patience, workers)
        self._is_timed = False  # whether the thread for short texts looks at the queue before anybody tells it to
        self._threads = [
            threading.Thread(target=self._run, args=(i,), name=f"worker-{i}", daemon=True) for i in range(workers)
        ]
        if patience < math.inf:
            self._threads.append(threading.Thread(target=self._run_short, name="short texts", daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def n_waiting(self) -> int:
        """Characters in the queue."""
        return self._admission.n_chars

    def check_room(self, caller: str = "") -> None:
        """Raises FullError when there is too little room to read another job of a caller."""
        with self._changed:
            self._admission.check_room(caller)

    @property
    def alive(self) -> bool:
        """Whether all workers run."""
        return all(thread.is_alive() for thread in self._threads)

    def submit(
        self,
        key: Key,
        texts: Sequence[Sized],
        *,
        deadline: float,
        caller: str = "",
        urgency: int = DEFAULT_URGENCY,
        guess: float | None = None,
    ) -> JobFuture[Answer]:
        """Queue the texts; `guess` are the seconds of a character of a kind that was never measured.

        Raises HopelessError for a job that cannot be finished by its deadline, FullError when there is no room,
        ClosedError after `close`.
        """
        job: Job[Key, Answer] = Job(key, texts, deadline, time.monotonic(), AnswerShare(self.answers), caller, urgency)
        if not texts:
            job.future.set_result(Answers([]))
            return job.future
        kind = self._kind(key)
        job.per_char = self.pace.per_char(kind) if guess is None else self.pace.per_char(kind, guess)
        with self._changed:
            if self._closed:
                raise ClosedError
            seconds = job.n_waiting * job.per_char
            self._admission.check(caller, seconds, len(texts), deadline - job.submitted)
            self._count(job, job.n_waiting)
            if job.next_length <= self._budget:
                self._patience.see_short()
            self._put(job)
            self._tell()
        waiting = weakref.ref(job)  # the future must not hold its job, and with it the answers, once they are sent
        job.future.add_done_callback(lambda future: self._remove(waiting()) if future.cancelled() else None)
        return job.future

    def _count(self, job: Job[Key, Answer], n_chars: int) -> None:
        """Count so many characters of a job more, or fewer, among those that wait. The caller holds the lock."""
        self._admission.count(job.caller, n_chars, n_chars * job.per_char)

    def _put(self, job: Job[Key, Answer]) -> None:
        turn = max(min(job.n_waiting, self._budget), job.next_length)
        self._queue.put(job, turn * job.per_char)

    def close(self, timeout: float | None = None) -> None:
        """Refuse new jobs, finish those in the queue, and wait for each worker, at most `timeout` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._hurried.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _remove(self, job: Job[Key, Answer] | None) -> None:
        if job is None:
            return
        with self._changed:
            self._drop(job)
            job.share.end()

    def _drop(self, job: Job[Key, Answer]) -> None:
        """Take a job out of the queue. The caller holds the lock."""
        self._queue.discard(job)
        self._count(job, -job.n_waiting)
        job.n_waiting = 0

    def _tell(self) -> None:
        """Let a worker, and the thread for short texts, know that something is queued. The caller holds the lock."""
        self._changed.notify()
        if not self._is_timed and self._patience.is_tried:
            self._hurried.notify()

    def _run(self, worker: int) -> None:
        while True:
            with self._changed:
                self._patience.rest(worker)
                while not any(taken := self._take_batch()):
                    if self._closed and not len(self._queue):
                        return
                    self._changed.wait(LOOK if len(self._queue) else None)  # for room, or for a job
                self._patience.begin(worker, is_long=any(part.longest > self._budget for part in taken[0]))
            self._do(*taken)
            del taken  # and the answers, while nothing is queued

    def _run_short(self) -> None:
        """Answers short texts while all workers are in long batches."""
        while True:
            with self._hurried:
                while not self._closed and (seconds := self._patience.left if len(self._queue) else math.inf) > 0:
                    self._is_timed = seconds < math.inf
                    self._hurried.wait(seconds if self._is_timed else None)
                    self._is_timed = False
                if self._closed:  # the workers finish what is queued
                    return
                taken = self._take_batch(short=True)
                if not any(taken):
                    self._hurried.wait()  # for another text
            self._do(*taken)
            del taken

    def _do(self, parts: list[Part[Key, Answer]], refused: Refused[Key, Answer]) -> None:
        """Answer a batch, and tell those that are too late or without room."""
        for job, error in refused:
            self._fail(job, error)
        if not parts:
            return
        self._observe(measure(parts))
        began = time.monotonic()
        self._answer(parts)
        self._learn(parts, time.monotonic() - began)

    def _learn(self, parts: list[Part[Key, Answer]], seconds: float) -> None:
        """Let the pace, and what callers have paid for their turns, follow the time that a batch took."""
        n_chars = sum(sizes := [sum(map(part.job.size, part.indices)) for part in parts])
        self.pace.learn(self._kind(parts[0].job.key), n_chars, seconds)
        with self._changed:
            for part, size in zip(parts, sizes, strict=True):
                self._queue.correct(part.job, size * (seconds / n_chars - part.job.per_char))

    def _pause(self, parts: list[Part[Key, Answer]]) -> None:
        """Between two steps of a batch: stop if nobody waits for it any more."""
        if all(part.job.is_over for part in parts):
            raise AbandonedError

    def _take_batch(self, *, short: bool = False) -> tuple[list[Part[Key, Answer]], Refused[Key, Answer]]:
        """Takes the next batch, a small one of `short` texts or one of any, and jobs that are refused, because their
        deadline has passed or other answers are not read, out of the queue. The caller holds the lock."""
        now = time.monotonic()
        parts: list[Part[Key, Answer]] = []
        refused: Refused[Key, Answer] = []
        room, is_blocked = Room(self._budget), False
        is_choosy = short or self._patience.is_last
        for job in list(self._queue):
            if room.is_used_up:
                break
            if short and not parts:
                room = Room(min(self._budget // SHORT, int(self._patience.seconds / job.per_char)))
            is_like = not parts or job.key == parts[0].job.key
            if now > job.deadline or self._room.is_stalled(job, now):
                refused.append((job, CrowdedError() if job.is_blocked else LateError()))
                self._drop(job)
            elif is_like and not (is_choosy and job.next_length > room.budget):
                if not self._room.find(job, now, is_blocked=is_blocked):
                    is_blocked = True
                elif indices := self._take_texts(job, room):
                    job.future.began = job.began or now
                    parts.append(Part(job, indices))
                    self._queue.take(job)
                    if job.n_taken < len(job.order):
                        self._put(job)
        if len(self._queue) and (parts or refused):
            self._tell()
        return parts, refused

    def _take_texts(self, job: Job[Key, Answer], room: Room) -> list[int]:
        """Takes as many texts of a job as there is room for. Returns their indices."""
        n_waiting = job.n_waiting
        indices = job.take(room.take)
        self._count(job, job.n_waiting - n_waiting)
        return indices

    def _answer(self, parts: list[Part[Key, Answer]]) -> None:
        texts = [part.job.texts[index] for part in parts for index in part.indices]
        try:
            answers = self._work(parts[0].job.key, texts, lambda: self._pause(parts))
            if len(answers) != len(texts):
                raise RuntimeError(f"expected {len(texts)} answers, got {len(answers)}")
        except AbandonedError:
            for part in parts:
                self._fail(part.job, LateError())
                self._remove(part.job)
            return
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
            has_room = job.settled or self._room.take(job, answers)
            job.answers |= answers
            is_complete = len(job.answers) == len(job.texts)
        if not has_room:
            self._fail(job, CrowdedError())
            self._remove(job)
        elif is_complete and self._settle(job):
            job.future.set_result(job.in_order())

    def _fail(self, job: Job[Key, Answer], error: Exception) -> None:
        job.answers = {}
        if self._settle(job):
            job.future.set_exception(error)

    def _settle(self, job: Job[Key, Answer]) -> bool:
        """Whether the calling worker gives the job its outcome: once for each job, never for a cancelled one."""
        with self._changed:
            is_first, job.settled = not job.settled, True
            job.share.end()
            return is_first and job.future.set_running_or_notify_cancel()

"""The steps of a request that is traced, with their times: reading, the queue, inference and rendering."""

import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import NamedTuple

from .job import Times

MOST = 32  # jobs of a document whose steps are kept


class Step(NamedTuple):
    """What was done from one time of `time.monotonic` to another."""

    name: str
    start: float
    end: float


# The times of the jobs of the request at hand; None when nobody traces it.
JOBS: ContextVar[list[Times] | None] = ContextVar("jobs", default=None)


def note_times(times: Times | None) -> None:
    """Keep the times of a job that is done, if its request is traced."""
    jobs = JOBS.get()
    if jobs is not None and times is not None and len(jobs) < MOST:
        jobs.append(times)


def steps_of(jobs: Sequence[Times], start: float) -> Iterator[Step]:
    """The steps of a request that began at `start` and ends now. One without jobs has none."""
    if not jobs:
        return
    yield Step("read", start, jobs[0].submitted)
    for times in jobs:
        yield Step("queue", times.submitted, times.began)
        yield Step("inference", times.began, times.ended)
    yield Step("render", jobs[-1].ended, time.monotonic())

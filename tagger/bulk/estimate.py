"""Says what a run would tag and how long it may take, without writing anything."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import InputError
from ..files.lines import COMPRESSED
from .chunks import Chunk, read_chunks
from .inputs import Input, open_input
from .job import Job
from .preview import describe_content
from .progress import duration

_ENOUGH, _MOST_FILES = 10_000, 16  # bytes to measure the speed on, and files that they may come from


def estimate(job: Job, n_workers: int) -> Iterator[str]:
    """A line per input with what it looks like, then the sum of their sizes and the time that they may take.

    The time is that of the first chunk of the largest input or, if it is short, of the next ones too, by the share of
    bytes. A chunk that cannot be tagged does not count.
    """
    for source in job.sources:
        content = describe_content(source, job.tagger.encoding, job.tagger.field)
        yield f"{source.size:>14,} bytes  {source.kind:8} {source.path}{': ' * bool(content)}{content}"
    n_bytes = sum(source.size for source in job.sources)
    line = f"{len(job.sources)} files, {n_bytes:,} bytes"
    if rate := _bytes_per_second(job) * n_workers:
        line += f", about {duration(n_bytes / rate)} with {n_workers} {'worker' if n_workers == 1 else 'workers'}"
        if any(Path(source.path).suffix in COMPRESSED for source in job.sources):
            line += " (more: compressed files grow)"
    else:
        line += ", too little text to estimate the time"
    yield line


def _bytes_per_second(job: Job) -> float:
    """The speed of one worker, measured on the first chunks of the largest inputs; 0 if they hold too little."""
    n_bytes, seconds = 0, 0.0
    for source in sorted(job.sources, key=lambda source: source.size, reverse=True)[:_MOST_FILES]:
        with suppress(InputError):
            if chunk := _first_chunk(job, source):
                start = time.perf_counter()
                job.tagger(source.path, chunk)
                seconds += time.perf_counter() - start
                n_bytes += len(chunk.data)
        if n_bytes >= _ENOUGH:
            return n_bytes / seconds
    return 0.0


def _first_chunk(job: Job, source: Input) -> Chunk | None:
    """The first chunk of an input; None if it is empty, or stdin."""
    if not source.size:
        return None
    with open_input(source) as stream:
        sizes, encoding = job.tagger.sizes, job.tagger.encoding
        return next(read_chunks(stream, source.path, source.kind, strict=False, sizes=sizes, encoding=encoding), None)

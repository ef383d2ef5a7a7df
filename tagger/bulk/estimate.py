"""Says what a run would tag and how long it may take, without writing anything."""

import time
from collections.abc import Iterator
from pathlib import Path

from ..files.lines import COMPRESSED
from .chunks import read_chunks
from .inputs import open_input
from .job import Job
from .progress import duration


def estimate(job: Job, n_workers: int) -> Iterator[str]:
    """A line per input, then the sum of their sizes and the time that they may take.

    The time is that of the first chunk of the first input, by the share of bytes. Raises InputError for a chunk that
    cannot be tagged.
    """
    for source in job.sources:
        yield f"{source.size:>14,} bytes  {source.kind:8} {source.path}"
    n_bytes = sum(source.size for source in job.sources)
    line = f"{len(job.sources)} files, {n_bytes:,} bytes"
    if rate := _bytes_per_second(job) * n_workers:
        line += f", about {duration(n_bytes / rate)} with {n_workers} workers"
        if any(Path(source.path).suffix in COMPRESSED for source in job.sources):
            line += " (more: compressed files grow)"
    yield line


def _bytes_per_second(job: Job) -> float:
    """The speed of one worker, measured on the first chunk; 0 if all inputs are empty."""
    source = next((source for source in job.sources if source.size), None)
    if source is None:
        return 0.0
    with open_input(source) as stream:
        tagger = job.tagger
        chunks = read_chunks(
            stream, source.path, source.kind, strict=False, sizes=tagger.sizes, encoding=tagger.encoding
        )
        chunk = next(chunks, None)
    start = time.perf_counter()
    if chunk:
        job.tagger(source.path, chunk)
    return len(chunk.data if chunk else b" ") / (time.perf_counter() - start)

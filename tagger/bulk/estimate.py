"""Says what a run would tag and how long it may take, without writing anything."""

import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..files.lines import COMPRESSED
from .chunks import UTF_8, Chunk, Sizes, read_chunks
from .inputs import Input, open_input
from .job import Job
from .pool import open_pool
from .preview import describe_content
from .progress import duration
from .writers import HashedFile, open_writer

# Seconds by the clock, and the least bytes, to measure the speed on, the files that they may come from, and the size of
# a chunk, so that there are several of them in that time.
_SECONDS, _ENOUGH, _MOST_FILES, _CHUNK = 1.5, 10_000, 16, 1 << 15


class Sample(NamedTuple):
    """What was tagged to see how long it takes: bytes and seconds until the first answer, and those after it."""

    n_first: int = 0
    start: float = 0.0
    n_bytes: int = 0
    seconds: float = 0.0

    @property
    def n(self) -> int:
        return self.n_first + self.n_bytes

    def expect(self, n_bytes: int) -> float:
        """The seconds that so many bytes may take; 0 if too few were tagged to tell."""
        if self.n < _ENOUGH:
            return 0.0
        rate = self.n_bytes / self.seconds if self.n_bytes else self.n_first / self.start
        return self.start + max(0, n_bytes - self.n_first) / rate


def estimate(job: Job, n_workers: int) -> Iterator[str]:
    """A line per input with what it looks like, then the sum of their sizes and the time that they may take.

    The time is that of the beginnings of the largest inputs, which are tagged for a second or two as the run would tag
    them, in as many processes, by the share of bytes. What cannot be tagged does not count.
    """
    for source in job.sources:
        content = describe_content(source, job.tagger.encoding, job.tagger.field)
        yield f"{source.size:>14,} bytes  {source.kind:8} {source.path}{': ' * bool(content)}{content}"
    n_bytes = sum(source.size for source in job.sources)
    line = f"{len(job.sources)} files, {n_bytes:,} bytes"
    sample = measure(job, n_workers)
    if seconds := sample.expect(n_bytes):
        workers = f"{n_workers} {'worker' if n_workers == 1 else 'workers'}"
        line += (
            f", about {duration(seconds)} with {workers} at the speed of a sample now ({sample.n:,} bytes); more on "
        )
        line += "a busier machine, or where other text is slower"
        if any(Path(source.path).suffix in COMPRESSED for source in job.sources):
            line += " (more: compressed files grow)"
    else:
        line += ", too little text to estimate the time"
    yield line


def measure(job: Job, n_workers: int) -> Sample:
    """Tags the beginnings of the largest inputs, and throws the answers away."""
    sizes: deque[int] = deque()
    sample, began = Sample(), time.perf_counter()
    with open_pool(job.tagger, n_workers) as pool:
        for source in sorted(job.sources, key=lambda source: source.size, reverse=True)[:_MOST_FILES]:
            sizes.clear()
            with (
                suppress(InputError),
                Path(os.devnull).open("wb") as file,
                open_writer(HashedFile(file), f"x{job.compression}", job.tagger.format) as writer,
            ):
                for chunk, tagged in pool.map(source.path, _chunks(job, source, sizes)):
                    writer.add(chunk, tagged)
                    seconds, size = time.perf_counter() - began, sizes.popleft()
                    if not sample.n_first:
                        sample = Sample(size, seconds)
                        continue
                    sample = sample._replace(n_bytes=sample.n_bytes + size, seconds=seconds - sample.start)
                    if sample.seconds >= _SECONDS:
                        return sample
    return sample


def _chunks(job: Job, source: Input, sizes: "deque[int]") -> Iterator[Chunk]:
    """The chunks of an input, whose bytes in the file are added to `sizes`; none of stdin."""
    if source.path == "-":
        return
    tagger, encoding = job.tagger, job.tagger.encoding
    chunked = Sizes(_CHUNK, tagger.sizes.section)
    with open_input(source) as stream:
        for chunk in read_chunks(
            stream, source.path, source.kind, cut=tagger.cuts_lines, strict=False, sizes=chunked, encoding=encoding
        ):
            is_same = encoding == UTF_8 or source.kind == "parquet"
            data = chunk.data if is_same else chunk.data.decode("utf-8", "replace").encode(encoding, "replace")
            sizes.append(len(data))
            yield chunk

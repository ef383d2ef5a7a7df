"""Chunks to workers, each a process of its own with its own session; answers in the order of the chunks."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from ..errors import InputError, TaggerError
from .chunks import Chunk
from .worker import FileTagger, TaggedChunk

# Chunks that may be under way or waiting for one before them, per worker: bounds the memory.
AHEAD = 4
# What a connection raises when the other end is gone: before a message, or (OSError) in the middle of one.
_CLOSED = (EOFError, OSError)


class Pool(Protocol):
    """Tags the chunks of one input after the other."""

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]: ...


class Alone:
    """No further process."""

    def __init__(self, work: FileTagger) -> None:
        self.work = work

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]:
        for chunk in chunks:
            yield chunk, self.work(name, chunk)


def _serve(work: FileTagger, connection: Connection) -> None:
    """A worker's life: until the connection closes, which it does when the parent ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    while True:
        try:
            name, chunk = connection.recv()
        except _CLOSED:
            os._exit(0)
        answer: TaggedChunk | TaggerError
        try:
            answer = work(name, chunk)
        except TaggerError as error:
            answer = error
        try:
            connection.send(answer)
        except _CLOSED:
            os._exit(0)


class Workers:
    """`n` processes. Each has one chunk at a time; which one has which changes nothing in the answers."""

    def __init__(self, work: FileTagger, n: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connections: list[Connection] = []
        self.processes: list[Any] = []
        self.busy: dict[Any, int] = {}  # connections that an answer will come from, and to which chunk
        for _ in range(n):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(work, theirs), daemon=True)
            process.start()
            theirs.close()
            self.connections.append(ours)
            self.processes.append(process)

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]:
        """Raises what a worker raised when its chunk's turn comes, and InputError when a worker died."""
        while self.busy:  # an input was given up: its answers must not be taken for this one's
            self._receive(next(iter(self.busy)))
        idle, busy = list(self.connections), self.busy
        known: dict[int, Chunk] = {}
        done: dict[int, TaggedChunk | TaggerError] = {}
        n_given = n_taken = 0
        more = True
        while True:
            while more and idle and n_given - n_taken < AHEAD * len(self.connections):
                chunk = next(chunks, None)
                if chunk is None:
                    more = False
                    break
                connection = idle.pop()
                self._send(connection, (name, chunk))
                busy[connection] = n_given
                known[n_given] = chunk._replace(data=b"")
                n_given += 1
            if n_taken in done:
                found = done.pop(n_taken)
                if isinstance(found, TaggerError):
                    raise found
                yield known.pop(n_taken), found
                n_taken += 1
            elif busy:
                for ready in wait(list(busy)):
                    number = busy[ready]
                    done[number] = self._receive(ready)
                    idle.append(ready)  # type: ignore[arg-type]
            else:
                return

    def _send(self, connection: Connection, value: tuple[str, Chunk]) -> None:
        try:
            connection.send(value)
        except _CLOSED:
            raise self._died() from None

    def _receive(self, connection: Any) -> Any:
        try:
            answer = connection.recv()
        except _CLOSED:
            raise self._died() from None
        del self.busy[connection]
        return answer

    def _died(self) -> TaggerError:
        gone = wait([process.sentinel for process in self.processes], 1)
        dead = [process for process in self.processes if process.sentinel in gone]
        for process in dead:
            process.join(1)
        codes = [process.exitcode for process in dead]
        return InputError(
            f"expected every worker to live until the end, one died (exit code {codes}); was it killed, or memory "
            "short? use fewer --workers, then go on with --resume"
        )

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        for process in self.processes:
            process.join(5)
            if process.is_alive():
                process.terminate()
                process.join()


@contextmanager
def pool(work: FileTagger, workers: int) -> Iterator[Pool]:
    """`workers` processes; with 1 the work is done in this one."""
    if workers == 1:
        yield Alone(work)
        return
    processes = Workers(work, workers)
    try:
        yield processes
    finally:
        processes.close()

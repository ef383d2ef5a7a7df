"""Passes chunks to workers, each a process with its own session, and returns answers in the order of the chunks."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from ..errors import InputError, TaggerError
from ..files.children import without_interrupts
from .chunks import Chunk
from .tagged import TaggedChunk
from .worker import FileTagger

# Chunks per worker that may be read ahead of the one that is written next: this bounds the memory.
AHEAD = 4
# What a connection raises when its other end is gone: between two messages, or (OSError) in the middle of one.
_CLOSED = (EOFError, OSError)


class Pool(Protocol):
    """Tags the chunks of one input after the other, with `tagger`."""

    @property
    def tagger(self) -> FileTagger: ...

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]:
        """Each chunk of the input `name` with its output, in order. The chunks may lack their data."""


class InProcess:
    """Tags chunks in this process."""

    def __init__(self, tagger: FileTagger) -> None:
        self.tagger = tagger

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]:
        """Each chunk with its output. Raises InputError for what cannot be tagged."""
        for chunk in chunks:
            yield chunk, self.tagger(name, chunk)


def _serve(tagger: FileTagger, connection: Connection) -> None:
    """What a worker does until its connection closes: at the latest when the parent process ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    while True:
        try:
            name, chunk = connection.recv()
        except _CLOSED:
            os._exit(0)
        answer: TaggedChunk | TaggerError
        try:
            answer = tagger(name, chunk)
        except TaggerError as error:
            answer = error
        try:
            connection.send(answer)
        except _CLOSED:
            os._exit(0)


class Workers:
    """Tags chunks in `n` processes, each of which has one chunk at a time. No answer depends on who gave it."""

    def __init__(self, tagger: FileTagger, n: int) -> None:
        context = multiprocessing.get_context("spawn")
        if os.name == "posix":
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # its start would let interrupts in again
        self.tagger = tagger
        self.processes: list[Any] = []
        self._connections: list[Connection] = []
        self._busy: dict[Any, int] = {}  # the connections that will answer, and the index of the chunk of each
        for _ in range(n):
            parent_end, worker_end = context.Pipe()
            process = context.Process(target=_serve, args=(tagger, worker_end), daemon=True)
            with without_interrupts():
                process.start()
            worker_end.close()
            self._connections.append(parent_end)
            self.processes.append(process)

    def map(self, name: str, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, TaggedChunk]]:
        """Each chunk, without its data, with its output, in order.

        Raises what a worker raised when the turn of its chunk comes, and InputError when a worker died.
        """
        while self._busy:  # answers for an input that was given up
            self._receive(next(iter(self._busy)))
        idle = list(self._connections)
        pending: list[Chunk] = []  # the chunks that were read and are not yet returned, in order
        answers: dict[int, TaggedChunk | TaggerError] = {}
        n_read = n_returned = 0
        at_end = False
        while True:
            while not at_end and idle and len(pending) < AHEAD * len(self._connections):
                chunk = next(chunks, None)
                if chunk is None:
                    at_end = True
                    break
                self._send(idle.pop(), name, chunk, n_read)
                pending.append(chunk._replace(data=b""))
                n_read += 1
            if n_returned in answers:
                answer = answers.pop(n_returned)
                if isinstance(answer, TaggerError):
                    raise answer
                yield pending.pop(0), answer
                n_returned += 1
            elif self._busy:
                for connection, index, answer in self._wait():
                    answers[index] = answer
                    idle.append(connection)
            else:
                return

    def _send(self, connection: Connection, name: str, chunk: Chunk, index: int) -> None:
        try:
            connection.send((name, chunk))
        except _CLOSED:
            raise self._died() from None
        self._busy[connection] = index

    def _wait(self) -> Iterator[tuple[Any, int, TaggedChunk | TaggerError]]:
        """The connections that answer first, the index of the chunk of each, and its answer."""
        for connection in wait(list(self._busy)):
            index = self._busy[connection]
            yield connection, index, self._receive(connection)

    def _receive(self, connection: Any) -> Any:
        try:
            answer = connection.recv()
        except _CLOSED:
            raise self._died() from None
        del self._busy[connection]
        return answer

    def _died(self) -> TaggerError:
        gone = wait([process.sentinel for process in self.processes], 1)
        dead = [process for process in self.processes if process.sentinel in gone]
        for process in dead:
            process.join(1)
        codes = [process.exitcode for process in dead]
        return InputError(
            f"expected every worker to live until the end, one died (exit code {codes}); was it killed, or is memory "
            "short? use fewer --workers, and run the same command with --resume to continue"
        )

    def close(self) -> None:
        """Ends the processes."""
        for connection in self._connections:
            connection.close()
        for process in self.processes:
            process.join(5)
            if process.is_alive():
                process.terminate()
                process.join()


@contextmanager
def open_pool(tagger: FileTagger, n_workers: int) -> Iterator[Pool]:
    """A pool of `n_workers` processes, which end with it; with 1 this process tags."""
    if n_workers == 1:
        yield InProcess(tagger)
        return
    workers = Workers(tagger, n_workers)
    try:
        yield workers
    finally:
        workers.close()

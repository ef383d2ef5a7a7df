"""The parent of several processes: binds the socket, starts them, passes orders on, and replaces those that end."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.files.children import without_interrupts

from .acceptor import share
from .listener import Listener, allow_descriptors, invite, opened
from .log import event, logger
from .notify import notify
from .parent import ALIVE, DRAIN, READY, RELOAD
from .settings import Settings
from .shared_metrics import VARIABLE, ProcessCounts, forget, read_explanation, shared_folder

# A process that ends is replaced after this time, in seconds, doubled with each end in the last minute.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
# A process that was ready and has said nothing for so long, in seconds, is killed.
LONGEST_SILENCE = 60.0
# How long processes may take to end beyond the times of the settings, in seconds.
PATIENCE = 5.0


@dataclass
class Child:
    """A process and this end of the connection to it."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def order(self, order: bytes) -> None:
        """Send an order, unless the process has ended."""
        if not self.writer.is_closing():
            self.writer.write(order)


class Supervisor:
    """Watches over the processes. `arguments` are those of the service, which each process reads itself."""

    def __init__(self, settings: Settings, arguments: Sequence[str], listener: Listener, figures: Path) -> None:
        self._settings = settings
        self._arguments = [*arguments, "--processes", str(settings.n_processes)]
        self._listener = listener
        self._figures = figures
        self._children: dict[int, Child] = {}
        self._ready: set[int] = set()
        self._n_ended = 0
        self._is_announced = False
        self._first_ready = asyncio.Event()
        self._ending = asyncio.Event()
        self._start_lock = asyncio.Lock()
        self._status = 0

    async def run(self) -> int:
        """Serve until a signal or a start that fails. Returns the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._order, RELOAD)
        # One process first: what cannot start says why once. An error in any task ends the service.
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(0))
            await self._first_ready.wait()
            if not self._ending.is_set():
                for index in range(1, self._settings.n_processes):
                    tasks.create_task(self._keep(index))
        return self._status

    def _stop(self) -> None:
        if self._ending.is_set():  # a second signal ends all processes at once
            for child in self._children.values():
                _kill(child)
            return
        event("draining", seconds=self._settings.drain_seconds)
        notify("STOPPING=1")
        self._end()
        self._order(DRAIN)

    def _end(self) -> None:
        self._ending.set()
        self._first_ready.set()

    def _order(self, order: bytes) -> None:
        for child in self._children.values():
            child.order(order)

    async def _keep(self, index: int) -> None:
        """Run a process, and another in its place whenever it ends, until the service ends."""
        ends: deque[float] = deque(maxlen=16)
        n_failed = 0  # starts since it was last ready
        while not self._ending.is_set():
            end = await self._live(index)
            if self._ending.is_set():
                return
            n_failed = 0 if index in self._ready else n_failed + 1
            if not self._first_ready.is_set():
                if not read_explanation(self._figures, index):  # else it has said why itself
                    self._record_end(index, n_failed, **end)
                self._status = 1
                self._end()
                return
            forget(self._figures, index)
            now = asyncio.get_running_loop().time()
            ends.append(now)
            n_doublings = max(sum(now - end < 60 for end in ends), min(n_failed, 16))
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**n_doublings)
            self._record_end(index, n_failed, **end, restart_seconds=pause)
            await _wait(self._ending, pause)

    async def _live(self, index: int) -> dict[str, object]:
        """Run a process until it ends. Returns what is known of its end, for the log."""
        try:
            child = self._children[index] = await self._start(index)
        except OSError as error:
            return {"reason": _describe_failed_start(error)}
        await self._watch(index, child)
        del self._children[index]
        return {"pid": child.process.pid, "status": await child.process.wait()}

    def _record_end(self, index: int, n_failed: int, **fields: object) -> None:
        """Count and log the end of a process that nobody asked for, after so many failed starts of it."""
        self._ready.discard(index)
        self._n_ended += 1
        self._tell_counts()
        if n_failed:
            reason = read_explanation(self._figures, index) or "it ended before it was ready; see the log"
            fields = {"failed_starts": n_failed, "processes_ready": len(self._ready), "reason": reason} | fields
        event_name = "process cannot start" if n_failed else "process ended"
        logger.error(event_name, extra={"fields": {"process": index, **fields}})

    def _tell_counts(self) -> None:
        """Let the processes say in their figures and on `/readyz` how many of them there are."""
        with contextlib.suppress(OSError):  # a full disk
            ProcessCounts(self._settings.n_processes, len(self._ready), self._n_ended).tell(self._figures)

    async def _start(self, index: int) -> Child:
        """Raises OSError when the system starts no process."""
        ours, theirs = socket.socketpair()
        listener = self._listener.socket
        whose = "ours" if self._listener.is_ours else "passed"
        command = (sys.executable, "-m", "serve.child", str(index), str(listener.fileno()), str(theirs.fileno()), whose)
        # One at a time: the blocks of two starts would overlap, and leave interrupts blocked.
        async with self._start_lock:
            with theirs, without_interrupts(), contextlib.ExitStack() as until_started:
                until_started.enter_context(ours)
                process = await asyncio.create_subprocess_exec(
                    *command,
                    *self._arguments,
                    pass_fds=(listener.fileno(), theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    env=os.environ | {VARIABLE: str(self._figures)},
                )
                until_started.pop_all()
        reader, writer = await asyncio.open_connection(sock=ours)
        child = Child(process, reader, writer)
        if self._ending.is_set():  # the signal came meanwhile
            child.order(DRAIN)
        return child

    async def _watch(self, index: int, child: Child) -> None:
        """Listen to a process until it ends, or until it is killed: for its silence, or because it ends too slowly."""
        loop = asyncio.get_running_loop()
        is_ready, end = False, None
        heard = loop.time()
        while True:
            try:
                words = await asyncio.wait_for(child.reader.read(64), 1.0)
                heard = loop.time()
            except TimeoutError:
                words = ALIVE
            except ConnectionError:
                words = b""
            if not words:
                child.writer.close()
                return
            if READY in words:
                is_ready = True
                self._welcome(index)
            if self._ending.is_set():
                seconds = self._settings.drain_seconds + self._settings.grace_seconds + PATIENCE
                end = end or loop.time() + seconds
            if end is not None and loop.time() > end:
                _kill(child)
            elif is_ready and loop.time() - heard > LONGEST_SILENCE:
                logger.error("process silent", extra={"fields": {"pid": child.process.pid}})
                _kill(child)

    def _welcome(self, index: int) -> None:
        self._ready.add(index)
        self._tell_counts()
        self._first_ready.set()
        if len(self._ready) == self._settings.n_processes and not self._is_announced:
            self._is_announced = True
            event("ready", address=self._listener.address, processes=self._settings.n_processes)
            notify("READY=1")


def _describe_failed_start(error: OSError) -> str:
    is_limit = error.errno in {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
    remedy = "raise the limits of processes, memory and open files" if is_limit else "let this user execute it"
    who = f"user {os.geteuid()} to start {sys.executable}"
    return f"expected {who}, got: {error}; {remedy}, or use --processes 1"


def _kill(child: Child) -> None:
    if child.process.returncode is None:
        child.process.kill()


async def _wait(happening: asyncio.Event, seconds: float) -> None:
    """Wait for an event, or for some seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(happening.wait(), seconds)


def supervise(settings: Settings, arguments: Sequence[str]) -> int:
    """Serve in several processes until a signal ends them. Returns the exit status.

    Raises ListenError for an address or as many connections as cannot be had, and SharedFolderError when nothing can
    be written.
    """
    event("settings", **settings.public)
    allow_descriptors(settings)
    with opened(settings) as listener, shared_folder() as figures:
        invite(listener)
        share(listener.socket)
        status = asyncio.run(Supervisor(settings, arguments, listener, figures).run())
    if status == 0:
        event("stopped")
    return status

"""Servers for `serving.py`, ours and others, each on one core; their CPU time and memory."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
from service import Service

SERVER_CORE, CALLER_CORE = 0, 1
PEERS = ("fastapi", "litserve", "litserve-batched")


def missing(name: str) -> bool:
    """Whether a peer is not installed."""
    return find_spec(name.partition("-")[0]) is None


def pin(core: int) -> None:
    os.sched_setaffinity(0, {core % (os.cpu_count() or 1)})


@contextmanager
def service(model: str, *flags: str) -> Iterator[Service]:
    """The service with one worker on the server's core."""
    cores = os.sched_getaffinity(0)
    pin(SERVER_CORE)  # a child inherits it
    try:
        started = Service("--model", model, "--workers", "1", *flags)
    finally:
        os.sched_setaffinity(0, cores)
    with started:
        yield started


@contextmanager
def peer(name: str, model: str, port: int) -> Iterator[int]:
    """Another server on the server's core; its whole process group is ended."""
    command = [sys.executable, str(Path(__file__).with_name("peer.py")), name, model, str(port)]
    cores = os.sched_getaffinity(0)
    pin(SERVER_CORE)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=tempfile.gettempdir())
        os.sched_setaffinity(0, cores)
        try:
            for _ in range(300):
                try:
                    httpx.post(f"http://127.0.0.1:{port}/v1/tag", json={"texts": ["好"]}).raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            else:
                log.seek(0)
                raise RuntimeError(f"{name} did not start: {log.read().decode()[-2000:]}")
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def family(pid: int) -> Iterator[tuple[int, list[str]]]:
    """A process, its children, and those of its group that have ended up below it, with what Linux says of each."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = path.read_text().rpartition(")")
        except OSError:  # it has just ended
            continue
        number, fields = int(head.split()[0]), rest.split()
        if pid in (number, int(fields[1]), int(fields[2])):
            yield number, fields


def cpu_seconds(pid: int) -> float:
    """Of a process and its family."""
    return sum(int(fields[11]) + int(fields[12]) for _, fields in family(pid)) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """RSS in MB of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{number}/statm").read_text().split()[1]) for number in (str(pid), *children))
    return pages * os.sysconf("SC_PAGESIZE") / 2**20

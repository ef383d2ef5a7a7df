"""Callers on loopback, in closed loops or at a given rate; they check every answer against its request."""

import asyncio
import math
import random
import re
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: chunked\r\n")


@dataclass(frozen=True)
class Request:
    """Bytes to send, the end of the right answer (if empty, nothing is checked), or of each that is right, and the
    number of characters."""

    data: bytes
    answer: bytes | tuple[bytes, ...]
    n_chars: int


@dataclass
class Report:
    """What came back in `seconds`."""

    seconds: float = 0.0
    n_chars: int = 0
    latencies: list[float] = field(default_factory=list)  # of answers with status 200
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    broken: int = 0  # connections that ended before their answer
    unsent: int = 0  # at a given rate: no connection was free
    n_chars_all: int = 0  # as n_chars, the time before counting included
    cpu: float = float("nan")  # seconds of CPU that the server took for n_chars_all

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.statuses[200] / self.seconds

    @property
    def chars(self) -> float:
        """Characters a second in right answers."""
        return self.n_chars / self.seconds

    @property
    def chars_per_cpu(self) -> float:
        """Characters per second of the server's CPU time: its speed with a core to itself."""
        return self.n_chars_all / self.cpu if self.cpu else math.nan  # a short run may cost less than the clock counts

    def percentile(self, share: float) -> float:
        """Latency in milliseconds."""
        ordered = sorted(self.latencies)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def sound(self) -> bool:
        return not self.wrong and not self.broken


def post(path: str, body: bytes, kind: str = "application/json", headers: str = "") -> bytes:
    """A request as it goes over the wire; each further header ends with a line end."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def read_body(answer: bytearray) -> bytes | None:
    """The body of an answer, None as long as a part of it is missing."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    start = end + 4
    if length := _LENGTH.search(answer, 0, end + 2):
        return bytes(answer[start:]) if len(answer) >= start + int(length[1]) else None
    if not _CHUNKED.search(answer, 0, end + 2) or not answer.endswith(b"\r\n0\r\n\r\n"):
        return None
    parts = []
    while size := int(answer[start : (line := answer.index(b"\r\n", start))], 16):
        parts.append(answer[line + 2 : line + 2 + size])
        start = line + 2 + size + 2
    return b"".join(parts)


class _Caller(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self, load: "_Load") -> None:
        self.load = load
        self.request: Request | None = None
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.load.free(self)

    def send(self, request: Request) -> None:
        self.request, self.began = request, time.perf_counter()
        self.transport.write(request.data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        body = read_body(self.buffer)
        if body is None:
            return
        request, self.request = self.request, None
        assert request is not None
        report = self.load.report
        status = int(self.buffer[9:12])
        if status == 200:
            report.n_chars_all += request.n_chars
        if self.load.counting:
            report.statuses[status] += 1
            if status == 200:
                report.latencies.append(time.perf_counter() - self.began)
                report.n_chars += request.n_chars
                report.wrong += not body.endswith(request.answer)
        self.buffer.clear()
        self.load.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self.request is not None and self.load.running:
            self.load.report.broken += 1
        if self.load.running:
            self.load.callers.discard(self)


class _Load:
    def __init__(self, port: int, requests: Sequence[Request]) -> None:
        self.port = port
        self.requests = requests
        self.report = Report()
        self.idle: deque[_Caller] = deque()
        self.callers: set[_Caller] = set()
        self.running = self.counting = False
        self.closed_loop = True
        self.n_sent = 0

    def next(self) -> Request:
        self.n_sent += 1
        return self.requests[self.n_sent % len(self.requests)]

    def free(self, caller: _Caller) -> None:
        if self.running and self.closed_loop:
            caller.send(self.next())
        else:
            self.idle.append(caller)

    async def connect(self, n: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(n):
            _, caller = await loop.create_connection(lambda: _Caller(self), "127.0.0.1", self.port)
            self.callers.add(caller)

    async def run(self, callers: int, seconds: float, warm: float, rate: float | None, least: int) -> Report:
        await self.connect(callers)
        self.running, self.closed_loop = True, rate is None
        began = time.perf_counter()
        if rate is None:
            for caller in list(self.idle):
                caller.send(self.next())
            self.idle.clear()
            await asyncio.sleep(warm)
            self.counting, counted = True, time.perf_counter()
            await asyncio.sleep(seconds)
            while self.report.statuses.total() < least:
                await asyncio.sleep(0.01)
        else:
            counted, due, random_ = began + warm, began, random.Random(0)
            while (now := time.perf_counter()) < counted + seconds:
                self.counting = now >= counted
                while due <= now:
                    due += random_.expovariate(rate)
                    if self.idle:
                        self.idle.popleft().send(self.next())
                    elif self.counting:
                        self.report.unsent += 1
                await asyncio.sleep(max(0.0, min(due - time.perf_counter(), 0.01)))
        self.counting = False
        self.report.seconds = time.perf_counter() - counted
        self.running = False
        for caller in self.callers:
            caller.transport.abort()
        await asyncio.sleep(0.05)
        return self.report


def load(
    port: int,
    requests: Sequence[Request],
    *,
    callers: int,
    seconds: float,
    warm: float = 0.5,
    rate: float | None = None,
    least: int = 1,
) -> Report:
    """Send requests for `seconds`: each caller as soon as it is answered, and until `least` answers have come however
    slow the machine, or all together at a rate (Poisson)."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Load(port, requests).run(callers, seconds, warm, rate, least))

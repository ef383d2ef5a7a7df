"""The service in its own process, for tests and benchmarks."""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[1]


class Service:
    """`python -m serve`, in one process unless told otherwise, on a free port of the loopback; `events` are its log,
    line by line. `command` starts it in another way."""

    def __init__(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "serve", "--port", "0", "--processes", "1"),
    ) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TAGGER_")}
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)],
            env=clean | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.events: list[dict[str, Any]] = []
        self._fresh: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.address = self.wait_for("ready")["address"]
        self.port = 0 if self.address.startswith("unix:") else int(self.address.rpartition(":")[2])
        self.client = self.caller()

    def caller(self) -> httpx.Client:
        """Another client for this service; it reads no certificates, which would take a while."""
        if self.address.startswith("unix:"):
            transport = httpx.HTTPTransport(uds=self.address.removeprefix("unix:"))
            return httpx.Client(base_url="http://localhost", timeout=30, transport=transport)
        return httpx.Client(base_url=self.address, timeout=30, verify=False)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            event = json.loads(line) if line.startswith(b"{") else {"event": line.decode()}
            self.events.append(event)
            self._fresh.put(event)
        self._fresh.put(None)

    def wait_for(self, name: str, seconds: float = 30) -> dict[str, Any]:
        """The next event of that name."""
        while (event := self._fresh.get(timeout=seconds)) is not None:
            if event["event"] == name:
                return event
            if event["event"] == "reload refused":  # nobody waits for it
                raise RuntimeError(f"{event}")
        raise RuntimeError(f"the service ended without {name!r}: {self.events}")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.client.close()
        if self.process.poll() is None:
            self.send(signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        """The exit status of a service that was told to stop; a second SIGTERM would cut its draining short."""
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(10)
            assert self.process.stderr is not None
            self.process.stderr.close()

    def connect(self) -> socket.socket:
        """A bare connection, to send what no client library would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def exchange(self, data: bytes) -> bytes:
        """Whatever comes back for these bytes until the service closes the connection."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def kill_one(service: Service) -> int:
    """The id of a process of the service that was killed."""
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(service.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(children[0]), signal.SIGKILL)
    return int(children[0])


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_answer(connection: socket.socket) -> bytes:
    """One answer with a length, leaving the connection open."""
    answer = b""
    while True:
        head, end, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if end and length and len(body) >= int(length[1]):
            return answer
        part = connection.recv(65536)
        if not part:
            raise ConnectionError(f"closed after {answer!r}")
        answer += part

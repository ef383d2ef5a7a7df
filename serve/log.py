"""Logs on stderr, a line of JSON per event. They never hold a text."""

import logging
import os
import select
import stat
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import orjson

logger = logging.getLogger("serve")


class UnblockedHandler(logging.Handler):
    """Writes to a file, and loses lines while nobody reads the other end of it, because a full pipe would stop the
    service.

    The next line that finds room comes after one that says how many are missing. Several processes may write to one
    pipe: each write is one line, and never waits.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._file = _open_again(stream.fileno())
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLOUT)
        self._n_lost = 0
        self._is_cut = False  # whether the line before found room for a part of it only
        self._count: Callable[[], object] = lambda: None

    def count_lost(self, count: Callable[[], object]) -> None:
        """Call `count` for each line that is lost from now on."""
        self._count = count

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record if there is room for it."""
        if self._n_lost:
            fields = {"fields": {"lines": self._n_lost}}
            warning = logger.makeRecord(logger.name, logging.WARNING, "", 0, "log lost", (), None, extra=fields)
            if self._write(self.format(warning)):
                self._n_lost = 0
        if self._n_lost or not self._write(self.format(record)):
            self._n_lost += 1
            self._count()

    def _write(self, line: str) -> bool:
        """Whether there was room for a line."""
        data = f"{line}\n".encode("utf-8", "replace")
        if not self._poll.poll(0):
            return False
        try:
            if self._is_cut:
                data = b"\n" + data
            n_written = os.write(self._file, data)
        except OSError:  # no room in a pipe or on a disk, or no reader any more
            return False
        self._is_cut = n_written < len(data)
        return not self._is_cut


def _open_again(file: int) -> int:
    """A pipe opened once more, so that writes to it do not wait; they still do for whoever shares the one we got. Any
    other file, and a pipe of another user, as it is."""
    if not stat.S_ISFIFO(os.fstat(file).st_mode):
        return file
    try:
        return os.open(f"/proc/self/fd/{file}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return file


class JsonFormatter(logging.Formatter):
    """Writes the message, and the fields given as `extra={"fields": {…}}`, after the number of the process, if any."""

    def __init__(self, process: int | None = None) -> None:
        super().__init__()
        self._common = {} if process is None else {"process": process}

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        event: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        event |= self._common | getattr(record, "fields", {})
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")


def configure(level: str, process: int | None = None) -> None:
    """Let everything that logs, uvicorn too, write JSON to stderr. `process` is the number of this one of several."""
    handler = UnblockedHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    logger.setLevel(level.upper())


def count_lost(count: Callable[[], object]) -> None:
    """Call `count` for each line of the log that is lost from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, UnblockedHandler):
            handler.count_lost(count)


def event(message: str, **fields: object) -> None:
    """Log an event with its fields."""
    logger.info(message, extra={"fields": fields})

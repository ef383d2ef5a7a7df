"""Logs on stderr, a line of JSON per event. They never hold a text."""

import logging
import select
import sys
import time
from typing import Any, TextIO

import orjson

logger = logging.getLogger("serve")


class UnblockedHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream, and drops lines while nobody reads the other end, because a full pipe would stop the service.

    The next line that finds room comes after one that says how many are missing.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._n_dropped = 0
        self._poll = select.poll()
        self._poll.register(stream.fileno(), select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record if there is room for it."""
        if not self._poll.poll(0):
            self._n_dropped += 1
            return
        if self._n_dropped:
            fields = {"fields": {"lines": self._n_dropped}}
            self._n_dropped = 0
            super().emit(logger.makeRecord(logger.name, logging.WARNING, "", 0, "log lost", (), None, extra=fields))
        super().emit(record)


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


def event(message: str, **fields: object) -> None:
    """Log an event with its fields."""
    logger.info(message, extra={"fields": fields})

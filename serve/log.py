"""Logs on stderr, a line of JSON per event. They never hold a text."""

import logging
import sys
import time
from typing import Any

import orjson

logger = logging.getLogger("serve")


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    logger.setLevel(level.upper())


def event(message: str, **fields: object) -> None:
    """Log an event with its fields."""
    logger.info(message, extra={"fields": fields})

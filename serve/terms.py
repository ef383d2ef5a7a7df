"""On what terms a request is served: whose it is, by when it wants its answer, and how urgent it is."""

import math
import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Protocol, Self

from .errors import ApiError, GoneError
from .fair_queue import DEFAULT_URGENCY

_URGENCY = re.compile(rb"(?:^|,)\s*u=([0-7])\s*(?:[;,]|$)")


class Connection(Protocol):
    """The connection of a caller, as far as those who work for the caller need it."""

    @property
    def is_gone(self) -> bool:
        """Whether the caller has left."""

    def when_gone(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call `act` once the caller leaves, soon if it has left already. Returns what takes that back."""


@dataclass(frozen=True)
class Terms:
    """`caller` is the API key or, without keys, the address; `deadline` a time of
    `time.monotonic`, `seconds` after the request came; `urgency` that of
    RFC 9218. `connection` is None where a request does not know its own."""

    caller: str
    deadline: float
    seconds: float
    urgency: int = DEFAULT_URGENCY
    connection: Connection | None = None

    def renewed(self) -> Self:
        """The same, with all of the time again."""
        return replace(self, deadline=time.monotonic() + self.seconds)

    def changed(self, seconds: float | None, urgency: int | None) -> Self:
        """The same with at most so many seconds from when the request came, and that urgency; None changes nothing."""
        less = min(self.seconds, math.inf if seconds is None else seconds)
        deadline = self.deadline - self.seconds + less
        return replace(self, seconds=less, deadline=deadline, urgency=self.urgency if urgency is None else urgency)


# The terms of the request that the running task answers; None for work that no request asked for.
TERMS: ContextVar[Terms | None] = ContextVar("terms", default=None)


def check_here() -> None:
    """Raises GoneError where the connection says that the caller of the running task has left."""
    terms = TERMS.get()
    if terms is not None and terms.connection is not None and terms.connection.is_gone:
        raise GoneError


def read_terms(
    headers: Mapping[bytes, bytes], caller: str, seconds: float, connection: Connection | None = None
) -> Terms:
    """The terms of a request that has come just now: `Priority: u=5` (RFC 9218), and `X-Request-Timeout: 2.5`, in
    seconds, of which there are at most `seconds`. Raises ApiError for a timeout that is no time."""
    wanted = headers.get(b"x-request-timeout")
    if wanted is not None:
        try:
            value = float(wanted)
        except ValueError:
            value = math.nan
        if not value > 0:
            got = ascii(wanted.decode("latin-1"))[:80]
            raise ApiError(
                "invalid", f"expected seconds above 0 in X-Request-Timeout, got {got}; send 2.5, or leave it out"
            )
        seconds = min(seconds, value)
    found = _URGENCY.search(headers.get(b"priority", b""))
    urgency = int(found[1]) if found else DEFAULT_URGENCY
    return Terms(caller, time.monotonic() + seconds, seconds, urgency, connection)

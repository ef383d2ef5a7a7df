"""Accepts the connections of a listening socket that several processes share.

Each process waits in `accept`, in a thread. The kernel wakes one waiter per connection, the one that has waited
longest, so connections are dealt out evenly and no process wakes in vain. Event loops that watch the socket would all
wake, and the first would take every connection that waits.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

from .log import logger

# How long a call of accept waits, in seconds, until the thread looks whether it should end.
TURN_SECONDS = 0.2
# How long a process without free descriptors waits, in seconds, before it tries again.
PAUSE_SECONDS = 0.05
# How often such a process says so, in seconds.
REPORT_SECONDS = 60.0


def share(listener: socket.socket) -> None:
    """Prepare a bound socket for acceptors: it listens, and `accept` gives up after a turn."""
    listener.setblocking(True)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(TURN_SECONDS))
    listener.listen(2048)


class Acceptor:
    """Calls `on_connection`, in a thread of its own, with each connection that this process accepts, and
    `count_failure` each time that it cannot accept one, as when it has no free descriptor."""

    def __init__(
        self,
        listener: socket.socket,
        on_connection: Callable[[socket.socket], object],
        count_failure: Callable[[], object],
    ) -> None:
        self._listener = listener
        self._on_connection = on_connection
        self._count_failure = count_failure
        self._next_report = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="accept", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Accept no further connection; returns within a turn."""
        self._stopping = True
        self._thread.join()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):  # the turn is over; the caller has left
                continue
            except OSError as error:
                if not is_listening(self._listener):
                    return
                self._report(error)
                time.sleep(PAUSE_SECONDS)
                continue
            self._on_connection(connection)

    def _report(self, error: OSError) -> None:
        self._count_failure()
        if time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + REPORT_SECONDS
            reason = f"{error}; callers wait: lower --max-connections, or raise the limit of open files (ulimit -n)"
            logger.error("cannot accept connections", extra={"fields": {"reason": reason}})


def is_listening(listener: socket.socket) -> bool:
    """Whether a socket listens; another process may have shut it down."""
    try:
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def drain(listener: socket.socket) -> list[socket.socket]:
    """Stop listening, for all processes. Returns the connections that nobody had accepted yet, now accepted."""
    accepted = []
    with contextlib.suppress(OSError):  # there are no more, or another process was first
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(0.001))
        while True:
            accepted.append(listener.accept()[0])
    with contextlib.suppress(OSError):  # another process was first
        listener.shutdown(socket.SHUT_RD)
    return accepted


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), round(seconds % 1 * 1e6))

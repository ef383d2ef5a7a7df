"""The process that watches over this one, as this one sees it: it gives orders, and hears that this one is well.

Orders come over a connection and not as signals, because a terminal or systemd may send a signal to every process of
the service, and because an order that comes early waits until it is read.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping

# Orders of the parent.
DRAIN = b"d"
RELOAD = b"r"
# Words of the child: its service is ready; it is alive.
READY = b"R"
ALIVE = b"."


class Parent:
    """The connection to the parent; it closes when the parent ends, however it ends."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection

    def obey(self, orders: Mapping[bytes, Callable[[], None]]) -> None:
        """Call a function for each order, in the running event loop. The end of the parent is the order DRAIN."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            try:
                received = self._connection.recv(64)
            except BlockingIOError:
                return
            except OSError:
                received = b""
            if not received:
                loop.remove_reader(self._connection)
            for order in received or DRAIN:
                orders[bytes([order])]()

        loop.add_reader(self._connection, read)

    def tell(self, word: bytes) -> None:
        """Say READY or ALIVE. A parent that does not listen is not waited for."""
        with contextlib.suppress(OSError):
            self._connection.send(word)

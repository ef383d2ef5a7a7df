"""The listening socket, and a way to stop listening that drops no connection.

Closing a listening socket resets the connections that the kernel has established but the program has not accepted:
their callers see a request that was sent and never answered. In an event loop, milliseconds lie between the last
accept and the close; `stop` leaves next to no time between the two.
"""

import contextlib
import socket


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address, which does not listen yet. Raises OSError when the address cannot be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def stop(listener: socket.socket) -> list[socket.socket]:
    """Stop listening. Returns the connections that were established and not yet accepted, now accepted."""
    accepted = []
    with contextlib.suppress(BlockingIOError):
        while True:
            accepted.append(listener.accept()[0])
    with contextlib.suppress(OSError):  # not every system lets a listening socket be shut down
        listener.shutdown(socket.SHUT_RD)
    return accepted

"""The listening socket, and how to stop listening without dropping whoever has just connected.

Closing a listening socket resets the connections that the kernel has made but the program has not yet
accepted: their callers see a request that was taken and never answered. An event loop leaves milliseconds
between accepting and closing; `stop` leaves next to nothing.
"""

import contextlib
import socket


def listen(host: str, port: int) -> socket.socket:
    """A socket with an address, that will listen. Raises OSError when the address cannot be had."""
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
    """Stop listening; the connections that were made and not yet accepted, now accepted."""
    waiting = []
    with contextlib.suppress(BlockingIOError):
        while True:
            waiting.append(listener.accept()[0])
    with contextlib.suppress(OSError):  # not every system lets a listening socket be shut down
        listener.shutdown(socket.SHUT_RD)
    return waiting

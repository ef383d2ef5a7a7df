"""The listening socket, and how to stop listening without dropping whoever has just connected.

Closing a listening socket resets the connections that the kernel has made but the program has not yet
accepted: their callers see a request that was taken and never answered. So the kernel is first told to
make no more of them; the ones that are there are accepted; only then the socket is closed.
"""

import ctypes
import socket
import struct
import sys

_SO_ATTACH_FILTER = 26
_RETURN = 0x06  # the classic BPF instruction that ends a filter with how many bytes of a packet to keep


def listen(host: str, port: int, *, backlog: int = 2048) -> socket.socket:
    """A socket that listens. Raises OSError when the address cannot be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def deafen(listener: socket.socket) -> bool:
    """Let the kernel drop whatever reaches the listening socket from now on; connections are not touched.

    Callers try again and find the socket closed, or another instance. Returns False where that cannot be
    had: outside Linux, or where the kernel is told to forbid it.
    """
    if sys.platform != "linux":
        return False
    program = ctypes.create_string_buffer(struct.pack("=HBBI", _RETURN, 0, 0, 0))
    description = struct.pack("@HP", 1, ctypes.addressof(program))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, description)
    except OSError:
        return False
    return True

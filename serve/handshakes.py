"""Lets a listening socket take no new connection, while those that are half made are still completed.

Between the last `accept` of a program and the close of its listening socket the kernel may complete one more
connection, whose caller then sees a request that was sent and never answered. A filter on the socket (classic BPF,
Linux: socket(7), `SO_ATTACH_FILTER`) drops the packets that ask for a connection, so that there is no such moment. The
caller's system asks again after a second, and is refused.
"""

import contextlib
import ctypes
import socket
import struct
import sys

SO_ATTACH_FILTER = 26  # Linux; Python does not name it
_SYN = 0x02
# Instructions of classic BPF, which read the header of TCP: code, jump if true, jump if false, operand.
_PROGRAM = (
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x45, 0, 1, _SYN),  # the next instruction if SYN is set, else the one after it
    (0x06, 0, 0, 0),  # drop the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # keep all of it
)


def refuse_connections(listener: socket.socket) -> bool:
    """Let a socket that listens on TCP take no new connection. Returns whether the system can do so."""
    if sys.platform != "linux" or listener.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    program = b"".join(struct.pack("=HBBI", *each) for each in _PROGRAM)
    buffer = ctypes.create_string_buffer(program, len(program))
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        listener.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(_PROGRAM), ctypes.addressof(buffer))
        )
        return True
    return False

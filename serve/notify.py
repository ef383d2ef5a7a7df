"""Tells systemd how the service stands, when systemd has asked for that (`Type=notify`)."""

import contextlib
import os
import socket
from collections.abc import Mapping


def notify(state: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send a state such as `READY=1`; nothing without `NOTIFY_SOCKET`, and nobody waits for the other side."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
        # A name that begins with @ is abstract: its first byte is zero.
        sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)

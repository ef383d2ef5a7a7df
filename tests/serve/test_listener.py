import socket
from collections.abc import Iterator

import pytest

from serve.listener import deafen, listen


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as opened:
        opened.listen()
        yield opened


def test_who_has_connected_is_still_accepted_and_nobody_else(listener: socket.socket) -> None:
    address = listener.getsockname()
    with socket.create_connection(address, timeout=10) as early:
        early.sendall(b"hello")
        if not deafen(listener):
            pytest.skip("this kernel does not let a socket have a filter")
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.3)
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(10)
            assert accepted.recv(5) == b"hello"


def test_where_a_filter_is_forbidden_the_service_still_ends() -> None:
    class Refusing(socket.socket):
        def setsockopt(self, *arguments: object) -> None:
            raise PermissionError(1, "Operation not permitted")

    with Refusing() as refusing:
        assert deafen(refusing) is False


def test_an_address_that_cannot_be_had(listener: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(*listener.getsockname())

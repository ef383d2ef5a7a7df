import socket
from collections.abc import Iterator

import pytest

from serve.listener import listen, stop


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as opened:
        opened.listen()
        yield opened


def test_who_has_connected_is_still_accepted_and_nobody_else(listener: socket.socket) -> None:
    address = listener.getsockname()
    with (
        socket.create_connection(address, timeout=10) as first,
        socket.create_connection(address, timeout=10) as second,
    ):
        first.sendall(b"hello")
        accepted = stop(listener)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=10)
        assert {connection.getpeername() for connection in accepted} == {first.getsockname(), second.getsockname()}
        received = {connection.getpeername(): connection for connection in accepted}[first.getsockname()]
        received.settimeout(10)
        assert received.recv(5) == b"hello"
        for connection in accepted:
            connection.close()


def test_an_address_that_cannot_be_had(listener: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(*listener.getsockname())

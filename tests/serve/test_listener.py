import errno
import os
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from serve.acceptor import Acceptor
from serve.handshakes import refuse_connections
from serve.listener import Listener, invite, listen, stop


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


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_between_the_last_accept_and_the_end_nobody_connects(host: str) -> None:
    try:
        listener = listen(host, 0)
    except OSError as error:
        pytest.skip(f"no {host} here: {error}")
    with listener, socket.socket(listener.family) as late:
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2], timeout=10) as first:
            if not refuse_connections(listener):
                pytest.skip("this system cannot filter the packets of a listening socket")
            first.sendall(b"hello")  # who is connected goes on
            late.settimeout(0.05)
            with pytest.raises(TimeoutError):  # asks, and is not answered
                late.connect(listener.getsockname())
            (accepted,) = stop(listener)
            with accepted:
                assert accepted.recv(5) == b"hello"


def test_an_address_that_cannot_be_had(listener: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(*listener.getsockname())


def test_a_terminal_is_told_where_the_page_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with listen("0.0.0.0", 0) as everywhere:
        invite(Listener(everywhere, True))
        assert capsys.readouterr().err == ""  # no terminal
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        invite(Listener(everywhere, True))
        port = everywhere.getsockname()[1]
    told = f"open http://127.0.0.1:{port}/ in a browser; Ctrl-C stops the service\n"
    assert capsys.readouterr().err == told


def test_without_free_descriptors_callers_are_counted_and_the_log_says_it_once(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accept, tries, accepted = socket.socket.accept, iter(range(3)), Event()

    def accept_later(self: socket.socket) -> Any:
        if next(tries, None) is not None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(self)

    monkeypatch.setattr("serve.acceptor.PAUSE_SECONDS", 0)
    monkeypatch.setattr("socket.socket.accept", accept_later)
    failures: list[int] = []
    with socket.create_connection(listener.getsockname(), timeout=10):
        acceptor = Acceptor(
            listener, lambda connection: (connection.close(), accepted.set()), lambda: failures.append(1)
        )
        assert accepted.wait(10)
        acceptor.stop()
    assert len(failures) == 3
    [line] = caplog.records
    assert line.message == "cannot accept connections"
    assert "Too many open files" in line.__dict__["fields"]["reason"]

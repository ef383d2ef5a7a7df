"""The listening socket, and a way to stop listening that drops no connection.

Closing a listening socket resets the connections that the kernel has established but the program has not accepted:
their callers see a request that was sent and never answered. In an event loop, milliseconds lie between the last
accept and the close; `stop` leaves next to no time between the two, and `handshakes` none where the system can.
"""

import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tagger.errors import TaggerError

from .settings import Settings, divide

FIRST_PASSED = 3  # the first socket that systemd passes
OTHER_FILES = 64  # descriptors beside those of connections


class ListenError(TaggerError):
    """The address cannot be listened on."""


@dataclass(frozen=True)
class Listener:
    """A bound socket. `is_ours`: whether it ends with the service, as one that systemd passes on does not."""

    socket: socket.socket
    is_ours: bool = True

    @property
    def address(self) -> str:
        """Such as `http://127.0.0.1:8000` or `unix:/run/tagger.sock`."""
        name = self.socket.getsockname()
        if self.socket.family == socket.AF_UNIX:
            return f"unix:{name}"
        host, port = name[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def opened(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Listener]:
    """The socket that the settings or systemd name, bound. Raises ListenError when it cannot be had."""
    if (number := _passed(settings, environment)) >= 0:
        yield _adopt(number)
    elif settings.uds:
        path = Path(settings.uds)
        with _listen_at(path) as listener:
            try:
                yield Listener(listener)
            finally:
                path.unlink(missing_ok=True)
    else:
        try:
            listener = listen(settings.host, settings.port)
        except OSError as error:
            raise ListenError(
                f"expected to listen on {settings.host} port {settings.port}, got: {error}; "
                "choose another with --host and --port"
            ) from None
        with listener:
            yield Listener(listener)


def _passed(settings: Settings, environment: Mapping[str, str]) -> int:
    """The number of the socket that was passed on, by `--fd` or by systemd; -1 for none."""
    is_activated = environment.get("LISTEN_PID") == str(os.getpid()) and environment.get("LISTEN_FDS", "0") != "0"
    return FIRST_PASSED if is_activated and settings.fd < 0 and not settings.uds else settings.fd


def _adopt(number: int) -> Listener:
    try:
        listener = socket.socket(fileno=os.dup(number))
        is_listening = bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError as error:
        raise ListenError(f"--fd: expected the number of a socket, got {number}: {error}") from None
    if not is_listening:
        raise ListenError(f"--fd: expected a socket that listens, got {number}, which does not; let systemd open it")
    listener.setblocking(False)
    return Listener(listener, is_ours=False)


def _listen_at(path: Path) -> socket.socket:
    """A Unix socket at a path, in place of one that a service left behind. Who may enter the folder may connect."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        if path.exists() and _is_left_behind(path):
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o666)
    except OSError as error:
        listener.close()
        raise ListenError(f"--uds: expected to listen at {path}, got: {error}; choose another path") from None
    listener.setblocking(False)
    return listener


def _is_left_behind(path: Path) -> bool:
    """Whether a path is a socket on which nobody listens."""
    if not stat.S_ISSOCK(path.stat().st_mode):
        return False
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) != 0


def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A socket bound to an address, which does not listen yet; `is_shared` lets other processes bind the same.

    Raises OSError when the address cannot be had.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with contextlib.ExitStack() as until_bound:
        listener = until_bound.enter_context(socket.socket(family, kind, protocol))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        until_bound.pop_all()
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


def allow_descriptors(settings: Settings) -> None:
    """Let this process, and those that it starts, have as many open files as each needs for its connections, and some
    for models, logs and sockets.

    Raises ListenError when the system allows fewer.
    """
    import resource  # Windows has none

    n_processes = settings.n_processes
    needed = divide(settings).max_connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        files = f"{needed} open files" + (f" in each of {n_processes} processes" if n_processes > 1 else "")
        raise ListenError(
            f"expected {files} for --max-connections {settings.max_connections}, the system allows {hard}; raise that "
            f"(ulimit -n), or set --max-connections to at most {max(1, hard - OTHER_FILES) * n_processes}"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def invite(listener: Listener) -> None:
    """Say at a terminal where the page is. A log that goes elsewhere has no such line."""
    if not sys.stderr.isatty() or listener.socket.family == socket.AF_UNIX:
        return
    # No browser opens the address that stands for all of them.
    address = listener.address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    print(f"open {address}/ in a browser; Ctrl-C stops the service", file=sys.stderr, flush=True)

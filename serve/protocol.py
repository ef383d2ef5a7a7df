"""HTTP/1.1 on a connection: uvicorn's protocol, with limits on what a caller may send and on how slowly."""

import asyncio
import re
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from .log import event
from .metrics import Metrics
from .middleware import error_body
from .request_ids import new_request_id
from .settings import Settings

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
# The line of a request whose URL is not ASCII; what else is not ASCII, such as the greeting of TLS, is none.
_RAW_URL = re.compile(rb"[A-Z]+ [^\r\n]*[\x80-\xff]")


class LimitedConfig(uvicorn.Config):
    """uvicorn's configuration, with the settings and the figures that its protocol needs."""

    def __init__(self, app: Any, settings: Settings, metrics: Metrics) -> None:
        super().__init__(
            app,
            http=LimitedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=max(1, round(settings.idle_seconds)),
            timeout_graceful_shutdown=max(1, round(settings.grace_seconds)),
        )
        self.settings = settings
        self.metrics = metrics


class LimitedProtocol(HttpToolsProtocol):
    """One connection. uvicorn makes an instance for each."""

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._settings = config.settings
        self._metrics = config.metrics
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._n_received = 0  # bytes since the last complete headers
        self._n_parsed = 0  # bytes of headers of this request
        self._headers_too_large = False
        self._in_body = False
        self._has_raw_url = False  # whether what came last begins with such a request line
        self._is_lost = False
        self._when_gone: set[Callable[[], None]] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._settings.max_connections:
            message = f"expected at most {self._settings.max_connections} connections; come back later"
            self._refuse(503, "unavailable", message)
            return
        connection = transport.get_extra_info("socket")
        is_internet = connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6)
        if is_internet and hasattr(socket, "TCP_USER_TIMEOUT"):
            # The kernel closes a connection whose other side has not acknowledged data for so long.
            milliseconds = int(self._settings.write_seconds * 1000)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._receive_timer = self.loop.call_later(self._settings.header_seconds, self._on_too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_receive_timer()
        self._stop_send_timer()
        super().connection_lost(exc)
        self._is_lost = True
        if self.scope:
            self.scope["state"].pop("connection", None)  # a cycle would wait for the garbage collector
        for act in list(self._when_gone):
            act()
        self._when_gone.clear()

    @property
    def is_gone(self) -> bool:
        """Whether the caller has left."""
        return self._is_lost

    def when_gone(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call `act` once the caller leaves, soon if it has left already. Returns what takes that back.

        Handlers may also await the next message, but that takes a task of its own for each request.
        """
        if self._is_lost:
            return self.loop.call_soon(act).cancel
        self.flow.resume_reading()  # who does not read does not see that a caller leaves
        self._when_gone.add(act)
        return lambda: self._when_gone.discard(act)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._receive_timer is None and self._is_idle:
            # The headers of the next request; or the rest of a body that was refused. Its sender may not read before
            # everything is sent, and would otherwise never see the refusal.
            seconds = self._settings.body_seconds if self._in_body else self._settings.header_seconds
            self._receive_timer = self.loop.call_later(seconds, self._on_too_slow)
        if not self._in_body:
            self._n_received += len(data)
            self._has_raw_url = _RAW_URL.match(data) is not None
        super().data_received(data)
        too_large = not self._in_body and self._n_received > self._settings.max_header
        if too_large and not self.transport.is_closing():
            self._refuse_headers()

    @property
    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        self._n_parsed += len(name) + len(value) + 4
        if self._n_parsed > self._settings.max_header:
            self._headers_too_large = True
            raise HttpParserError("headers too large")
        super().on_header(name, value)

    def on_message_begin(self) -> None:
        self._n_parsed = 0
        super().on_message_begin()
        self.scope["state"]["connection"] = self

    def on_headers_complete(self) -> None:
        n_hosts = sum(name == b"host" for name, _ in self.headers)
        if n_hosts > 1 or (n_hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise HttpParserError("expected one Host")  # RFC 9112, section 3.2
        self._stop_receive_timer()
        self._n_received = 0
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_receive_timer()
        self._in_body = False
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(self._settings.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_send_timer()

    def send_400_response(self, msg: str) -> None:
        if self._headers_too_large:
            self._refuse_headers()
        elif self._has_raw_url:
            message = "expected a URL in ASCII, got other bytes; percent-encode it (curl -G --data-urlencode)"
            self._refuse(400, "bad_request", message)
        else:
            self._refuse(400, "bad_request", "expected HTTP/1.1 with one Host, got something else; check the client")

    def _refuse_headers(self) -> None:
        limit = self._settings.max_header
        message = f"expected headers of at most {limit} bytes; send fewer, or raise --max-header"
        self._refuse(431, "headers_too_large", message)

    def _on_too_slow(self) -> None:
        self._receive_timer = None
        if self._in_body or self._n_received == 0:  # already answered, or nothing was asked
            self.transport.close()
            return
        message = f"expected headers within {self._settings.header_seconds:g} s; send them faster"
        self._refuse(408, "too_slow", message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer with an error and close the connection."""
        request_id = new_request_id()
        body = error_body(code, message, request_id, "")
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self._metrics.refusals.labels(code).inc()
        if self._settings.access_log:
            client = {"client": self.client[0]} if self.client else {}
            event("refused", status=status, code=code, id=request_id, **client)
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _stop_receive_timer(self) -> None:
        if self._receive_timer is not None:
            self._receive_timer.cancel()
            self._receive_timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

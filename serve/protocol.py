"""HTTP/1.1 on a connection: uvicorn's protocol, with limits on what a caller may send and how slowly."""

import asyncio
import socket
import uuid

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .middleware import error_body
from .settings import Settings

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def protocol(settings: Settings) -> type[HttpToolsProtocol]:
    """The protocol class for these settings; uvicorn makes an instance per connection."""

    class Wire(HttpToolsProtocol):
        _timer: asyncio.TimerHandle | None = None
        _writing: asyncio.TimerHandle | None = None
        _n_header = _n_seen = 0
        _over = _in_body = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > settings.max_connections:
                message = f"expected at most {settings.max_connections} connections; come back later"
                self._refuse(503, "unavailable", message)
                return
            connection = transport.get_extra_info("socket")
            if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
                # The kernel ends a connection whose other side takes nothing for so long.
                milliseconds = int(settings.write_seconds * 1000)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
            self._timer = self.loop.call_later(settings.header_seconds, self._slow)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            self._stop_writing()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            if self._timer is None and self._idle:
                # The next request's headers; or the rest of a body that was refused, so that its sender,
                # who may not read before all is sent, gets to know why.
                seconds = settings.body_seconds if self._in_body else settings.header_seconds
                self._timer = self.loop.call_later(seconds, self._slow)
            if not self._in_body:
                self._n_header += len(data)
            super().data_received(data)
            if not self._in_body and self._n_header > settings.max_header and not self.transport.is_closing():
                self._too_large()

        @property
        def _idle(self) -> bool:
            cycle: RequestResponseCycle | None = self.cycle  # None before the first request
            return cycle is None or cycle.response_complete

        def on_header(self, name: bytes, value: bytes) -> None:
            self._n_seen += len(name) + len(value) + 4
            if self._n_seen > settings.max_header:
                self._over = True
                raise HttpParserError("headers too large")
            super().on_header(name, value)

        def on_message_begin(self) -> None:
            self._n_seen = 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._stop_waiting()
            self._n_header = 0
            self._in_body = True
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._stop_waiting()
            self._in_body = False
            super().on_message_complete()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._writing = self.loop.call_later(settings.write_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._stop_writing()

        def send_400_response(self, msg: str) -> None:
            if self._over:
                self._too_large()
            else:
                self._refuse(400, "bad_request", "expected an HTTP/1.1 request, got something else; check the client")

        def _too_large(self) -> None:
            message = f"expected headers of at most {settings.max_header} bytes; send fewer, or raise --max-header"
            self._refuse(431, "headers_too_large", message)

        def _slow(self) -> None:
            self._timer = None
            if self._in_body or self._n_header == 0:  # answered already, or nothing was asked
                self.transport.close()
                return
            self._refuse(408, "too_slow", f"expected headers within {settings.header_seconds:g} s; send them faster")

        def _refuse(self, status: int, code: str, message: str) -> None:
            body = error_body(code, message, uuid.uuid4().hex, "")
            head = (
                f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
            self.transport.close()

        def _stop_waiting(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _stop_writing(self) -> None:
            if self._writing is not None:
                self._writing.cancel()
                self._writing = None

    return Wire

"""The body of a request, within limits of size, of time, and of memory over all requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from .errors import ApiError, GoneError


class BodyBudget:
    """Counts the bytes of all bodies that are held at a time."""

    def __init__(self, *, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self.held = 0

    @asynccontextmanager
    async def read(self, request: Request, *, limit: int, flag: str) -> AsyncIterator[bytes]:
        """The whole body, counted as held until the block ends.

        Raises Fault when it is too large, too slow or finds no room, GoneError when the caller leaves.
        """
        too_large = ApiError(
            "too_large",
            f"expected a body of at most {limit} bytes; send fewer texts at a time, a document as text/plain "
            f"or NDJSON, or raise {flag}",
        )
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise too_large
        body, held = bytearray(), 0
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    more = True
                    while more:
                        message = await request.receive()
                        if message["type"] == "http.disconnect":
                            raise GoneError
                        chunk = message.get("body", b"")
                        more = message.get("more_body", False)
                        if self.held + len(chunk) > self._limit:
                            raise ApiError(
                                "unavailable",
                                f"expected room for the body, {self.held} bytes of other requests are held; "
                                "ask again after Retry-After",
                                {"Retry-After": "1"},
                            )
                        self.held += len(chunk)
                        held += len(chunk)
                        body += chunk
                        if len(body) > limit:
                            raise too_large
            except TimeoutError:
                raise ApiError(
                    "too_slow",
                    f"expected the body within {self._seconds:g} s, got {len(body)} bytes of it; "
                    "send it faster, in parts, or raise --body-seconds",
                ) from None
            yield bytes(body)
        finally:
            self.held -= held

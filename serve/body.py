"""The body of a request, within limits on its size, its time, and the memory that all bodies take together."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request

from .charsets import PIECE, Recoder
from .compression import Unpacker
from .errors import ApiError, GoneError
from .terms import check_here

GZIP = b"\x1f\x8b"  # what it begins with; no text in UTF-8 does


class BodyBudget:
    """Counts the bytes of all bodies in memory, at most `limit`. A body has `seconds` to arrive."""

    def __init__(self, *, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._n_held = 0

    @asynccontextmanager
    async def read(
        self, request: Request, *, limit: int, remedy: str, charset: str = "", is_utf8: bool = True
    ) -> AsyncIterator[bytes]:
        """The whole body, unpacked, and in UTF-8 if it comes in a `charset`. Its bytes, as they are held, count until
        the block ends. `remedy` says what to do with a body of more than `limit` bytes before they are made UTF-8.
        `is_utf8` says that it has to be UTF-8, so that it cannot begin as gzip does.

        Raises ApiError for a body that is too large, too slow or finds no room, GoneError when the caller leaves.
        """
        too_large = ApiError("too_large", f"expected a body of at most {limit} bytes; {remedy}")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise too_large
        unpacker = Unpacker(request.headers.get("content-encoding", ""))
        recoder = Recoder(charset)
        body, n_read, n = io.BytesIO(), 0, 0
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    more = True
                    while more:
                        chunk, more = await _receive_chunk(request)
                        for unpacked in unpacker.unpack(chunk):
                            n_read += len(unpacked)
                            if n_read > limit:
                                raise too_large
                            for piece in recoder.recode(unpacked):
                                self._count(len(piece))
                                n += len(piece)
                                body.write(piece)
                                if len(piece) >= PIECE:
                                    await asyncio.sleep(0)
                                    check_here()
                    unpacker.finish()
                    body.write(b"".join(recoder.recode(b"", final=True)))
            except TimeoutError:
                raise ApiError(
                    "too_slow",
                    f"expected the body within {self._seconds:g} s, got {n_read} bytes of it; "
                    "send it faster, in parts, or raise --body-seconds",
                ) from None
            whole = [body.getvalue()]  # the bytes themselves, of which `bytes(bytearray)` would make a copy
            body.close()
            if is_utf8 and not charset and whole[0].startswith(GZIP) and "content-encoding" not in request.headers:
                wanted = "expected text in UTF-8, got a body that looks gzipped"
                raise ApiError("bad_request", f"{wanted}; send Content-Encoding: gzip")
            yield whole.pop()  # without a name here, so that a caller who has decoded it need not keep it
        finally:
            self._n_held -= n

    @contextmanager
    def hold(self, n: int) -> Iterator[None]:
        """Counts a body of `n` bytes that is in memory already until the block ends. Raises ApiError if it finds no
        room."""
        self._count(n)
        try:
            yield
        finally:
            self._n_held -= n

    def _count(self, n: int) -> None:
        if self._n_held + n > self._limit:
            raise ApiError(
                "unavailable",
                f"expected room for the body, {self._n_held} bytes of other requests are held; "
                "ask again after Retry-After",
                {"Retry-After": "1"},
            )
        self._n_held += n


async def _receive_chunk(request: Request) -> tuple[bytes, bool]:
    """The next bytes of a body, and whether there are more. Raises GoneError when the caller leaves."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise GoneError
    return message.get("body", b""), message.get("more_body", False)

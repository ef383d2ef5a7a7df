"""Packed bodies: those of requests are unpacked piece by piece, answers are packed for callers that ask for it."""

import asyncio
from collections.abc import Iterator

from starlette.types import Message, Send

from .encodings import ENCODINGS, Encoder, PackingError, choose_encoding
from .errors import ApiError

LEAST = 1024  # bytes of an answer that is worth packing
_IN_THREAD = 16_384  # bytes of an answer that is packed beside the event loop
_TYPES = ("application/json", "application/x-ndjson", "text/")


class Unpacker:
    """Unpacks the body of a request, whose header Content-Encoding is given. Raises ApiError for an unknown one."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-")
        if self._encoding not in ("", "identity", *ENCODINGS):
            known = ", ".join(ENCODINGS)
            raise ApiError(
                "unsupported_media_type",
                f"expected a body in one of {known}, or as it is, got {encoding[:80]}; send another Content-Encoding",
                {"Accept-Encoding": known},
            )
        self._decoder = ENCODINGS[self._encoding].decoder() if self._encoding in ENCODINGS else None

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        """The content of the next bytes, a piece at a time. Raises ApiError for bytes that are not packed so."""
        if self._decoder is None:
            yield chunk
            return
        try:
            yield from self._decoder.unpack(chunk)
        except PackingError as error:
            raise self._fault(str(error)) from None

    def finish(self) -> None:
        """Raises ApiError when the body was cut short."""
        if self._decoder is not None and not self._decoder.is_whole:
            raise self._fault("a part of one")

    def _fault(self, got: str) -> ApiError:
        return ApiError("bad_request", f"expected a body packed by {self._encoding}, got {got}; send a whole one")


class PackingSender:
    """Sends an answer, packed as the header Accept-Encoding of the request allows."""

    def __init__(self, send: Send, accept: str) -> None:
        self._send = send
        self._encoding = choose_encoding(accept)
        self._start: Message | None = None
        self._encoder: Encoder | None = None

    async def send(self, message: Message) -> None:
        """Pass on a message; the first part of the body decides whether the answer is packed."""
        if message["type"] == "http.response.start" and self._encoding and _is_text(message):
            self._start = message
            return
        if message["type"] == "http.response.body":
            if self._start is not None:
                await self._begin(self._start, message)
            if self._encoder is not None:
                message["body"] = await _pack(self._encoder, message)
        await self._send(message)

    async def _begin(self, start: Message, first: Message) -> None:
        self._start = None
        headers = [*start["headers"], (b"vary", b"accept-encoding")]
        if self._encoding and (first.get("more_body") or len(first.get("body", b"")) >= LEAST):
            self._encoder = ENCODINGS[self._encoding].encoder()
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            headers.append((b"content-encoding", self._encoding.encode()))
        start["headers"] = headers
        await self._send(start)


async def _pack(encoder: Encoder, message: Message) -> bytes:
    body, more = message.get("body", b""), message.get("more_body", False)
    if len(body) < _IN_THREAD:
        return encoder.pack(body, more=more)
    return await asyncio.to_thread(encoder.pack, body, more=more)


def _is_text(start: Message) -> bool:
    headers = dict(start["headers"])
    return b"content-encoding" not in headers and headers.get(b"content-type", b"").decode("latin-1").startswith(_TYPES)

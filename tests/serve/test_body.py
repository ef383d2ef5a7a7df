"""What the budget of bodies counts, and when it stops reading."""

import asyncio
import gzip
from collections.abc import Callable, Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from serve.body import BodyBudget
from serve.errors import ApiError, GoneError
from serve.terms import TERMS, Terms

GBK = "好".encode("gbk") * 100_000  # 200,000 bytes, 300,000 in UTF-8


class Caller:
    """A connection whose caller leaves after so many looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property
    def is_gone(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def when_gone(self, act: Callable[[], None]) -> Callable[[], None]:
        raise AssertionError


async def read(chunks: Iterator[bytes], headers: dict[str, str], *, limit: int, charset: str = "") -> int:
    """How many bytes the body has that these chunks are."""

    async def receive() -> Message:
        chunk = next(chunks, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "headers": raw}, receive)
    budget = BodyBudget(limit=limit, seconds=20)
    async with budget.read(request, limit=10**8, remedy="", charset=charset) as body:
        return len(body)


@pytest.mark.parametrize(("limit", "is_held"), [(300_000, True), (299_999, False), (200_000, False)])
def test_what_counts_is_the_text_in_utf8(limit: int, *, is_held: bool) -> None:
    reading = read(iter([GBK[:50_001], GBK[50_001:]]), {}, limit=limit, charset="gbk")
    if is_held:
        assert asyncio.run(reading) == 300_000
        return
    with pytest.raises(ApiError, match="expected room for the body"):
        asyncio.run(reading)


@pytest.mark.parametrize(
    ("headers", "charset", "body"),
    [({"content-encoding": "gzip"}, "", gzip.compress(b"\n" * 10**8)), ({}, "gbk", GBK * 100)],
)
def test_the_body_of_a_caller_who_has_left_is_read_no_further(
    headers: dict[str, str], charset: str, body: bytes
) -> None:
    async def leave() -> int:
        TERMS.set(Terms("", 0.0, 0.0, connection=Caller(2)))
        try:
            return await read(iter([body]), headers, limit=5_000_000, charset=charset)  # beyond three pieces refused
        finally:
            TERMS.set(None)

    with pytest.raises(GoneError):
        asyncio.run(leave())

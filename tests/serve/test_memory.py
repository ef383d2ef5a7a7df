"""What a request took is given back once it is answered."""

import asyncio
import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from serve.assembly import assembled
from serve.settings import Settings

LINE = "我喜欢北京。\n".encode()
MANY = b"a" * 4_000_000
# Blocks of 16 MB, each with a small one behind it that stays: what is resident once they are freed, in MB.
BLOCKS = """
import os
from serve.memory import return_large_blocks
return_large_blocks()
kept = []
for _ in range(3):
    blocks = []
    for _ in range(4):
        blocks.append(b"a" * (16 << 20))
        kept.append(bytes(1000))
del blocks
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20)
"""


@pytest.mark.parametrize(
    ("body", "status", "got"),
    [
        (b"\xff\n" + MANY, 400, "expected UTF-8 in line 1"),
        (MANY, 413, "expected at most 80000 bytes in line 1"),
        (64 * LINE + b"\xff\n" + MANY, 200, "expected UTF-8 in line 65"),
    ],
)
def test_no_document_waits_for_the_garbage_collector(small_model: Path, body: bytes, status: int, got: str) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        while not arrived:  # the caller stays
            await asyncio.sleep(1)
        return arrived.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    async def answer(app: ASGIApp) -> None:
        await app(scope, receive, send)

    half = len(body) // 2  # parts, so that the body that is read is another object
    arrived = [
        {"type": "http.request", "body": body[half:], "more_body": False},
        {"type": "http.request", "body": body[:half], "more_body": True},
    ]
    headers = [(b"content-type", b"text/plain")]
    scope = {"type": "http", "method": "POST", "path": "/v1/tag", "query_string": b"", "headers": headers}
    with assembled(Settings(model=(f"m={small_model}",), workers=1, access_log=False), says_loaded=False) as service:
        gc.disable()
        tracemalloc.start()
        try:
            asyncio.run(answer(service.app))
            assert tracemalloc.get_traced_memory()[0] < len(MANY) / 2
        finally:
            tracemalloc.stop()
            gc.enable()
    assert sent[0]["status"] == status
    assert got in b"".join(message.get("body", b"") for message in sent).decode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux, and is about glibc")
def test_large_blocks_are_given_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 40

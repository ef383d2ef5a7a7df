"""Packed bodies and packed answers."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest

TEXTS = ["我喜欢北京。"] * 20
BODY = json.dumps({"texts": TEXTS}).encode()
JSON = {"content-type": "application/json"}
PLAIN = {"accept-encoding": "identity"}


GZIP = gzip.compress(BODY, mtime=0)  # without the time, since the bytes name the test


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", GZIP), ("x-gzip", GZIP), ("deflate", zlib.compress(BODY)), ("GZIP", GZIP), ("identity", BODY)],
)
def test_a_packed_body_is_unpacked(client: httpx.Client, encoding: str, packed: bytes) -> None:
    wanted = client.post("/v1/tag", json={"texts": TEXTS}).json()
    answer = client.post("/v1/tag", content=packed, headers=JSON | {"content-encoding": encoding})
    assert answer.json() == wanted
    lines = gzip.compress("\n".join(TEXTS).encode())
    document = client.post("/v1/tag", content=lines, headers={"content-type": "text/plain", "content-encoding": "gzip"})
    assert [json.loads(line)["words"] for line in document.text.splitlines()] == [r["words"] for r in wanted["results"]]


@pytest.mark.parametrize(
    ("encoding", "packed", "status", "message"),
    [
        ("br", BODY, 415, "in one of gzip, deflate, or as it is, got br"),
        ("gzip, gzip", BODY, 415, "got gzip, gzip"),
        ("gzip", BODY, 400, "packed by gzip, got Error -3"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-4], 400, "got a part of one"),
        ("gzip", gzip.compress(BODY, mtime=0) + b"x", 400, "got bytes behind its end"),
        ("gzip", gzip.compress(b" " * 50_000_000, mtime=0), 413, "at most 20000 bytes"),
        ("deflate", zlib.compress(b"{" * 20_001), 413, "at most 20000 bytes"),
    ],
)
def test_bodies_that_are_refused(client: httpx.Client, encoding: str, packed: bytes, status: int, message: str) -> None:
    answer = client.post("/v1/tag", content=packed, headers=JSON | {"content-encoding": encoding})
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("br, deflate;q=0.5, gzip;q=0.1", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("gzip;q=0.0", None),
        ("br", None),
        ("identity", None),
    ],
)
def test_answers_are_packed_for_those_who_ask(client: httpx.Client, accept: str, encoding: str | None) -> None:
    call: dict[str, Any] = {"url": "/v1/tag", "json": {"texts": TEXTS}}
    plain, answer = (client.post(**call, headers={"accept-encoding": asked}) for asked in ("identity", accept))
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == plain.content
    assert encoding is None or answer.headers["vary"] == "accept-encoding"
    assert int(plain.headers["content-length"]) == len(plain.content)


def test_small_answers_are_not_packed_and_documents_are_packed_line_by_line(client: httpx.Client) -> None:
    assert "content-encoding" not in client.get("/healthz").headers
    with client.stream(
        "POST", "/v1/tag", content="好\n" * 300, headers={"content-type": "text/plain", "accept-encoding": "gzip"}
    ) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        unpacker = zlib.decompressobj(31)
        parts = answer.iter_raw()
        first = unpacker.decompress(next(parts))
        assert first.endswith(b"}\n")
        rest = b"".join(unpacker.decompress(part) for part in parts)
    assert len((first + rest).splitlines()) == 300
    assert unpacker.eof

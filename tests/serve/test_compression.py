"""Packed bodies and packed answers."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest

from serve.encodings import ENCODINGS

TEXTS = ["我喜欢北京。"] * 20
BODY = json.dumps({"texts": TEXTS}).encode()
JSON = {"content-type": "application/json"}
PLAIN = {"accept-encoding": "identity"}


ZSTD = pytest.importorskip("zstandard", reason="needs pip install 'tagger[zstd]'").ZstdCompressor().compress
GZIP = gzip.compress(BODY, mtime=0)  # without the time, since the bytes name the test
# The header of a frame that asks for a window of 64 MB (RFC 8878, section 3.1.1).
WIDE = bytes.fromhex("28b52ffd 00 80 010000")


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", GZIP),
        ("x-gzip", GZIP),
        ("deflate", zlib.compress(BODY)),
        ("GZIP", GZIP),
        ("identity", BODY),
        ("zstd", ZSTD(BODY)),
    ],
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
        ("br", BODY, 415, "in one of zstd, gzip, deflate, or as it is, got br"),
        ("gzip, gzip", BODY, 415, "got gzip, gzip"),
        ("gzip", BODY, 400, "packed by gzip, got Error -3"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-4], 400, "got a part of one"),
        ("gzip", gzip.compress(BODY, mtime=0) + b"x", 400, "got bytes behind its end"),
        ("gzip", gzip.compress(b" " * 50_000_000, mtime=0), 413, "at most 20000 bytes"),
        ("deflate", zlib.compress(b"{" * 20_001), 413, "at most 20000 bytes"),
        ("zstd", BODY, 400, "packed by zstd, got zstd decompress"),
        ("zstd", ZSTD(BODY)[:-4], 400, "got a part of one"),
        ("zstd", ZSTD(BODY) + b"x", 400, "got bytes behind its end"),
        ("zstd", ZSTD(BODY) + bytes(300), 400, "got bytes behind its end"),
        ("zstd", ZSTD(b" " * 50_000_000), 413, "at most 20000 bytes"),
        ("zstd", WIDE, 400, "got zstd decompress"),
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
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0, gzip", "gzip"),
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
    for name, encoding in ENCODINGS.items():
        headers = {"content-type": "text/plain", "accept-encoding": name}
        with client.stream("POST", "/v1/tag", content="好\n" * 300, headers=headers) as answer:
            assert answer.headers["content-encoding"] == name
            decoder = encoding.decoder()
            parts = answer.iter_raw()
            first = b"".join(decoder.unpack(next(parts)))
            assert first.endswith(b"}\n")
            rest = b"".join(piece for part in parts for piece in decoder.unpack(part))
        assert len((first + rest).splitlines()) == 300
        assert decoder.is_whole

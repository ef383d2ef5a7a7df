"""Documents in other charsets, and lines that are longer than any text may be."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.charsets import CHARSETS, GROWTH, Recoder
from serve.errors import ApiError

MARK = "\ufeff"


def to_utf8(body: bytes, charset: str, *, piece: int) -> bytes:
    """A body that arrives `piece` bytes at a time."""
    recoder = Recoder(charset)
    chunks = [body[start : start + piece] for start in range(0, len(body), piece)]
    parts = [part for chunk in chunks for part in recoder.recode(chunk)]
    return b"".join([*parts, *recoder.recode(b"", final=True)])


@given(st.text("今天我們喜欢謟~{}ab\n €\U00020000😀", max_size=12), st.sampled_from(CHARSETS), st.integers(1, 9))
def test_text_is_decoded_in_pieces_of_any_size(text: str, charset: str, piece: int) -> None:
    encoded = text.encode(charset, "ignore")
    decoded = to_utf8(encoded, charset, piece=piece).decode()
    assert decoded.removeprefix(MARK) == encoded.decode(charset)
    assert len(decoded.encode()) <= GROWTH * len(encoded)


@given(st.binary(max_size=12), st.sampled_from(CHARSETS), st.integers(1, 9))
def test_bytes_are_text_in_pieces_exactly_if_they_are_as_a_whole(body: bytes, charset: str, piece: int) -> None:
    try:
        wanted = body.decode(charset)
    except UnicodeError:
        with pytest.raises(ApiError, match=f"expected text in {charset}, as Content-Type says, got .* at byte"):
            to_utf8(body, charset, piece=piece)
    else:
        assert to_utf8(body, charset, piece=piece).decode().removeprefix(MARK) == wanted.removeprefix(MARK)


@pytest.mark.parametrize(
    ("charset", "body", "place"),
    [
        ("gb18030", "今天".encode("gb18030") + b"\xff\xff", 4),
        ("gb18030", "今天".encode("gb18030") + b"\x81", 4),
        ("big5", "今天天".encode("big5") + b"\xff", 6),
        ("utf-16-le", "今天".encode("utf-16-le") + b"\x00\xd8a\x00", 4),
        ("utf-16", "今天".encode("utf-16") + b"a", 6),
        ("utf-16-be", "今天".encode("utf-16-be") + b"\xd8\x00", 4),
    ],
)
def test_the_place_of_a_fault_counts_from_the_beginning(charset: str, body: bytes, place: int) -> None:
    for piece in range(1, 10):
        with pytest.raises(ApiError, match=f"at byte {place}; correct either"):
            to_utf8(body, charset, piece=piece)


GZIPPED = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
JSON, LINES, PLAIN = "application/json", "application/x-ndjson", "text/plain"


@pytest.mark.parametrize(
    ("kind", "body", "status", "got"),
    [
        (f"{PLAIN}; charset=utf-16-le", "謟".encode("utf-16-le"), 200, '"form":"謟"'),  # the bytes 1f 8b
        (f"{PLAIN}; charset=utf-16", "謟\n好".encode("utf-16-le"), 200, '"form":"好"'),
        (f"{LINES}; charset=utf-16-be", '\ufeff"謟"'.encode("utf-16-be"), 200, '"form":"謟"'),
        (f"{PLAIN}; charset=gb18030", GZIPPED, 400, "illegal multibyte sequence at byte 1"),
        (PLAIN, GZIPPED, 400, "send Content-Encoding: gzip"),
        (f"{PLAIN}; charset=utf-8", GZIPPED, 400, "send Content-Encoding: gzip"),
        (LINES, GZIPPED, 400, "send Content-Encoding: gzip"),
        (JSON, GZIPPED, 400, "send Content-Encoding: gzip"),
        (f"{JSON}; charset=utf-16-le", GZIPPED, 400, "send Content-Encoding: gzip"),
    ],
)
def test_only_what_is_no_text_looks_gzipped(
    client: httpx.Client, kind: str, body: bytes, status: int, got: str
) -> None:
    answer = client.post("/v1/tag", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert got in answer.text


@pytest.mark.parametrize(
    ("kind", "line", "got"),
    [  # texts of 2,000 characters, which are 8,000 bytes at most, and bodies of 20,000 bytes
        (PLAIN, "好" * 2000, None),
        (PLAIN, "😀" * 2000, None),
        (PLAIN, "a" * 8000, 'at most 2000 characters in "text" of line 2, got 8000'),
        (PLAIN, "a" * 8001, "at most 8000 bytes in line 2, got 8001; split the text where sentences end, or raise"),
        (PLAIN, "\ud800" * 2667, "at most 8000 bytes in line 2, got 8001"),
        (LINES, json.dumps("好" * 2000), None),
        (LINES, json.dumps({"text": "好", "id": [1] * 6000}), None),
        (LINES, json.dumps("a" * 19_998), 'at most 2000 characters in "text" of line 2, got 19998'),
        (LINES, json.dumps("a" * 19_999), "at most 20000 bytes in line 2, got 20001; split the text where sentences"),
        (LINES, json.dumps({"text": "好", "id": [1] * 7000}), "at most 20000 bytes in line 2"),
    ],
)
def test_a_long_line_is_refused_before_it_is_decoded(
    client: httpx.Client, kind: str, line: str, got: str | None
) -> None:
    first = "好\n" if kind == PLAIN else '"好"\n'
    body = (first + line).encode("utf-8", "surrogatepass")
    answer = client.post("/v1/tag", content=body, headers={"content-type": kind})
    last = json.loads(answer.text.splitlines()[-1])
    if got is None:
        assert last["line"] == 2
        assert last["words"]
    else:
        assert (last["error"]["code"], last["error"]["line"]) == ("too_large", 2)
        assert got in last["error"]["message"]

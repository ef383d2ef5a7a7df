import io
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk import chunks as module
from tagger.bulk.chunks import Chunk, chunks
from tagger.errors import InputError
from tagger.text import windows as window
from tagger.text.windows import sections

CHARS = st.sampled_from("我a é。\n\r😀\ufeff，") | st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARS, max_size=300)


@pytest.fixture(autouse=True, scope="module")
def small() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SIZE", 64)
        patch.setattr(module, "SECTION", 8)
        patch.setattr(module, "_SECTION_BYTES", 32)
        patch.setattr(window, "SECTION", 8)
        yield


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = io.BytesIO(data), size

    def read(self, n: int = -1) -> bytes:
        return self.data.read(min(n, self.size))


@given(TEXTS, st.integers(1, 90), st.booleans(), st.booleans())
def test_chunks_are_the_stream_and_know_their_place(text: str, size: int, cut: bool, bom: bool) -> None:
    data = text.encode()
    whole = b"\xef\xbb\xbf" + data if bom else data
    skipped = 3 if whole.startswith(b"\xef\xbb\xbf") else 0
    found = list(chunks(Dribble(whole, size), "x", cut=cut))
    assert b"".join(chunk.data for chunk in found) == whole[skipped:]
    at = skipped
    unfinished = False
    for chunk in found:
        assert chunk.offset == at
        assert chunk.number == 1 + whole[:at].count(b"\n")
        assert chunk.continues == unfinished
        assert cut or not chunk.unfinished
        assert chunk.unfinished != chunk.data.endswith(b"\n") or chunk is found[-1]
        assert len(chunk.data) <= 2 * 64 or chunk.data.count(b"\n") <= 1
        chunk.data.decode()  # code points are whole
        at += len(chunk.data)
        unfinished = chunk.unfinished
    assert not unfinished


@given(st.text(st.sampled_from("我a。，😀 \r"), min_size=65, max_size=300), st.sampled_from(["", "\n"]))
def test_a_long_line_is_cut_where_the_api_cuts_it(line: str, end: str) -> None:
    found = [chunk.data.decode() for chunk in chunks(io.BytesIO((line + end).encode()), "x", cut=True)]
    rows = sections(line)
    assert found == [*rows[:-1], rows[-1] + end]


def test_a_byte_order_mark_in_pieces_on_a_pipe() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream:
        found = chunks(stream, "x")
        os.write(write, b"\xef")
        os.write(write, b"\xbb\xbfa\nb\n")
        os.close(write)
        assert list(found) == [Chunk("text", b"a\nb\n", 1, 3)]


def test_a_pipe_answers_before_it_ends() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream:
        found = chunks(stream, "x")
        os.write(write, b"one\n")
        assert next(found).data == b"one\n"
        os.write(write, b"two\nthr")
        assert next(found) == Chunk("text", b"two\n", 2, 4)
        os.close(write)
        assert next(found) == Chunk("text", b"thr", 3, 8)


@given(st.integers(0, 200))
def test_a_long_line_that_is_not_utf8(at: int) -> None:
    good = "我们".encode() * 60
    bad = b"\n" + good[: at - at % 3] + b"\xff" + good
    with pytest.raises(InputError, match=f"x:2: expected UTF-8, got byte 0xff at offset {1 + at - at % 3} of"):
        list(chunks(io.BytesIO(bad), "x", cut=True))
    found = list(chunks(io.BytesIO(bad), "x", cut=True, strict=False))
    assert b"".join(chunk.data for chunk in found) == bad
    assert not any(chunk.unfinished for chunk in found)


def test_a_line_cut_short_in_a_character() -> None:
    with pytest.raises(InputError, match=r"x:1: expected UTF-8, got byte 0xe6 at offset 120 of the file \(unexpected"):
        list(chunks(io.BytesIO("我".encode() * 40 + b"\xe6\x88"), "x", cut=True))

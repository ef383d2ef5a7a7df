import io
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk.chunks import Chunk, Sizes, read_chunks
from tagger.errors import InputError
from tagger.text.windows import sections

CHARS = st.sampled_from("我a é。\n\r😀\ufeff，") | st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARS, max_size=300)


SMALL = Sizes(chunk=64, section=8)


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
    stream: Any = Dribble(whole, size)
    chunks = list(read_chunks(stream, "x", cut=cut, sizes=SMALL))
    assert b"".join(chunk.data for chunk in chunks) == whole[skipped:]
    offset = skipped
    unfinished = False
    for chunk in chunks:
        assert chunk.offset == offset
        assert chunk.number == 1 + whole[:offset].count(b"\n")
        assert chunk.continues == unfinished
        assert cut or not chunk.unfinished
        assert chunk.unfinished != chunk.data.endswith(b"\n") or chunk is chunks[-1]
        assert len(chunk.data) <= 2 * SMALL.chunk or chunk.data.count(b"\n") <= 1
        chunk.data.decode()  # code points are whole
        offset += len(chunk.data)
        unfinished = chunk.unfinished
    assert not unfinished


@given(st.text(st.sampled_from("我a。，😀 \r"), min_size=65, max_size=300), st.sampled_from(["", "\n"]))
def test_a_long_line_is_cut_where_the_api_cuts_it(line: str, end: str) -> None:
    stream = io.BytesIO((line + end).encode())
    rows = sections(line, section=SMALL.section)
    parts = [chunk.data.decode() for chunk in read_chunks(stream, "x", cut=True, sizes=SMALL)]
    assert parts == [*rows[:-1], rows[-1] + end]


def test_a_byte_order_mark_in_pieces_on_a_pipe() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream:
        chunks = read_chunks(stream, "x")
        os.write(write, b"\xef")
        os.write(write, b"\xbb\xbfa\nb\n")
        os.close(write)
        assert list(chunks) == [Chunk("text", b"a\nb\n", 1, 3)]


def test_a_pipe_answers_before_it_ends() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream:
        chunks = read_chunks(stream, "x")
        os.write(write, b"one\n")
        assert next(chunks).data == b"one\n"
        os.write(write, b"two\nthr")
        assert next(chunks) == Chunk("text", b"two\n", 2, 4)
        os.close(write)
        assert next(chunks) == Chunk("text", b"thr", 3, 8)


@given(st.integers(0, 66))
def test_a_long_line_that_is_not_utf8(n_before: int) -> None:
    good = "我们".encode() * 60
    bad = b"\n" + good[: 3 * n_before] + b"\xff" + good
    with pytest.raises(InputError, match=f"x:2: expected UTF-8, got byte 0xff at offset {1 + 3 * n_before} of"):
        list(read_chunks(io.BytesIO(bad), "x", cut=True, sizes=SMALL))
    chunks = list(read_chunks(io.BytesIO(bad), "x", cut=True, strict=False, sizes=SMALL))
    assert b"".join(chunk.data for chunk in chunks) == bad
    assert not any(chunk.unfinished for chunk in chunks)


def test_a_line_cut_short_in_a_character() -> None:
    with pytest.raises(InputError, match=r"x:1: expected UTF-8, got byte 0xe6 at offset 120 of the file \(unexpected"):
        list(read_chunks(io.BytesIO("我".encode() * 40 + b"\xe6\x88"), "x", cut=True, sizes=SMALL))

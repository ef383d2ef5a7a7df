import errno
import gzip
import hashlib
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk import chunks as chunk_module
from tagger.bulk.arrow import EMPTY, to_stream
from tagger.bulk.chunks import Chunk, chunks
from tagger.bulk.job import OutputError
from tagger.bulk.worker import FileTagger, TaggedChunk
from tagger.bulk.writers import Hashed, TextSink, sink
from tagger.corpus import format_sentence
from tagger.errors import InputError
from tagger.tagging.tagger import Tagger
from tagger.text import block as block_module
from tagger.text import windows as window


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "SECTION", 8)
    monkeypatch.setattr(block_module, "SECTION", 8)
    monkeypatch.setattr(chunk_module, "SECTION", 8)
    monkeypatch.setattr(chunk_module, "SIZE", 24)
    monkeypatch.setattr(chunk_module, "_SECTION_BYTES", 32)


CHARS = st.sampled_from("我们去。，a1 \u3000\r😀\ufeff")
LINES = st.lists(st.text(CHARS, max_size=60) | st.text(st.sampled_from(" \u3000我"), max_size=60), max_size=4)


@pytest.mark.parametrize("format", ["slash", "segmented"])
def test_lines_that_were_cut_are_whole_again(small: None, small_model: Path, small_tagger: Tagger, format: str) -> None:
    work = FileTagger(str(small_model), format)

    @given(LINES, st.booleans())
    def check(lines: list[str], ended: bool) -> None:
        data = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
        file = io.BytesIO()
        target = TextSink(file)
        found = [(chunk, work("x", chunk)) for chunk in chunks(io.BytesIO(b"\xef\xbb\xbf" + data), "x", cut=True)]
        for chunk, tagged in found:
            target.add(chunk, tagged)
        texts = data.decode().removesuffix("\n").split("\n") if data else []
        wanted = "".join(format_sentence(sentence, format) for sentence in small_tagger.tag(texts))
        if wanted.startswith("\ufeff"):
            wanted = "\ufeff" + wanted
        assert file.getvalue().decode() == wanted
        assert sum(tagged.n_texts for _, tagged in found) == len(texts)
        assert sum(tagged.n_chars for _, tagged in found) == sum(map(len, texts))

    check()


CHUNK = Chunk("text", b"", 1, 0)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_the_same_chunks_give_the_same_bytes(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    for now in (1.0, 2e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        file = io.BytesIO()
        hashed = Hashed(file)
        with sink(hashed, f"x{suffix}", "slash") as target:  # type: ignore[arg-type]
            target.add(CHUNK, TaggedChunk("我/X\n".encode() * 1000, 1, 1, 1, ()))
        written.append(file.getvalue())
        assert hashed.size == len(file.getvalue())
        assert hashed.digest.hexdigest() == hashlib.sha256(file.getvalue()).hexdigest()
    assert written[0] == written[1]
    if suffix == ".gz":
        assert gzip.decompress(written[0]) == "我/X\n".encode() * 1000


def tagged(**columns: Any) -> TaggedChunk:
    return TaggedChunk(to_stream(pa.record_batch(columns)), 1, 1, 1, ())


def test_tables_of_the_same_columns_make_one() -> None:
    file = io.BytesIO()
    with sink(file, "x", "parquet") as target:
        target.add(CHUNK, tagged(text=pa.array(["a"])))
        target.add(CHUNK, tagged(text=pa.array([], pa.string())))
        target.add(CHUNK, tagged(text=pa.array(["b"])))
        with pytest.raises(InputError, match=r"expected the same columns in every input, got \['text'\], then"):
            target.add(CHUNK, tagged(no=pa.array(["b"])))
    assert pq.read_table(file).to_pydict() == {"text": ["a", "b"]}
    with sink(file := io.BytesIO(), "x", "parquet"):
        pass
    assert pq.read_schema(file) == EMPTY


@pytest.mark.parametrize(("name", "format"), [("x", "slash"), ("x.gz", "slash"), ("x.zst", "slash"), ("x", "parquet")])
def test_an_error_of_the_file_comes_through(name: str, format: str) -> None:
    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def tell(self) -> int:
            return 0

        def write(self, data: Any) -> int:
            raise OutputError(errno.ENOSPC, "No space left on device")

    table = tagged(text=pa.array([str(i) for i in range(100_000)]))
    text = TaggedChunk(bytes(range(256)) * 4096, 1, 1, 1, ())
    with pytest.raises(OutputError, match="No space left"), sink(Full(), name, format) as target:  # type: ignore[arg-type]
        target.add(CHUNK, table if format == "parquet" else text)

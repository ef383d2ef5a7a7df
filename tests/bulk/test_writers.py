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
from sentences import MIXED

from tagger.bulk.arrow import EMPTY, to_stream
from tagger.bulk.chunks import Chunk, Sizes, read_chunks
from tagger.bulk.tagged import TaggedChunk
from tagger.bulk.worker import FileTagger
from tagger.bulk.writers import HashedFile, LineWriter, OutputError, open_writer
from tagger.corpus import format_sentence
from tagger.errors import InputError
from tagger.tagging.tagger import Tagger
from tagger.text.block import Block

SMALL = Sizes(chunk=24, section=8)
CHARS = st.sampled_from("我们去。，a1 \u3000\r😀\ufeff") | st.sampled_from(MIXED)
LINES = st.lists(st.text(CHARS, max_size=60) | st.text(st.sampled_from(" \u3000我"), max_size=60), max_size=4)


@pytest.mark.parametrize("format", ["slash", "segmented"])
def test_lines_that_were_cut_are_whole_again(small_model: Path, small_tagger: Tagger, format: str) -> None:
    file_tagger = FileTagger(str(small_model), format, sizes=SMALL)

    @given(LINES, st.booleans())
    def check(lines: list[str], ended: bool) -> None:
        data = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
        file, stream = io.BytesIO(), io.BytesIO(b"\xef\xbb\xbf" + data)
        writer = LineWriter(file)
        found = [(chunk, file_tagger("x", chunk)) for chunk in read_chunks(stream, "x", cut=True, sizes=SMALL)]
        for chunk, tagged in found:
            writer.add(chunk, tagged)
        texts = data.decode().removesuffix("\n").split("\n") if data else []
        spans = small_tagger.spans(Block.of(texts, section=SMALL.section))
        sentences = spans.sentences(texts, small_tagger.model.scheme.pos)
        wanted = "".join(format_sentence(sentence, format) for sentence in sentences)
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
        hashed = HashedFile(file)
        with open_writer(hashed, f"x{suffix}", "slash") as writer:
            writer.add(CHUNK, TaggedChunk("我/X\n".encode() * 1000, 1, 1, 1, ()))
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
    with open_writer(file, "x", "parquet") as writer:
        writer.add(CHUNK, tagged(text=pa.array(["a"])))
        writer.add(CHUNK, tagged(text=pa.array([], pa.string())))
        writer.add(CHUNK, tagged(text=pa.array(["b"])))
        with pytest.raises(InputError, match=r"expected the same columns in every input, got \['text'\], then"):
            writer.add(CHUNK, tagged(no=pa.array(["b"])))
    assert pq.read_table(file).to_pydict() == {"text": ["a", "b"]}
    with open_writer(file := io.BytesIO(), "x", "parquet"):
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
            raise OSError(errno.ENOSPC, "No space left on device")

    table = tagged(text=pa.array([str(i) for i in range(100_000)]))
    text = TaggedChunk(bytes(range(256)) * 4096, 1, 1, 1, ())
    with (
        pytest.raises(OutputError, match="No space left"),
        open_writer(HashedFile(Full()), name, format) as writer,  # type: ignore[arg-type]
    ):
        writer.add(CHUNK, table if format == "parquet" else text)

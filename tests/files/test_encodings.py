"""Lines in encodings other than UTF-8: the same lines as in UTF-8, and faults at their line and byte."""

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import corpus
from tagger.corpus import Corpus
from tagger.corpus.labelled import LabelledCorpus
from tagger.corpus.raw import RawText
from tagger.corpus.texts import TextCorpus
from tagger.errors import CorpusError
from tagger.files.lines import Line, lines

ENCODINGS = ["utf-8", "utf_8_sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
# 上 and ਊ hold the byte 0x0A in UTF-16 and are no line feeds.
CHARS = st.sampled_from("a上ਊ\u0a00好\n\r𠮷") | st.characters(exclude_categories=["Cs"])


@given(
    st.text(CHARS, min_size=1, max_size=12).filter(lambda text: not text.startswith("\ufeff")),
    st.sampled_from(ENCODINGS),
)
def test_lines_are_those_of_the_text(text: str, encoding: str) -> None:
    wanted = text.split("\n")
    wanted = wanted if wanted[-1] else wanted[:-1]
    found = list(lines(io.BytesIO(text.encode(encoding)), encoding=encoding))
    assert found == [Line(number, line) for number, line in enumerate(wanted, 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_left_out(encoding: str) -> None:
    assert list(lines(io.BytesIO("\ufeff好".encode(encoding)), encoding=encoding)) == [Line(1, "好")]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (
            "我 来\n好\n".encode("gb18030"),
            "utf-8",
            r"x\.seg:1: expected UTF-8, got byte 0xce at offset 0 of the file \(.*\); "
            "give encoding=gb18030, utf-16 or what the file is in, or convert it to UTF-8",
        ),
        ("我\n来".encode("gb18030") + b"\xff\n", "gb18030", r"x\.seg:2: expected gb18030, got byte 0xff at offset 5 "),
        ("我\n来".encode("utf-16-le") + b"\x00\xd8a\0", "utf-16-le", r"x\.seg:2: .* got byte 0x00 at offset 6 of"),
        ("我\n来".encode("utf-16-le") + b"a", "utf-16-le", r"x\.seg:2: .* got byte 0x61 at offset 6 of"),
        (
            "hello\n".encode("utf-16-le"),
            "utf-8",
            r"x\.seg:1: expected UTF-8, .* \(the text is in UTF-16-LE\); give enc",
        ),
        (b"a", "gb18O30", r"x\.seg: expected an encoding such as utf-8, gb18030, .* got 'gb18O30'; correct it"),
        (b"a", "hex", r"x\.seg: expected an encoding such as .* got 'hex'"),
    ],
)
def test_faults_name_line_byte_and_remedy(tmp_path: Path, content: bytes, encoding: str, message: str) -> None:
    path = tmp_path / "x.seg"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        list(corpus.read(path, encoding=encoding))


def test_raw_and_labelled_text_in_an_encoding(tmp_path: Path) -> None:
    for name, content in (
        ("raw.txt", "我来\n好吧\n"),
        ("x.csv", "text,label\n我来,是\n"),
        ("x.jsonl", '{"text": "我来", "label": "是"}\n'),
        ("labels/是/1.txt", "我来"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("gb18030"))
    raw = tmp_path / "raw.txt"
    assert list(RawText.of(raw, [], overlap=9, encoding="gb18030")) == ["我来", "好吧"]
    assert TextCorpus(raw, encoding="gb18030").read() == {"train": ["我来"], "dev": ["好吧"]}
    for corpus_of in (lambda: list(RawText.of(raw, [], overlap=9)), TextCorpus(raw).read):
        with pytest.raises(CorpusError, match=r"raw\.txt:1: expected UTF-8, .* give encoding=gb18030"):
            corpus_of()
    for name in ("x.csv", "x.jsonl", "labels"):
        labelled = LabelledCorpus(train=name, dev=name, root=tmp_path, encoding="gb18030")
        assert labelled.read("train") == [("我来", "是")]
        with pytest.raises(CorpusError, match=r".*: expected (text in utf-8|UTF-8), .* give encoding=gb18030"):
            replace(labelled, encoding="utf-8").read("train")


def test_a_corpus_in_an_encoding(tmp_path: Path) -> None:
    for name, text in (("x.slash.gz", "我/PN 来/VV\n"), ("y.partial.gz", "我在[北京大学/NR]读书\n")):
        (tmp_path / name).write_bytes(gzip.compress(text.encode("gb18030")))
    found = Corpus(train="x.slash.gz", partial="y.partial.gz", root=tmp_path, encoding="gb18030")
    assert [sentence.tags for sentence in found.read("train")] == [("PN", "VV")]
    assert [sentence.text for sentence in found.read_partial()] == ["我在北京大学读书"]

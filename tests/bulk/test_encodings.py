"""Texts in other encodings are tagged as in UTF-8, and bytes that are not of the encoding never pass in silence."""

import gzip
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.bulk.chunks import Sizes, read_chunks
from tagger.errors import InputError
from tagger.tag import main

ENCODINGS = ["gb18030", "big5", "utf-16", "utf-16-be", "utf-32", "utf_8_sig", "iso2022_jp_2"]
# 上 and ਊ hold the byte 0x0A in UTF-16 and are no line feeds; all but ਊ and 😀 are in every encoding here.
EVERYWHERE = st.text("a上好\n ", max_size=40)


@given(EVERYWHERE, st.sampled_from(ENCODINGS), st.integers(4, 12))
def test_chunks_are_those_of_the_text_in_utf8(text: str, encoding: str, size: int) -> None:
    sizes = Sizes(chunk=size, section=3)
    for cut in (False, True):
        wanted = list(read_chunks(io.BytesIO(text.encode()), "x", cut=cut, sizes=sizes))
        found = list(read_chunks(io.BytesIO(text.encode(encoding)), "x", cut=cut, sizes=sizes, encoding=encoding))
        assert b"".join(chunk.data for chunk in found) == text.encode()
        if encoding != "utf_8_sig":
            assert [chunk.number for chunk in found] == [chunk.number for chunk in wanted]


@given(st.text(st.sampled_from("aਊ上\u0a00😀\n") | st.characters(exclude_categories=["Cs"]), max_size=9))
def test_any_characters(text: str) -> None:
    for encoding in ("gb18030", "utf-16-le"):
        chunks = read_chunks(io.BytesIO(text.encode(encoding)), "x", encoding=encoding)
        assert b"".join(chunk.data for chunk in chunks).decode() == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        ("我\n来".encode("gb18030") + b"\xff\nb", "gb18030", r"x\.txt:2: expected gb18030, got byte 0xff at offset 5"),
        (
            "我\n来".encode("utf-16-le"),
            "utf-16",
            r"x\.txt:1: expected utf-16, got .* 0 of the file \(no byte order mark; is it utf-16-le or utf-16-be\?",
        ),
        ("我\n来".encode("utf-16-le") + b"a", "utf-16-le", r"x\.txt:2: expected utf-16-le, got byte 0x61 at offset 6 "),
        (
            "我\n来吧".encode("gb18030"),
            "utf-8",
            r"x\.txt:1: expected UTF-8.* is it GB18030 or Big5\? give --encoding gb",
        ),
        (
            "去北京看朋友。\n".encode("big5"),
            "utf-8",
            r"x\.txt:1: expected UTF-8.* is it Big5\? give --encoding big5, or",
        ),
        (
            b"\xba\xc3\n",
            "utf-8",
            r"x\.txt:1: .* is it GB18030 or Big5\? give --encoding gb18030 or --encoding big5, or",
        ),
        ("去北京。\n".encode("utf-16-le"), "utf-8", r"x\.txt:1: .* is it UTF-16-LE\? give --encoding utf-16-le, or"),
        (b"caf\xe9 au lait\n", "utf-8", r"x\.txt:1: expected UTF-8, got byte 0xe9 at offset 3 .*; convert it, or"),
        (
            "我".encode("utf-16"),
            "utf-8",
            r"x\.txt:1: expected UTF-8.* is it UTF-16\? give --encoding utf-16, or choose",
        ),
        ("我们来".encode() + b"\xff", "utf-8", r"x\.txt:1: expected UTF-8, .* at offset 9 .*; convert it, or choose"),
        (
            "我".encode("gb18030") + b"\xff",
            "big5",
            r"x\.txt:1: expected big5, got byte 0xff .*; give --encoding and what",
        ),
        (
            "我们去北京。".encode(),
            "gb18030",
            r"x\.txt:1: expected gb18030, .* \(the text is in UTF-8\); give --",
        ),
        ("我们去北京。".encode(), "utf-16", r"x\.txt:1: expected utf-16, got .* \(the text is in UTF-8\); give --enc"),
        (b"hello\nca\xff world\n", "utf-8", r"x\.txt:2: expected UTF-8, got byte 0xff at offset 8 .*; convert it, or"),
        (b"caf\xe9 au lait\n", "gb18030", r"x\.txt:1: expected gb18030, got byte 0xe9 at offset 3 of the file"),
        ("\ufeffhello\n".encode(), "gb18030", r"x\.txt:1: expected gb18030, .* \(the text is in UTF-8\)"),
        ("\ufeff我\n".encode(), "utf-16", r"x\.txt:1: expected utf-16, .* \(the text is in UTF-8\)"),
        (
            "喜\n来\n".encode("utf-16-le"),
            "utf-8",
            r"x\.txt:1: .* is it UTF-16-LE\? give --encoding utf-16-le,",
        ),
        (
            "喜\n来\n".encode("utf-16-be"),
            "utf-8",
            r"x\.txt:1: .* is it UTF-16-BE\? give --encoding utf-16-be,",
        ),
        ("hello\n".encode("utf-16-le"), "utf-8", r"x\.txt:1: expected UTF-8, .*; is it UTF-16-LE\? give .* utf-16-le$"),
        ("hello\n".encode("utf-16-be"), "utf-8", r"x\.txt:1: expected UTF-8, .*; is it UTF-16-BE\? give .* utf-16-be$"),
        (b"hello world, " * 4, "utf-16-le", r"x\.txt:1: expected utf-16-le, .* \(the text is in UTF-8\)"),
        (BOM_UTF16_LE + b"a\0", "utf-16-be", r"x\.txt:1: expected utf-16-be, .* \(the text is in UTF-16-LE\)"),
        ("我".encode("utf-32"), "utf-16", r"x\.txt:1: expected utf-16, .* \(the text is in UTF-32\)"),
        ("我".encode("utf-32"), "utf-8", r"x\.txt:1: expected UTF-8.* is it UTF-32\? give --encoding utf-32, or"),
        (b"", "gb18O30", "expected an encoding such as utf-8, gb18030, big5 or utf-16, got 'gb18O30'"),
    ],
)
def test_faults(
    small_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
    encoding: str,
    message: str,
) -> None:
    (tmp_path / "x.txt").write_bytes(data)
    assert main(["-m", str(small_model), str(tmp_path / "x.txt"), "--encoding", encoding]) != 0
    error = capsys.readouterr().err
    with pytest.raises(InputError, match=message):
        raise InputError(error)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("\ufeff我来\n".encode(), "utf-8"),
        ("\ufeff我来\n".encode(), "utf-8-sig"),
        ("我来\n".encode(), "utf-8-sig"),
        ("\ufeff我来\n".encode("gb18030"), "gb18030"),
        ("我来\n".encode("utf-16"), "utf-16"),
        (BOM_UTF16_LE + "我来\n".encode("utf-16-le"), "utf-16-le"),
        (BOM_UTF16_BE + "我来\n".encode("utf-16-be"), "utf-16"),
        ("我来\n".encode("utf-16-be"), "utf-16-be"),
        ("我来\n".encode("utf-32"), "utf-32"),
    ],
)
def test_marks_are_no_text(
    data: bytes, encoding: str, small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.txt").write_bytes(data)
    call = ["-m", str(small_model), str(tmp_path / "x.txt"), "--encoding", encoding, "--format", "segmented"]
    assert main(call) == 0
    assert capsys.readouterr().out.replace(" ", "") == "我来\n"


def test_bad_lines_are_left_out_or_replaced_and_named(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("我\n来".encode("gb18030") + b"\xff\n" + "好\n".encode("gb18030"))
    call = ["-m", str(small_model), str(path), "--encoding", "gb18030", "--format", "segmented", "--errors"]
    assert main([*call, "skip"]) == 0
    skipped = capsys.readouterr()
    assert skipped.out == "我\n好\n"
    assert '"number": 2, "reason": "' in skipped.err
    assert "x.txt:2: expected gb18030, got bytes that are not of it" in skipped.err
    assert main([*call, "replace"]) == 0
    replaced = capsys.readouterr()
    assert replaced.out.replace(" ", "") == "我\n来\ufffd\n好\n"
    assert "x.txt:2: expected gb18030" in replaced.err


def test_a_run_in_an_encoding_and_its_resumption(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt.gz").write_bytes(gzip.compress("我们去北京。\n".encode("utf-16")))
    (texts / "b.jsonl").write_text('{"text": "我们去北京。"}\n', encoding="utf-16")
    out, call = tmp_path / "out", ["-m", str(small_model), str(texts), "--encoding", "utf-16", "--quiet", "-o"]
    assert main([*call, f"{out}/"]) == 0
    slash = (out / "a.slash").read_text(encoding="utf-8")
    assert slash == (out / "b.slash").read_text(encoding="utf-8")
    (out / "a.slash").unlink()
    assert main([*call, f"{out}/", "--resume"]) == 0
    assert (out / "a.slash").read_text(encoding="utf-8") == slash
    call[call.index("utf-16")] = "utf-16-le"
    assert main([*call, f"{out}/", "--resume"]) != 0
    assert "encoding 'utf-16', now 'utf-16-le'" in capsys.readouterr().err

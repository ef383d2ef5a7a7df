"""Inputs without a good row: named, with what was wrong, and not finished."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger.bulk.manifest import FOLDER
from tagger.tag import main

BAD = {
    "b.jsonl.gz": (
        gzip.compress(b'{"content": "x"}\n' * 3),
        "error: 0 of 3 texts of {}/b.jsonl.gz tagged: expected a JSON object with a string 'text', got '{{",
        "; name the field with --field",
    ),
    "d.csv": (
        b"id,comment\n1,x\n2,y\n",
        "error: 0 of 2 texts of {}/d.csv tagged: expected a column 'text', got 'id', 'comment'",
        "; name one of them with --field",
    ),
    "e.csv": (
        "id,text\n1,好\n".encode("gb18030"),
        "error: 0 of 1 texts of {}/e.csv tagged: expected a row with a text in column 'text'",
        "got bytes that are not utf-8; give --encoding and what it is in (gb18030 for gbk)",
    ),
    "f.jsonl": (
        b"text\n",
        "error: 0 of 1 texts of {}/f.jsonl tagged: expected a JSON object with a string 'text', got 'text'",
        ")",
    ),
    "g.jsonl": (
        b'[\n {"text": "x"},\n {"text": "y"}]\n',
        "error: 0 of 3 texts of {}/g.jsonl tagged: expected a JSON object with a string 'text', got '['",
        "convert the file with jq -c '.[]'",
    ),
    "old.txt": (
        "我们去北京。\n好。\n".encode("gb18030"),
        "error: 0 of 2 texts of {}/old.txt tagged: expected UTF-8, got byte 0xce at offset 0",
        "is it GB18030? give --encoding gb18030",
    ),
}


UNREADABLE = {
    "head.csv": (
        "编号,正文\n1,好\n".encode("gb18030"),
        "head.csv:1: expected UTF-8, got byte 0xb1 at offset 0 of the file (invalid start byte); "
        "is it GB18030 or Big5? give --encoding gb18030 or --encoding big5; passed over",
    ),
    "line.csv": (b"\n1,x\n", "line.csv:1: expected the names of columns, got an empty line; correct it; passed over"),
    "not.txt.gz": (b"no gzip", "not.txt.gz: cannot be read (Not a gzipped file (b'no')); is it whole, of the kind"),
    "short.jsonl.gz": (gzip.compress(b'{"text": "x"}\n' * 3)[:-6], "short.jsonl.gz: cannot be read (Compressed file"),
    "empty.parquet": (b"", "empty.parquet: expected a Parquet file, cannot read it (Parquet file size is 0 bytes"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files without a good row, and two that have one."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, (content, _, _) in BAD.items():
        (folder / name).write_bytes(content)
    (folder / "good.txt").write_text("好。\n", encoding="utf-8")
    (folder / "mixed.txt").write_bytes("好。\n".encode() + b"\xff\n")
    return folder


def test_they_are_named_and_not_finished(
    small_model: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call = ["-m", str(small_model), str(folder), "-o", f"{out}/", "--errors", "skip", "--rejects", f"{tmp_path}/bad"]
    assert main([*call, "--quiet"]) == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == len(BAD)
    for line, (_, begin, end) in zip(lines, BAD.values(), strict=True):
        assert line.startswith(begin.format(folder))
        assert end in line
    assert (tmp_path / "bad").read_text(encoding="utf-8").count("\n") == 3 + 2 + 1 + 1 + 3 + 2 + 1
    assert sorted(path.name for path in out.glob("[!.]*")) == ["good.slash", "mixed.slash"]
    assert len(list((out / FOLDER).rglob("*.manifest.json"))) == 2
    (folder / "old.txt").write_text("好。\n", encoding="utf-8")
    for name in BAD.keys() - {"old.txt"}:
        (folder / name).unlink()
    assert main([*call, "--resume"]) == 0
    assert "1 files, 2 done before" in capfd.readouterr().err


def test_files_that_cannot_be_read_are_passed_over(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "data", tmp_path / "out"
    folder.mkdir()
    for name, (content, _) in UNREADABLE.items():
        (folder / name).write_bytes(content)
    pq.write_table(pa.table({"body": ["好"]}), folder / "no.parquet")
    (folder / "zz.txt").write_text("好。\n", encoding="utf-8")
    wanted = [f"error: {folder}/{UNREADABLE[name][1]}" for name in sorted(UNREADABLE)]
    wanted.insert(-2, f"error: 0 of 1 texts of {folder}/no.parquet tagged: expected a column 'text', got body")
    for output in (f"{out}/", str(tmp_path / "all.slash"), str(tmp_path / "all.parquet")):
        call = ["-m", str(small_model), str(folder), "-o", output, "--errors", "skip", "--rejects", f"{tmp_path}/bad"]
        assert main([*call, "--quiet"]) == 1
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == len(wanted)
        for line, begin in zip(lines, sorted(wanted, key=lambda line: line.split("/")[-1]), strict=True):
            assert line.startswith(begin)
    assert [path.name for path in out.glob("[!.]*")] == ["zz.slash"]
    assert (tmp_path / "all.slash").read_text(encoding="utf-8").count("\n") == 1
    long = '{"text": "好。", "more": "%s"}\n' % ("x" * 500_000)
    (tmp_path / "half.jsonl.gz").write_bytes(gzip.compress(long.encode() * 2)[:-9])
    half = ["-m", str(small_model), f"{tmp_path}/half.jsonl.gz", "-o", f"{tmp_path}/half.slash", "--errors", "skip"]
    assert main(half) == 1
    assert "; passed over after 1 texts, which are tagged" in capfd.readouterr().err
    assert (tmp_path / "half.slash").read_text(encoding="utf-8").count("\n") == 1
    for name in UNREADABLE:
        assert main(["-m", str(small_model), str(folder / name), "--quiet"]) == 1
        assert UNREADABLE[name][1].split("; passed")[0] in capfd.readouterr().err


def test_a_file_of_nothing_else(
    small_model: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), str(folder / "old.txt")]
    assert main([*call, "-o", f"{tmp_path}/a.slash", "--errors", "skip"]) == 1
    assert not (tmp_path / "a.slash").exists()
    (tmp_path / "a.slash").write_text("of an earlier run")
    assert main([*call, "-o", f"{tmp_path}/a.slash", "--errors", "skip"]) == 1
    assert (tmp_path / "a.slash").read_text() == "of an earlier run"
    assert main([*call, str(folder / "good.txt"), "-o", f"{tmp_path}/b.slash", "--errors", "skip"]) == 1
    assert (tmp_path / "b.slash").read_text(encoding="utf-8").count("\n") == 1
    capfd.readouterr()
    assert main([*call, "--errors", "replace"]) == 0
    assert f"note: all 2 texts of {folder}/old.txt were bad and are replaced: expected UTF-8" in capfd.readouterr().err

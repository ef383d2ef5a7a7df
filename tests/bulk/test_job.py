"""Files in, files out, through the command: whole or not there, done once."""

import gzip
import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger import corpus
from tagger.bulk.counts import RunCounts
from tagger.bulk.inputs import find_inputs
from tagger.bulk.job import Job, lock_folder, tag_to_folder
from tagger.bulk.manifest import FOLDER
from tagger.bulk.pool import InProcess
from tagger.bulk.worker import FileTagger
from tagger.errors import InputError
from tagger.tag import main
from tagger.tagging.tagger import Tagger

LINES = ["我喜欢北京。", "", "iPhone 15 卖 5999 元。", " 好\r"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "sub/.hidden"):
        (folder / name).write_text("\n".join(LINES) + "\n", encoding="utf-8")
    (folder / "c.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in LINES))
    (folder / "d.txt.gz").write_bytes(gzip.compress("\n".join(LINES).encode()))
    pq.write_table(pa.table({"text": LINES}), folder / "e.parquet")
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


def failed(capfd: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 1
    return capfd.readouterr().err


def test_a_folder_becomes_a_folder_whatever_holds_the_texts(
    small_model: Path, small_tagger: Tagger, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = "".join(corpus.format_sentence(s, "slash") for s in small_tagger.tag(LINES)).encode()
    for n in ("1", "2"):
        call = ["-m", str(small_model), str(data), "-o", str(tmp_path / n) + "/", "--workers", n]
        assert main(call) == 0
        assert everything(tmp_path / n) == dict.fromkeys(
            ["a.slash", "c.slash", "d.slash", "e.slash", "sub/b.slash"], wanted
        )
        assert f"5 files: {5 * len(LINES)} texts" in capfd.readouterr().err
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "1").rglob("*.slash")}
    assert main(["-m", str(small_model), str(data), "-o", str(tmp_path / "1"), "--resume"]) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "1").rglob("*.slash")}
    assert "0 files, 5 done before" in capfd.readouterr().err


def test_two_inputs_of_one_name_and_stdin_have_no_output(small_model: Path, data: Path) -> None:
    tagger = FileTagger(str(small_model))
    (data / "a.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.jsonl and .*a\.txt both become a\.slash; tag them in two runs"):
        Job(tagger, find_inputs([str(data)], None).files).output_names()
    with pytest.raises(InputError, match="expected files for a folder of outputs, got stdin"):
        Job(tagger, find_inputs(["-"], None).files).output_names()


def test_compressed_outputs(small_model: Path, data: Path, tmp_path: Path) -> None:
    assert main(["-m", str(small_model), str(data / "sub"), "-o", f"{tmp_path}/gz/", "--compress", "gz"]) == 0
    assert main(["-m", str(small_model), str(data / "sub"), "-o", f"{tmp_path}/b.slash"]) == 0
    assert gzip.decompress((tmp_path / "gz/b.slash.gz").read_bytes()) == (tmp_path / "b.slash").read_bytes()


@pytest.mark.parametrize("change", ["content", "kind", "output"])
def test_what_changed_is_done_again(
    small_model: Path, data: Path, tmp_path: Path, change: str, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), str(data / "c.jsonl"), "-o", f"{tmp_path}/out/", "--format", "segmented"]
    assert main(call) == 0
    first = everything(tmp_path / "out")
    if change == "content":
        (data / "c.jsonl").write_text('{"text": "好"}\n', encoding="utf-8")
    elif change == "kind":
        call += ["--input", "text"]
    else:
        (tmp_path / "out/c.seg").write_bytes(b"cut short")
    capfd.readouterr()
    assert main([*call, "--resume"]) == 0
    assert "1 files:" in capfd.readouterr().err
    assert (everything(tmp_path / "out") == first) == (change == "output")


def test_another_run_is_refused_and_leftovers_go(
    small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call = ["-m", str(small_model), str(data / "a.txt"), "-o", f"{out}/"]
    assert main(call) == 0
    (out / ".tmp-12-x.slash").write_bytes(b"half")
    (out / FOLDER / ".tmp-12-run.json").write_bytes(b"half")
    (out / ".tmp-mine").mkdir()
    assert "(format 'slash', now 'jsonl')" in failed(capfd, *call, "--resume", "--format", "jsonl")
    assert main([*call, "--resume"]) == 0
    assert sorted(path.name for path in out.rglob(".tmp-*")) == [".tmp-mine"]
    with lock_folder(out):
        assert "expected no other run writing here, found one" in failed(capfd, *call)


def test_a_run_that_an_error_stopped_is_not_overwritten_unasked(
    small_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (data / "a.txt").write_text("好。\n", encoding="utf-8")
    (data / "b.txt").write_bytes(b"\xff\n")
    call = ["-m", str(small_model), str(data), "-o", f"{out}/"]
    assert "b.txt:1: expected UTF-8" in failed(capfd, *call)
    for options in ([], ["--errors", "skip"]):
        assert "--overwrite begins anew" in failed(capfd, *call, *options)
    (data / "b.txt").write_text("好。\n", encoding="utf-8")
    assert main([*call, "--resume"]) == 0
    assert "1 files, 1 done before" in capfd.readouterr().err
    assert main(call) == 0
    assert "2 files: 2 texts" in capfd.readouterr().err


def test_an_output_is_never_an_input(
    small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("f/g/c.txt", "好\n"), ("g/c.jsonl", '{"text": "好"}\n')):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_text(content, encoding="utf-8")
    before = everything(data)
    model, out = ("-m", small_model), tmp_path / "out"
    for arguments in (
        (data / "a.txt", "-o", data / "a.txt"),
        (data / "c.jsonl", "-o", f"{data}/", "--format", "jsonl"),
        (data, "-o", f"{data}/"),
        (data, "-o", f"{data}/sub/"),
        (data / "a.txt", "-o", out, "--rejects", data / "a.txt"),
        (data / "a.txt", "-o", out, "--rejects", out),
        (data / "f", data / "g/c.jsonl", "-o", f"{data}/", "--format", "jsonl"),  # f/g/c.txt becomes g/c.jsonl
    ):
        assert "; name another f" in failed(capfd, *model, *arguments)
        assert everything(data) == before


def test_one_file_for_several_inputs_is_said(
    small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), str(data / "a.txt"), str(data / "sub/b.txt"), "-o"]
    note = "one file for all 2 inputs; a slash at its end"
    for name, is_said in (("words.slash", False), ("out", True), ("out", False), ("folder/", False)):
        assert main([*call, str(tmp_path) + "/" + name]) == 0
        assert (note in capfd.readouterr().err) == is_said
    assert (tmp_path / "out").read_bytes() == b"".join(everything(tmp_path / "folder").values())


def test_a_dash_is_stdout(small_model: Path, data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    call = ["-m", str(small_model), str(data / "a.txt")]
    assert main(call) == main([*call, "-o", "-"]) == 0
    words = capfdbinary.readouterr().out
    assert words[: len(words) // 2] == words[len(words) // 2 :] != b""


def test_what_cannot_be_read_or_written(
    small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, text, out = ("-m", small_model), data / "a.txt", tmp_path / "out.slash"
    assert "no folder" in failed(capfd, *model, text, "-o", tmp_path / "no/out.slash")
    assert "no folder" in failed(capfd, *model, text, "-o", out, "--rejects", tmp_path / "no/bad.jsonl")
    assert "for --resume, --overwrite and --compress" in failed(capfd, *model, text, "-o", out, "--resume")
    assert "got stdout" in failed(capfd, *model, text, "--format", "parquet")
    for name, content in (("x.gz", b"no gzip"), ("x.zst", b"no zstd"), ("x.parquet", b"no table")):
        (data / name).write_bytes(content)
        assert f"{data / name}: " in failed(capfd, *model, data / name, "-o", out)
    (data / "y.gz").write_bytes(gzip.compress(os.urandom(9999))[:5000])
    assert "cannot be read" in failed(capfd, *model, data / "y.gz", "-o", out, "--errors", "skip")
    real = Path.open

    def forbidden(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if path == text:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", forbidden)
    message = failed(capfd, *model, text, "-o", out)
    assert f"{text}: cannot be read" in message
    assert "Permission denied" in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize("format", ["slash", "parquet"])
@pytest.mark.parametrize("folder", [False, True])
def test_a_full_disk_leaves_nothing(
    small_model: Path,
    data: Path,
    tmp_path: Path,
    format: str,
    folder: bool,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    (data / "a.txt").write_text("".join(f"我喜欢北京{i}。\n" for i in range(2000)), encoding="utf-8")
    call = ["-m", small_model, data / "a.txt", "-o", f"{out}/" if folder else out, "--format", format]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))  # no file of this process may become larger
    try:
        message = failed(capfd, *call)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert message.endswith(f"cannot write {call[4]}: [Errno 27] File too large\n")
    assert not out.exists() or everything(out) == {}
    assert main([*map(str, call), *(["--resume"] if folder else [])]) == 0


def test_devices_are_written_not_replaced(small_model: Path, data: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE) as reader:
        assert main(["-m", str(small_model), str(data / "a.txt"), "-o", str(fifo), "--quiet"]) == 0
        found, _ = reader.communicate(timeout=30)
    assert fifo.is_fifo()
    assert found.count(b"\n") == len(LINES)


def test_a_file_that_changes_while_it_is_read(small_model: Path, data: Path, tmp_path: Path) -> None:
    tagger = FileTagger(str(small_model))
    job = Job(tagger, find_inputs([str(data / "a.txt")], None).files)

    def change_input(counts: RunCounts) -> None:
        with (data / "a.txt").open("ab") as file:
            file.write(b"more\n")

    with pytest.raises(InputError, match="it changed while it was read"):
        tag_to_folder(job, InProcess(tagger), tmp_path / "out", report=change_input)
    assert everything(tmp_path / "out") == {}


def test_a_dry_run_writes_nothing(
    small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    for source, n in ((data, 5), (tmp_path / "empty.gz", 1)):
        assert main(["-m", str(small_model), str(source), "-o", f"{tmp_path}/out/", "--dry-run"]) == 0
        out = capfd.readouterr().out
        assert f"\n{n} files, " in out
        assert out.endswith(", too little text to estimate the time\n")
    (data / "odd.csv").write_bytes("编号,正文\n1,好\n".encode("gb18030"))
    (data / "long.txt").write_text("我喜欢北京。\n" * 600, encoding="utf-8")
    assert main(["-m", str(small_model), str(data), "--dry-run"]) == 0
    out = capfd.readouterr().out
    assert ", about " in out
    assert "/odd.csv: looks like gb18030 or big5; give --encoding gb18030; columns '编号', '正文'; give --field" in out
    assert not (tmp_path / "out").exists()


def test_standard_output_on_a_full_disk(small_model: Path, data: Path) -> None:
    call = [sys.executable, "-m", "tagger.tag", "-m", str(small_model), str(data / "a.txt")]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.stderr.decode() == "error: cannot write stdout: [Errno 28] No space left on device\n"
    assert done.returncode == 1


def test_stdin_is_an_input_like_others(
    small_model: Path, data: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["-m", str(small_model), str(data / "a.txt")]) == 0
    wanted = capfdbinary.readouterr().out
    for name, *options in (["a.txt"], ["c.jsonl", "--input", "jsonl"]):
        stdin = io.TextIOWrapper(io.BytesIO((data / name).read_bytes()))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["-m", str(small_model), "-", *options]) == 0
        assert capfdbinary.readouterr().out == wanted

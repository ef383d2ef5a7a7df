"""Ray, local, two workers: the same answers as the command alone, exactly once."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger.bulk.cluster import TagFiles, find_remote_inputs, tag_on_ray
from tagger.bulk.job import Job
from tagger.bulk.manifest import FOLDER, describe_run
from tagger.bulk.worker import FileTagger
from tagger.errors import InputError
from tagger.tag import main

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LINES = ["我喜欢北京。", "", "iPhone 15 卖 5999 元。"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "sub").mkdir()
    for name in ("a.txt", "sub/b.txt", ".hidden"):
        (folder / name).write_text("\n".join(LINES), encoding="utf-8")
    pq.write_table(pa.table({"text": [*LINES, None], "id": [1, 2, 3, 4]}), folder / "c.parquet")
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


def row(data: Path, name: str, output: str) -> dict[str, str]:
    return {"path": f"file://{data / name}", "name": name, "kind": "text", "output": output}


def test_ray_gives_what_the_command_gives_and_resumes(
    cluster: None, small_model: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), str(data), "--format", "parquet", "--errors", "replace"]
    assert main([*call, "-o", f"{tmp_path}/local/"]) == 0
    assert main([*call, "-o", f"{tmp_path}/ray/", "--engine", "ray", "--workers", "2"]) == 0
    assert everything(tmp_path / "ray") == everything(tmp_path / "local")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "ray").iterdir()}
    (tmp_path / "ray/sub").joinpath("b.parquet").unlink()
    capfd.readouterr()
    assert main([*call, "-o", f"{tmp_path}/ray/", "--engine", "ray", "--workers", "2", "--resume"]) == 0
    assert "1 files, 2 done before" in capfd.readouterr().err
    assert everything(tmp_path / "ray") == everything(tmp_path / "local")
    for path, time in before.items():
        assert path.is_dir() or path.stat().st_mtime_ns == time
    assert main([*call, "-o", f"{tmp_path}/ray/", "--engine", "ray", "--resume", "--no-presegment"]) == 1
    assert "presegment True, now False" in capfd.readouterr().err


def test_a_dry_run_looks_at_what_the_urls_hold(
    small_model: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["-m", str(small_model), str(data), "--dry-run", "-o", f"{tmp_path}/out/"]
    assert main(call) == 0
    wanted = capsys.readouterr().out
    assert main([*call, "--engine", "ray"]) == 0
    assert capsys.readouterr().out.replace("file://", "") == wanted
    assert not (tmp_path / "out").exists()


def test_what_goes_wrong_on_an_actor_is_said_in_one_line(cluster: None, small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"ok\n\xff")
    with pytest.raises(InputError) as raised:
        tag_on_ray(
            Job(FileTagger(str(small_model)), find_remote_inputs([str(tmp_path / "bad.txt")], None)),
            f"{tmp_path}/out",
            2,
        )
    assert str(raised.value).startswith(f"file://{tmp_path}/bad.txt:2: expected UTF-8, got byte 0xff")
    assert "\n" not in str(raised.value)
    assert everything(tmp_path / "out") == {}


def test_a_task_that_runs_again_leaves_one_output(small_model: Path, data: Path, tmp_path: Path) -> None:
    tagger = FileTagger(str(small_model))
    assert main(["-m", str(small_model), str(data / "a.txt"), "-o", f"{tmp_path}/a.txt", "--format", "slash"]) == 0
    wanted = (tmp_path / "a.txt").read_bytes()
    (tmp_path / "a.txt").unlink()
    actor = TagFiles(tagger, str(tmp_path), describe_run(tagger), resume=False)
    first = actor(row(data, "a.txt", "a.slash"))
    again = actor(row(data, "a.txt", "a.slash"))
    assert first == again
    assert everything(tmp_path) == {"a.slash": wanted}
    manifest = json.loads((tmp_path / FOLDER / "a.slash.manifest.json").read_text(encoding="utf-8"))
    assert manifest["output"]["size"] == (tmp_path / "a.slash").stat().st_size
    assert manifest["texts"] == len(LINES)


def test_a_changed_input_of_the_same_size_is_done_again(small_model: Path, tmp_path: Path) -> None:
    tagger = FileTagger(str(small_model))
    (tmp_path / "a.txt").write_bytes(b"a\n")
    actor = TagFiles(tagger, f"{tmp_path}/out", describe_run(tagger), resume=True)
    assert not actor(row(tmp_path, "a.txt", "a.slash"))["skipped"]
    assert actor(row(tmp_path, "a.txt", "a.slash"))["skipped"]
    (tmp_path / "a.txt").write_bytes(b"b\n")
    assert not actor(row(tmp_path, "a.txt", "a.slash"))["skipped"]
    assert (tmp_path / "out/a.slash").read_bytes().startswith(b"b/")


def test_a_task_that_fails_leaves_nothing(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    tagger = replace(FileTagger(str(small_model)), format="segmented")
    actor = TagFiles(tagger, f"{tmp_path}/out", describe_run(tagger), resume=False)
    with pytest.raises(InputError, match=r"bad\.txt:1: expected UTF-8"):
        actor.tag(row(tmp_path, "bad.txt", "bad.seg"))
    assert everything(tmp_path / "out") == {}


def test_names_of_inputs_and_an_output_that_is_one(small_model: Path, data: Path) -> None:
    sources = find_remote_inputs([str(data)], None)
    assert [(source.name, source.kind) for source in sources] == [
        ("a.txt", "text"), ("c.parquet", "parquet"), ("sub/b.txt", "text"),
    ]  # fmt: skip
    assert [source.name for source in find_remote_inputs([f"{data}/*.txt"], "jsonl")] == ["a.txt"]
    for missing in (f"{data}/no", f"{data}/no*"):
        with pytest.raises(InputError, match="expected files, found none"):
            find_remote_inputs([missing], None)
    with pytest.raises(InputError, match="expected a path that fsspec can open"):
        find_remote_inputs(["nothing://a"], None)
    with pytest.raises(InputError, match="expected an output that is no input"):
        tag_on_ray(
            Job(FileTagger(str(small_model), "parquet"), find_remote_inputs([f"{data}/c.parquet"], None)),
            str(data),
            1,
        )

"""A run that a signal stops: nothing half-written, and no process left."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def children(pid: int) -> list[int]:
    """Living processes that `pid` began, by way of /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if entry.name.isdecimal() and int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped(small_model: Path, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.txt").write_text("我喜欢北京。\n", encoding="utf-8")
    (tmp_path / "data/b.txt").write_text("我喜欢北京。\n" * 400_000, encoding="utf-8")
    out = tmp_path / "out"
    call = [sys.executable, "-m", "tagger.tag", "-m", str(small_model), str(tmp_path / "data"), "-o", f"{out}/"]
    with subprocess.Popen([*call, "--workers", "2"], stderr=subprocess.PIPE) as process:
        while not list(out.glob(".tmp-*-b.slash")) and process.poll() is None:
            time.sleep(0.01)
        workers = children(process.pid)
        assert len(workers) >= 2
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number
        assert b"interrupted: nothing half-written; run the same command with --resume to continue" in errors
    assert [path.name for path in out.rglob(".tmp-*") if number != signal.SIGKILL] == []
    assert sorted(path.name for path in out.glob("[!.]*")) == ["a.slash"]
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]

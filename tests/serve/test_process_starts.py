"""Processes of a service that cannot be started: at first, and later in place of one that ended."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from service import ROOT, Service, kill_one


def test_what_cannot_start_says_why_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "serve", "--processes", "3", "--port", "0", "--model", str(tmp_path / "none.onnx")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("expected a model file, found none") == 1


@pytest.mark.parametrize(
    ("processes", "n_files", "wanted", "most"),
    [("1", 200, "264 open files", 136), ("2", 150, "164 open files in each of 2 processes", 172)],
)
def test_more_connections_than_open_files_are_refused(
    processes: str, n_files: int, wanted: str, most: int, small_model: Path
) -> None:
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2); "
    code += "from serve.__main__ import main; sys.exit(main(sys.argv[2:]))"
    flags = ["--processes", processes, "--max-connections", "200", "--port", "0", "--model", str(small_model)]
    done = subprocess.run(
        [sys.executable, "-c", code, str(n_files), *flags],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        f"error: expected {wanted} for --max-connections 200, the system allows {n_files}; raise that (ulimit -n), "
        f"or set --max-connections to at most {most}"
    ]


def run_with(python: Path, *arguments: str | Path) -> list[str]:
    """The command of a service whose processes are started with another Python than its own."""
    code = "import sys; sys.executable = sys.argv[1]; from serve.__main__ import main; sys.exit(main(sys.argv[2:]))"
    return [sys.executable, "-c", code, str(python), "--processes", "2", "--port", "0", *map(str, arguments)]


def write_program(path: Path, lines: str, mode: int = 0o755) -> Path:
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("lines", "mode", "end"),
    [
        ("exit 0", 0o644, {"reason": r"expected user \d+ to start .*, got: .*Permission denied.*; let this user .*"}),
        ("exit 0", 0o755, {"status": 0, "reason": "it ended before it was ready; see the log"}),
        ("exit 3", 0o755, {"status": 3, "reason": "it ended before it was ready; see the log"}),
        ("kill -9 $$", 0o755, {"status": -9, "reason": "it ended before it was ready; see the log"}),
    ],
)
def test_a_service_whose_processes_cannot_start_ends(
    lines: str, mode: int, end: dict[str, Any], small_model: Path, tmp_path: Path
) -> None:
    python = write_program(tmp_path / "python", lines, mode)
    command = run_with(python, "--model", small_model)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    settings, failed = map(json.loads, done.stderr.splitlines())
    assert (settings["event"], failed["event"], failed["process"]) == ("settings", "process cannot start", 0)
    assert failed.get("status") == end.get("status")
    assert re.fullmatch(end["reason"], failed["reason"])


def test_the_first_process_alone_says_why_it_cannot_start(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"no model")
    command = run_with(Path(sys.executable), "--model", model)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    settings, refusal = done.stderr.splitlines()
    assert json.loads(settings)["event"] == "settings"
    assert refusal.startswith(f"error: {model}: expected ")


def test_a_process_that_cannot_be_started_again_is_tried_after_growing_pauses(
    small_model: Path, tmp_path: Path
) -> None:
    python = write_program(tmp_path / "python", f'exec {sys.executable} "$@"')
    with Service("--model", small_model, command=run_with(python, "--drain-seconds", "0")) as service:
        python.chmod(0o644)
        kill_one(service)
        assert "restart_seconds" in service.wait_for("process ended")
        failed = [service.wait_for("process cannot start") for _ in range(3)]
        assert [event["failed_starts"] for event in failed] == [1, 2, 3]
        assert all("Permission denied" in event["reason"] for event in failed)
        pauses = [event["restart_seconds"] for event in failed]
        assert pauses == sorted(set(pauses))
        assert service.client.get("/readyz").json()["processes"] == {"ready": 1, "wanted": 2}
        python.chmod(0o755)
        service.wait_for("process ready")
    assert service.process.returncode == 0

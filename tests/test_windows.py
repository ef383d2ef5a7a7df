"""What tags and what serves can be imported where Python is as on Windows, and files are tagged there.

Windows has no fcntl, no SIGHUP, no sched_getaffinity and no signal handlers of event loops. This is a simulation: the
libraries are imported before the names are taken away, and `msvcrt` is ours.
"""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, importlib, os, pkgutil, signal, sys, types
import grpc, numpy, onnxruntime, pyarrow.parquet, uvicorn, starlette.applications, starlette.testclient
import concurrent.futures, multiprocessing.connection, subprocess, tempfile, zipfile

def locking(handle, mode, n_bytes):
    held.append(n_bytes)
    if len(held) > 1:
        raise PermissionError("held")

held = []
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
sys.modules["fcntl"] = sys.modules["resource"] = sys.modules["uvloop"] = None
del signal.SIGHUP, os.sched_getaffinity, os.fork, asyncio.AbstractEventLoop.add_signal_handler
sys.platform = "win32"

import serve, tagger
for package in (serve, *(importlib.import_module(f"tagger.{room}") for room in ROOMS)):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

from tagger.tag import main
status = [main(["text.txt", "-o", "out/", "--format", "segmented"]) for _ in range(2)]
assert status == [0, 1] and held == [1, 1], (status, held)
"""
ROOMS = ("files", "text", "corpus", "scores", "decoding", "modelfile", "tagging", "bulk", "evaluation", "visual")


def test_what_windows_lacks_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("我喜欢北京。\n", encoding="utf-8")
    program = f"ROOMS = {ROOMS!r}\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "error: out: expected no other run writing here, found one;" in done.stderr
    [output] = (tmp_path / "out").glob("text.*")
    assert output.read_text(encoding="utf-8") == "我 喜欢 北京 。\n"

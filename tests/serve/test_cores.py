"""Cores that the service may use, and the processes and threads that follow from them."""

import os
from pathlib import Path

import pytest

from serve.cores import available_cores
from serve.settings import read


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 64),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"}, 64),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "20000 100000\n"}, 1),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "9900000 100000\n"}, 64),
        (
            {
                "proc/self/cgroup": "3:cpuset:/d\n2:cpu,cpuacct:/d\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            3,
        ),
    ],
)
def test_cores_by_quota(files: dict[str, str], cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(("n_cores", "cores"), [(8, 8), (None, 1)])
def test_cores_where_the_system_does_not_say_which_a_process_may_use(
    n_cores: int | None, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS and Windows."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: n_cores)
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(
    ("arguments", "cores", "processes", "workers"),
    [
        ([], 1, 1, 1),
        ([], 8, 8, 1),
        (["--workers", "2"], 8, 4, 2),
        (["--workers", "16"], 8, 1, 16),
        (["--processes", "1"], 8, 1, 8),
        (["--processes", "3"], 8, 3, 1),
        (["--processes", "3", "--workers", "2"], 8, 3, 2),
    ],
)
def test_processes_and_threads(
    arguments: list[str], cores: int, processes: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve.settings.available_cores", lambda: cores)
    settings = read(["--model", "a.onnx", *arguments], {})
    assert (settings.n_processes, settings.n_workers) == (processes, workers)

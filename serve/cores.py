"""How many cores the process may use: those it may run on, within the quota of its control group."""

import math
import os
from collections.abc import Iterator
from pathlib import Path


def available_cores(root: Path = Path("/")) -> int:
    """The number of cores, at least 1; a quota of a part of a core counts as a whole one.

    `root` is where `proc` and `sys` lie. A host with 64 cores whose container has a quota of 2 has 2.
    """
    # macOS and Windows do not say which cores a process may run on.
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (quota for folder in _groups(root) if (quota := _quota(folder)) is not None)
    return max(1, min(n_cores, math.ceil(min(quotas, default=n_cores))))


def _groups(root: Path) -> Iterator[Path]:
    """The folders of the control groups of this process and of those above them.

    A container may see the path of its group as the host does, while its own group is mounted at the top, so the
    search ends at the top.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / controllers
        folder = top / path.lstrip("/")
        yield folder
        yield from (parent for parent in folder.parents if parent.is_relative_to(top))


def _quota(folder: Path) -> float | None:
    """The cores that a control group may use, None without a limit; version 2 has one file, version 1 two."""
    try:
        if (limit := folder / "cpu.max").is_file():
            quota, period = limit.read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text()
        return None if quota in ("max", "-1") else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None

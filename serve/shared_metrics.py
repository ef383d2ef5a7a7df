"""Figures that several processes write into files of one folder, so that each of them can tell the figures of all.

The folder is that of prometheus_client's multiprocess mode, which its variable names. It lies in memory where it can.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, cast

from tagger.errors import TaggerError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")
_COUNTS = "processes.json"


class SharedFolderError(TaggerError):
    """There is nowhere to share figures."""


@dataclass(frozen=True)
class ProcessCounts:
    """How many processes a service wants, how many are ready, and how many have ended by themselves so far."""

    wanted: int
    ready: int
    ended: int

    @classmethod
    def read(cls) -> Self | None:
        """What the parent of this process has told; None without a parent."""
        folder = os.environ.get(VARIABLE)
        path = Path(folder, _COUNTS) if folder else None
        return cls(**json.loads(path.read_text())) if path and path.exists() else None

    def tell(self, folder: Path) -> None:
        """Let the processes that share the folder know."""
        replace(folder / _COUNTS, json.dumps(asdict(self)).encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file so that others see all of it or its predecessor. Raises OSError when there is no room."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder for the figures, removed after the block. Raises SharedFolderError when nothing can be written."""
    parent = MEMORY if os.access(MEMORY, os.W_OK) else None
    try:
        folder = Path(tempfile.mkdtemp(prefix="tagger-metrics-", dir=parent))
    except OSError as error:
        raise SharedFolderError(
            f"expected a folder to share figures between processes, got: {error}; "
            "make /dev/shm or TMPDIR writable, or use --processes 1"
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def identify(index: int) -> None:
    """Let this process write under its number, so that its successor goes on counting. To call before any figure."""
    from prometheus_client import values

    make_class = cast("Callable[..., Any]", values.MultiProcessValue)
    values.ValueClass = make_class(lambda: index)


def forget(folder: Path, index: int) -> None:
    """Remove what ended with a process: figures such as its requests under way, and what it answered to orders. Its
    counters stay."""
    for path in (*folder.glob(f"gauge_live*_{index}.db"), answer_path(folder, index)):
        path.unlink(missing_ok=True)


def answer_path(folder: Path, index: int | str) -> Path:
    """Where a process answers an order, from when it is ready until it has ended."""
    return folder / f"answer-{index}.json"


def explain_end(index: int, reason: str) -> None:
    """Tell the parent why this process cannot start, if there is room for it."""
    with suppress(OSError):
        replace(_reason(Path(os.environ[VARIABLE]), index), reason.encode())


def read_explanation(folder: Path, index: int) -> str:
    """Why a process could not start, empty unless it said so; the next start is asked anew."""
    path = _reason(folder, index)
    if not path.exists():
        return ""
    reason = path.read_text()
    path.unlink()
    return reason


def _reason(folder: Path, index: int) -> Path:
    return folder / f"reason-{index}.txt"

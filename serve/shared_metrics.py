"""Figures that several processes write into files of one folder, so that each of them can tell the figures of all.

The folder is that of prometheus_client's multiprocess mode, which its variable names. It lies in memory where it can.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tagger.errors import TaggerError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")


class SharedFolderError(TaggerError):
    """There is nowhere to share figures."""


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
    """Remove the figures that ended with a process, such as its requests under way; its counters stay."""
    for path in folder.glob(f"gauge_live*_{index}.db"):
        path.unlink(missing_ok=True)

"""Files that are written as a whole or not at all; and files of JSON and of arrays."""

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def publishing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, which is renamed to it when the block ends without an error, else deleted. A
    block that deletes it itself publishes nothing.

    The temporary name has the same suffixes, for writers that choose a compression by name. If `path` is a device or
    a pipe, it is not replaced: the block gets `path` itself. Raises OSError that names `path` when the folder is
    missing or the disk is full.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        yield target
        return
    try:
        handle, name = tempfile.mkstemp(prefix=".tmp-", suffix=f"-{target.name}", dir=target.parent)
    except OSError as error:
        error.filename = str(path)  # the user did not name the temporary file
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if not temporary.exists():
            return
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes private files; this one gets the permissions of any other new file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, values: Any) -> None:
    """Writes values as indented JSON. Raises OSError when the file cannot be written."""
    with publishing(path) as temporary:
        temporary.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def arrays(path: str | Path) -> dict[str, Any]:
    """The arrays of an `.npz` file by their names. Raises ValueError when the file cannot be read, or is no such
    file."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as members:
            return {name: members[name] for name in members.files}
    except (OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(str(error)) from error

"""Files that appear whole or not at all, and arrays read from them."""

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
    """A temporary path beside `path`, renamed to it when the block ends well and removed when it does not.

    The temporary name keeps the suffixes, so that writers that choose a compression by name still do.
    What is there and no file (a device, a pipe) is written as it is: it must not be replaced by a file.
    Raises OSError as the file system does, with this path: folder missing, disk full.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        yield target
        return
    try:
        handle, name = tempfile.mkstemp(prefix=".tmp-", suffix=f"-{target.name}", dir=target.parent)
    except OSError as error:
        error.filename = str(path)  # the temporary file is none that the user named
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes files private; a published file has the permissions of any other new file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, values: Any) -> None:
    """Values as a JSON file to read. Raises OSError."""
    with publishing(path) as temporary:
        temporary.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def arrays(path: str | Path) -> dict[str, Any]:
    """The arrays of an `.npz` file by their names. Raises ValueError for what is none, or cannot be read."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(str(error)) from error

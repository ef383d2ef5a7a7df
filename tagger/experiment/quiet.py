"""What a training prints, kept in a file of its folder."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path


@contextmanager
def output_in(path: Path) -> Iterator[None]:
    """Everything that is printed in this block goes into a new file."""
    with path.open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        yield

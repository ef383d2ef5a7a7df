"""Lines that a command writes to a file or to stdout."""

import sys
from collections.abc import Iterable
from pathlib import Path

from .atomic import publishing
from .lines import open_text


def write_lines(lines: Iterable[str], output: str | Path | None) -> None:
    """Writes lines, each with its line feed, to a file, compressed if its name says so and whole or not there, or,
    without an `output`, to stdout.

    A lone surrogate takes three bytes, as Python's `surrogatepass` writes it. Raises OSError when the output cannot be
    written, and CorpusError for `.zst` when zstandard is not installed.
    """
    if output:
        with publishing(output) as path, open_text(path, errors="surrogatepass") as file:
            file.writelines(lines)
    else:
        for line in lines:
            sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()

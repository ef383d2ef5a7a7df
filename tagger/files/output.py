"""Outputs of commands: their names, and lines that go to a file or to stdout."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from .atomic import publishing
from .lines import open_text


def write_lines(lines: Iterable[str], output: str | Path | None) -> None:
    """Writes lines, each with its line feed, to a file, compressed if its name says so and whole or not there, or,
    without an `output`, to stdout.

    A lone surrogate takes three bytes, as Python's `surrogatepass` writes it. Raises OSError when the output cannot be
    written, and MissingExtraError for `.zst` when zstandard is not installed.
    """
    if output:
        with publishing(output) as path, open_text(path, errors="surrogatepass") as file:
            file.writelines(lines)
    else:
        for line in lines:
            sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()


def add_output(p: argparse.ArgumentParser) -> None:
    """The option `--output`, for commands that write lines."""
    p.add_argument(
        "-o",
        "--output",
        type=file_or_stdout,
        metavar="OUT",
        help="a file, whole or not there; - is stdout, the default",
    )


def file_or_stdout(name: str) -> str | None:
    """The type of an option that names an output: `-` is stdout, as without the option."""
    return None if name == "-" else name


def file_to_write(name: str) -> str:
    """The type of an option that names an output which is always a file."""
    if name == "-":
        raise argparse.ArgumentTypeError("expected the name of a file, got -, and stdout cannot hold this; name one")
    return name

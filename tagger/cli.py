"""How a command runs: its parser, its refusals in one line, and where the configurations lie."""

import argparse
import difflib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from . import __version__
from .errors import TaggerError, UsageError

_PACKAGE = Path(__file__).parent
# A wheel ships the configurations inside the package; a checkout has them beside it.
CONF = _PACKAGE / "conf" if (_PACKAGE / "conf").is_dir() else _PACKAGE.parent / "conf"

EXIT_STATUS = "exit status: 0 done, 1 an error (named on stderr), 2 wrong usage"

# The extra of pyproject.toml that installs a third-party module.
EXTRAS = {
    **dict.fromkeys(
        ("torch", "lightning", "hydra", "omegaconf", "torchmetrics", "onnx", "tensorboard"),
        "train",
    ),
    **dict.fromkeys(("starlette", "uvicorn", "httptools", "orjson", "prometheus_client"), "serve"),
    **dict.fromkeys(("ray", "fsspec"), "ray"),
    "rich": "inspect",
    "gensim": "pretrain",
    "matplotlib": "plot",
    "zstandard": "zstd",
    "daachorse": "dictionary",
    "pyarrow": "parquet",
}


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line; options may stand before, between and after the files."""

    def parse(self, arguments: Sequence[str] | None = None) -> argparse.Namespace:
        """The options of a command line, that of the process by default. Ends the process at wrong usage."""
        return self.parse_intermixed_args(None if arguments is None else list(arguments))

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments: "):
            word = message.removeprefix("unrecognized arguments: ").split(" ")[0]
            flags = (flag for action in self._actions for flag in action.option_strings)
            message = f"expected known options and no more files, got {word}{did_you_mean(word.split('=')[0], flags)}"
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def parser(name: str, description: str, *, epilog: str = EXIT_STATUS) -> Parser:
    """The parser of the command `tagger NAME`, with `--version`."""
    p = Parser(prog=f"tagger {name}", description=description, epilog=epilog)
    p.add_argument("--version", action="version", version=__version__)
    return p


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?` for the known name most like a word; nothing if none is like it."""
    names = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {names[0]}?" if names else ""


def refuse(message: str, status: int = 1) -> int:
    """Prints a refusal on stderr, in one line, and returns the exit status."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


class Interrupted(BaseException):
    """A signal asked to stop."""

    def __init__(self, number: int) -> None:
        self.number = number


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    for signal_number in (signal.SIGINT, signal.SIGTERM):  # cleaning up is not interrupted
        signal.signal(signal_number, signal.SIG_IGN)
    raise Interrupted(number)


def run(body: Callable[[], object], *, output: str | os.PathLike[str] | None = None, resume: str = "") -> int:
    """Runs what a command does and returns its exit status: every refusal is one line on stderr.

    `output` names what the command writes, for errors that name no file; `resume` says how to continue after an
    interruption. A status other than 0 is what `body` returns or raises as SystemExit. Errors that are not a user's
    to mend keep their traceback.
    """
    handlers = {}
    # A program that imports a command has its own handlers, or runs it in a thread, where signals cannot be handled.
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        handlers = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = body()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Interrupted as stop:
        print(f"interrupted: nothing half-written{resume and f'; {resume}'}", file=sys.stderr)
        return 128 + stop.number
    except UsageError as error:
        return refuse(str(error), 2)
    except TaggerError as error:
        return refuse(str(error))
    except ModuleNotFoundError as error:
        if (message := missing_extra(error)) is None:
            raise
        return refuse(message)
    except OSError as error:
        return refuse(_described(error, output))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return status if isinstance(status, int) else 0


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """What to install for a module that an extra brings; None for any other module."""
    name = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(name)
    return extra and f"expected {name}, which is not installed; pip install 'tagger[{extra}]'"


def _described(error: OSError, output: str | os.PathLike[str] | None) -> str:
    if error.filename is None:
        return f"cannot write {output or 'stdout'}: {error}"
    if output is not None and os.fspath(error.filename) == os.fspath(output):
        return f"cannot write {output}: {error.strerror}; choose another output"
    return f"{os.fspath(error.filename)}: {error.strerror}"


def flags_of_words(arguments: Sequence[str], flags: Mapping[str, str]) -> list[str]:
    """Arguments in which `key=value` words, as version 0.1 had them, are flags; read until version 0.3.

    `flags` names the flag of each key; an empty one stands for a positional argument. `[a,b]` gives a flag twice,
    `null` leaves it out, `true` gives a flag without a value, and `false` one that begins with `--no-`. A note on
    stderr says what to write instead.
    """
    found: list[str] = []
    renamed: list[str] = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in flags:
            found.append(argument)
            continue
        words = _flag(flags[key], value)
        renamed += words
        found += words
    if renamed:
        print(f"note: KEY=VALUE words become flags in version 0.3; write: {' '.join(renamed)}", file=sys.stderr)
    return found


def _flag(flag: str, value: str) -> list[str]:
    if value == "null":
        return []
    if value in ("true", "false"):
        return [flag] if (value == "false") == flag.startswith("--no-") else []
    values = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
    return [word for item in values for word in ((flag, item.strip()) if flag else (item.strip(),)) if item]

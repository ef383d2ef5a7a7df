"""Ctrl-C while a command is still being imported: the process ends at once, with the status of an interrupted command.

Importing this module prepares that in the process of a command, `tagger NAME` or `python -m tagger.NAME`, and changes
nothing in any other program. `cli.run` takes over when the command runs.
"""

import os
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = "interrupted: nothing half-written"
# What `python -m serve` runs, beside this package. (pathlib takes time to import.)
_SERVICE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "serve", "__main__.py")  # noqa: PTH118, PTH120


def leave(number: int, frame: FrameType | None) -> NoReturn:
    """Ends the process. An exception would be lost, or turned into another one, in the middle of an import."""
    try:
        os.write(2, f"{INTERRUPTED}\n".encode())
    finally:  # stderr may be closed
        os._exit(128 + number)


def is_command(words: list[str], arguments: list[str]) -> bool:
    """Whether a process is a command of ours, by the words that Python was started with (`sys.orig_argv`) and what is
    left of them for the program (`sys.argv`)."""
    place = len(words) - len(arguments)  # of the module after -m, or of the script
    if not arguments or place < 1 or words[place + 1 :] != arguments[1:]:
        return False
    word = words[place]
    if words[place - 1] == "-m" or word.startswith("-m"):
        module = word.removeprefix("-m")
        is_service = module == "serve" and arguments[0] == _SERVICE  # others have a module of that name too
        return is_service or module.partition(".")[0] == "tagger"
    return os.path.basename(word).removesuffix(".exe") == "tagger"  # noqa: PTH119


def prepare() -> None:
    """Let SIGINT `leave`, unless somebody handles or ignores it already."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, leave)


if is_command(sys.orig_argv, getattr(sys, "argv", [])):  # a program that embeds Python may have none
    prepare()

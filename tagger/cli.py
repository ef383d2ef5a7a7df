"""How a command runs: its parser, its refusals in one line, and where the configurations lie."""

import argparse
import logging
import os
import re
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from . import __version__
from .errors import TaggerError, UsageError
from .extras import describe_missing
from .interrupts import INTERRUPTED
from .usage import describe_error, describe_setting, whole_number
from .usage import did_you_mean as did_you_mean
from .usage import flags_of_words as flags_of_words

if TYPE_CHECKING:
    from .bulk.chunks import Kind
    from .bulk.inputs import Input

_PACKAGE = Path(__file__).parent
# A wheel ships the configurations inside the package; a checkout has them beside it.
CONF = _PACKAGE / "conf" if (_PACKAGE / "conf").is_dir() else _PACKAGE.parent / "conf"

EXIT_STATUS = "exit status: 0 done, 1 an error (named on stderr), 2 wrong usage"

_WHERE = """All settings stand in conf/{name}.yaml and the files that it names; `tagger {name} --cfg job` prints them.
GROUP=NAME takes conf/GROUP/NAME.yaml; a file name may hold any characters; +KEY=VALUE adds what is not there.
"""


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line; options may stand before, between and after the files.

    `settings` are the main settings of a command that Hydra configures, as `data.train=FILE`. `takes_words` says that a
    word KEY=VALUE among its arguments may be meant so.
    """

    settings: Sequence[str] = ()
    takes_words = False

    def parse(self, arguments: Sequence[str] | None = None) -> argparse.Namespace:
        """The options of a command line, that of the process by default. Ends the process at wrong usage."""
        options = self.parse_intermixed_args(None if arguments is None else list(arguments))
        if not self.takes_words and (message := describe_setting(self._positional_words(options), self._actions)):
            self.error(message)
        return options

    def _positional_words(self, options: argparse.Namespace) -> Iterator[object]:
        for action in self._actions:
            value = getattr(options, action.dest, None)
            if not action.option_strings and value is not None and action.dest != "output":  # which need not exist
                yield from value if isinstance(value, list) else [value]

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {describe_error(message, self._actions, self.settings)}; see {self.prog} --help\n")


def parser(name: str, description: str, *, epilog: str = EXIT_STATUS) -> Parser:
    """The parser of the command `tagger NAME`, with `--version`."""
    p = Parser(prog=f"tagger {name}", description=description, epilog=epilog)
    p.add_argument("--version", action="version", version=__version__)
    return p


NAME_ENCODING = "name the encoding with --encoding, or convert the file to UTF-8"


def add_encoding(p: Parser) -> None:
    """The option `--encoding`, for commands that read texts."""
    p.add_argument(
        "--encoding",
        default="utf-8",
        metavar="NAME",
        help="of the texts: gb18030, big5, utf-16 or another; default %(default)s",
    )


def add_no_presegment(p: Parser) -> None:
    """Adds `--no-presegment`, which was `--no-runs` until version 0.2."""
    wanted = "let words be cut inside URLs, numbers, Latin words, …"
    p.add_argument("--no-presegment", action="store_true", help=wanted)
    p.add_argument("--no-runs", action="store_true", dest="no_presegment", help=argparse.SUPPRESS)


def add_raw_text(p: Parser) -> None:
    """Adds raw text to read, and gold text that must not be part of it."""
    p.add_argument("raw", metavar="RAW", help="raw text, a sentence or paragraph a line: a file, or a folder of files")
    p.add_argument(
        "--encoding",
        default="utf-8",
        metavar="NAME",
        help="of the raw text: gb18030, big5, utf-16 or another; default %(default)s",
    )
    p.add_argument(
        "--held-out",
        action="append",
        default=[],
        metavar="GOLD",
        help="leave out lines that overlap this corpus, on which models are scored; may be given again",
    )
    p.add_argument(
        "--overlap", type=whole_number(0), default=16, metavar="N", help="in N characters in a row; default %(default)s"
    )


def log_to_stderr() -> None:
    """Progress that the rooms log is shown on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)


def announce_terminal(files: Sequence[str]) -> None:
    """Says on stderr that texts are read from the terminal, where `-` is among the files and no text is piped in."""
    if "-" in files and sys.stdin is not None and sys.stdin.isatty():
        print("note: reading texts from the terminal, one a line; Ctrl-D ends (Ctrl-Z on Windows)", file=sys.stderr)


def find_texts(files: Sequence[str], kind: "Kind | None") -> "list[Input]":
    """The files of texts that are named, or stdin. Says on stderr which are left out, and that texts are read from the
    terminal. Raises InputError as `find_inputs` does."""
    from .bulk.inputs import describe_left_out, find_inputs  # imported late: --help needs no numpy

    sources, left_out = find_inputs(files or ["-"], kind)
    for note in describe_left_out(left_out):
        print(f"note: {note}", file=sys.stderr)
    announce_terminal([source.path for source in sources])
    return sources


def announce_loading() -> None:
    """Says on stderr that torch is about to be imported, unless it is there: a busy machine takes minutes for it."""
    if "torch" not in sys.modules:
        print("note: loading torch, which takes a while on a busy machine …", file=sys.stderr, flush=True)


def refuse(message: str, status: int = 1) -> int:
    """Prints a refusal on stderr, in one line, and returns the exit status."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


def experiment_parser(
    name: str, description: str, settings: Mapping[str, str], *, groups: Sequence[str] = ()
) -> Parser:
    """The parser of a command that Hydra configures; `settings` says what the main ones mean, and of `groups` all names
    are listed."""
    width = max(map(len, settings))
    lines = "\n".join(f"  {setting:{width}}  {meaning}" for setting, meaning in settings.items())
    names = "".join(f"{_list_choices(group)}\n\n" for group in groups)
    epilog = f"main settings:\n{lines}\n\n{names}{_WHERE.format(name=name)}\n{EXIT_STATUS}"
    p = parser(name, description, epilog=epilog)
    p.formatter_class = argparse.RawDescriptionHelpFormatter
    p.settings, p.takes_words = " ".join(settings).split(), True
    p.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="settings of this run")
    p.add_argument("--cfg", "-c", choices=("job", "hydra", "all"), help="print the configuration, run nothing")
    p.add_argument("--resolve", action="store_true", help="with --cfg: resolve interpolations")
    p.add_argument("--package", "-p", metavar="NODE", help="with --cfg: print this part of it")
    p.add_argument("--multirun", "-m", action="store_true", help="run all combinations of settings such as KEY=A,B")
    p.add_argument("--config-dir", "-cd", metavar="FOLDER", help="a folder with more configurations, as conf/ has them")
    p.add_argument("--config-name", "-cn", metavar="NAME", help="another configuration than the command's")
    p.add_argument("--info", "-i", nargs="?", metavar="WHAT", help="print how the configuration is composed")
    p.add_argument("--hydra-help", action="store_true", help="print the help of Hydra, which reads all this")
    for flags in (("--config-path", "-cp"), ("--experimental-rerun",)):
        p.add_argument(*flags, help=argparse.SUPPRESS)
    for flags in (("--run", "-r"), ("--shell-completion", "-sc")):
        p.add_argument(*flags, action="store_true", help=argparse.SUPPRESS)
    return p


def _list_choices(group: str) -> str:
    """The names that a group of the configuration has, as lines."""
    names = ", ".join(sorted(path.stem for path in (CONF / group).glob("*.yaml")))
    return textwrap.fill(f"{group}=NAME: {names}", 110, subsequent_indent="  ")


def experiment_options(p: Parser, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of a command that Hydra configures: `overrides` (KEY=VALUE words) and Hydra's own `flags`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = p.parse(words)
    if options.config_dir and not Path(options.config_dir).is_dir():
        p.error(f"--config-dir: expected a folder, found none at {options.config_dir}")
    for override in options.overrides:
        words.remove(override)
    options.flags = words
    return options


class Interrupted(BaseException):
    """A signal asked to stop."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Interruption:
    """What a signal does while a command runs: it raises Interrupted. Imports and libraries may make another exception
    of that, which `guarded` turns back."""

    number = 0

    def __call__(self, number: int, frame: FrameType | None) -> NoReturn:
        for signal_number in (signal.SIGINT, signal.SIGTERM):  # cleaning up is not interrupted
            signal.signal(signal_number, signal.SIG_IGN)
        self.number = number
        raise Interrupted(number)

    def guarded(self, body: Callable[[], object]) -> object:
        try:
            return body()
        except BaseException:
            if self.number:
                raise Interrupted(self.number) from None
            raise


def in_flags(*names: str) -> Callable[[str], str]:
    """What writes options of a corpus in a refusal, `format=slash` or `data.format=slash`, as the flags of a command:
    `--format slash`. A command without the flag `--encoding` does not advise it."""
    option = re.compile(rf"(?<![\w.-])(?:data\.)?({'|'.join(names)})=(?=\w)")
    return lambda message: option.sub(r"--\1 ", message if "encoding" in names else without_encoding(message))


def without_encoding(message: str) -> str:
    """A refusal without the advice to name an encoding, for a command that reads UTF-8 alone."""
    return re.sub(r"give encoding=[^;]*, or (?=convert)", "", message)


def in_settings(message: str) -> str:
    """A refusal in which options of a corpus, `format=slash`, are settings: `data.format=slash`."""
    return re.sub(r"(?<![\w.-])(?:format|encoding)=(?=\w)", r"data.\g<0>", message)


def run(
    body: Callable[[], object],
    *,
    output: str | os.PathLike[str] | None = None,
    resume: str = "",
    phrase: Callable[[str], str] = str,
) -> int:
    """Runs what a command does and returns its exit status: every refusal is one line on stderr.

    `phrase` writes a refusal's options as those of the command. `output` names what the command writes, for errors that
    name no file; `resume` says how to continue after an interruption. A status other than 0 is what `body` returns or
    raises as SystemExit. Errors that are not a user's to mend keep their traceback.
    """
    handlers = {}
    interruption = _Interruption()
    try:
        # A program that imports a command has its own handlers, or runs it in a thread, where none can be set.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
            for number in handlers:
                signal.signal(number, interruption)
        return _status_of(partial(interruption.guarded, body), output, phrase)
    except Interrupted as stop:
        print(f"{INTERRUPTED}{resume and f'; {resume}'}", file=sys.stderr)
        return 128 + stop.number
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _status_of(body: Callable[[], object], output: str | os.PathLike[str] | None, phrase: Callable[[str], str]) -> int:
    try:
        status = body()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UsageError as error:
        return refuse(phrase(str(error)), 2)
    except TaggerError as error:
        return refuse(phrase(str(error)))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else refuse(str(end.code)) if end.code else 0
    except ModuleNotFoundError as error:
        if (message := describe_missing(error)) is None:
            raise
        return refuse(message)
    except OSError as error:
        return refuse(_described(error, output))
    return status if isinstance(status, int) else 0


def _described(error: OSError, output: str | os.PathLike[str] | None) -> str:
    if error.errno is None:
        return str(error)
    if error.filename is None:
        return f"cannot write {output or 'stdout'}: {error}"
    if output is not None and os.fspath(error.filename) == os.fspath(output):
        return f"cannot write {output}: {error.strerror}; choose another place"
    return f"{os.fspath(error.filename)}: {error.strerror}"

"""`tagger NAME …`, also `python -m tagger NAME …`: runs a command; without a name it lists them all."""

import runpy
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import __version__, cli, completion, interrupts
from .extras import describe_missing

COMMANDS = {
    "tag": "find the words of texts, and their parts of speech",
    "serve": "answer the same over HTTP",
    "classify": "find the label of every text",
    "keywords": "list the words that say most of each document",
    "generate": "write text with a character model, or score one",
    "inspect": "show what the net computes for a sentence",
    "train": "train a net on a corpus",
    "evaluate": "score a model file on a gold corpus",
    "export": "turn a checkpoint into a model file",
    "calibrate": "make a model's probabilities mean what they say",
    "report": "write an HTML page about a training run",
    "card": "write a model card with measured figures",
    "compare": "train nets that differ in a few settings, side by side",
    "search": "look for the settings that train the best net",
    "memory": "measure over which distance a recurrent cell remembers",
    "pretrain": "learn vectors or a language model from raw text",
    "distill": "label raw text with the probabilities of trained models",
    "lexicon": "collect the words that a model finds in raw text",
    "annotate": "mark the words of a list in raw text, as training data",
    "suggest": "list the sentences worth annotating next",
    "restandard": "rewrite a corpus by the rules of another standard",
}


def listing() -> str:
    """The commands, one a line."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {summary}" for name, summary in COMMANDS.items()]
    ends = [
        "`tagger COMMAND --help` describes a command.",
        "`tagger --print-completion bash|zsh|tcsh` prints a script by which a shell completes commands and options.",
    ]
    return "\n".join(["usage: tagger COMMAND …", "", *lines, "", *ends])


def print_versions() -> int:
    """Prints the version, those of the models of the package, and the runtime. Raises NativeError for a wrong one."""
    from .modelfile import shipped
    from .modelfile.native.runtime import installed_runtime

    print(f"{__version__}\nmodels: {', '.join(shipped.versioned_names())}\nruntime: {installed_runtime()}")
    return 0


@contextmanager
def _interruptible_imports() -> Iterator[None]:
    """SIGINT ends the process at once, with the status of an interrupted command, while nobody else handles it, as
    `cli.run` does once the modules of the command are imported."""
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    before = signal.signal(signal.SIGINT, interrupts.leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that the first argument names as `python -m tagger.NAME` does; that ends in SystemExit.

    Returns the exit status where no command ran. An interrupt while the command is still being imported ends the
    process without a traceback.
    """
    with _interruptible_imports():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in ("-h", "--help"):
        print(listing())
        return 0
    if name == "--version":
        return cli.run(print_versions)
    if name == "--print-completion":
        return cli.run(lambda: print(completion.script(" ".join(rest), COMMANDS)))
    if name not in COMMANDS:
        file_hint = f"; did you mean tagger tag {shlex.quote(name)}?" if Path(name).exists() else ""
        hint = file_hint or cli.did_you_mean(name, COMMANDS)
        return cli.refuse(f"expected a command, got {name!r}{hint}; tagger --help lists them", 2)
    sys.argv[1:] = rest
    try:
        # Processes that a command starts begin with its module, as after `python -m`: an import would not do.
        runpy.run_module("serve" if name == "serve" else f"tagger.{name}", run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as error:
        if (message := describe_missing(error)) is None:
            raise
        return cli.refuse(message)
    return 0


if __name__ == "__main__":
    sys.exit(main())

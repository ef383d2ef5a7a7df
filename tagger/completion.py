"""`tagger --print-completion SHELL`: a script by which a shell completes commands, options and files."""

import argparse
import importlib
from collections.abc import Mapping

from .errors import UsageError
from .extras import needed_for

SHELLS = ("bash", "zsh", "tcsh")
# Options and arguments, by the names of their values, that take files, and those that take folders.
CORPORA = ("dev", "genre", "gold", "held_out", "known", "like", "train")
RAW_TEXTS = ("files", "input", "raw", "score", "texts")
LISTS = ("api_keys_file", "dictionary", "patterns", "stop_words", "words")
MODELS = ("checkpoint", "model", "other")
WRITTEN = ("output", "rejects", "uds")
FILES = frozenset((*CORPORA, *RAW_TEXTS, *LISTS, *MODELS, *WRITTEN))
FOLDERS = frozenset(("config_dir", "run"))


def script(shell: str, commands: Mapping[str, str]) -> str:
    """The script for a shell. `commands` are names with what each does.

    Raises UsageError for another shell, and MissingExtraError without the package `shtab`.
    """
    if shell not in SHELLS:
        raise UsageError(f"--print-completion: expected one of {', '.join(SHELLS)}, got {shell!r}; name the shell")
    with needed_for("completion"):
        import shtab

    root = argparse.ArgumentParser(prog="tagger", description="Finds words, parts of speech and names in Chinese text.")
    root.add_argument("--version", action="store_true", help="print the version, the models and the runtime")
    subparsers = root.add_subparsers()
    for name, summary in commands.items():
        parser = importlib.import_module("serve.settings" if name == "serve" else f"tagger.{name}").parser()
        for action in parser._actions:
            if action.choices is None and action.dest in FILES | FOLDERS:
                action.complete = shtab.FILE if action.dest in FILES else shtab.DIRECTORY
        subparsers.add_parser(name, parents=[parser], add_help=False, help=summary)
    return str(shtab.complete(root, shell))

"""What is said of a command line that a parser cannot read, of settings where a command has options, and of words of
version 0.1 that became flags."""

import argparse
import difflib
import os
import re
import shlex
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

_INVALID_CHOICE = re.compile(r"argument ([^:]+): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)
_OF_ONE = re.compile(r"argument ([^:]+): (expected .*)", re.DOTALL)
_NO_VALUE = re.compile(r"argument ([^:]+): expected (?:one|at least one) argument")
_NOT_TAKEN = re.compile(r"argument ([^:]+): ignored explicit argument (.*)", re.DOTALL)
_AMBIGUOUS = re.compile(r"ambiguous option: (\S+) could match (.*)", re.DOTALL)
_REQUIRED = "the following arguments are required: "
_UNKNOWN = "unrecognized arguments: "
_SETTING = re.compile(r"((?:\w+\.)*)(\w+)=(.*)", re.DOTALL)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?` for the known name most like a word; nothing if none is like it."""
    names = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {names[0]}?" if names else ""


def describe_error(message: str, actions: Sequence[argparse.Action], settings: Sequence[str]) -> str:
    """What argparse refuses, in the project's words. `settings` are those of a command that Hydra configures, each as
    `data.train=FILE`."""
    if message.startswith(_UNKNOWN):
        word = message.removeprefix(_UNKNOWN).split(" ")[0]
        return f"expected known options and no more files, got {word}{_instead_of(word, actions, settings)}"
    if message.startswith(_REQUIRED):
        names = message.removeprefix(_REQUIRED).split(", ")
        return f"expected {' and '.join(_described(name, actions) for name in names)}, got none"
    if found := _INVALID_CHOICE.fullmatch(message):
        option, word, choices = found.groups()
        known = re.findall(r"'([^']*)'", choices) or choices.split(", ")
        return f"{option}: expected one of {', '.join(known)}, got {word!r}{did_you_mean(word, known)}"
    if found := _NO_VALUE.fullmatch(message):
        return f"{found[1]}: expected {_described(found[1], actions)}, got none"
    if found := _NOT_TAKEN.fullmatch(message):
        return f"{found[1]}: expected no value, got {found[2]}; leave it out"
    if found := _AMBIGUOUS.fullmatch(message):
        return f"{found[1]}: expected an option, got the beginning of {found[2].replace(', ', ' and ')}; write one out"
    found = _OF_ONE.fullmatch(message)
    return f"{found[1]}: {found[2]}" if found else message


def whole_number(least: int = 1) -> Callable[[str], int]:
    """What reads a whole number of at least `least` from a command line."""

    def read(word: str) -> int:
        with suppress(ValueError):
            if (value := int(word)) >= least:
                return value
        raise ArgumentTypeError(f"expected a whole number of {least} or more, got {word!r}")

    return read


def real_number(wanted: str, is_right: Callable[[float], bool]) -> Callable[[str], float]:
    """What reads a number for which `is_right` holds, as `wanted` says, from a command line."""

    def read(word: str) -> float:
        with suppress(ValueError):
            if is_right(value := float(word)):
                return value
        raise ArgumentTypeError(f"expected {wanted}, got {word!r}")

    return read


def _instead_of(word: str, actions: Sequence[argparse.Action], settings: Sequence[str]) -> str:
    """What to write instead of an option that there is none of."""
    flag = word.split("=")[0]
    hint = did_you_mean(flag, (flag for action in actions for flag in action.option_strings))
    if not settings:
        return hint
    name = flag.lstrip("-").replace("-", "_")
    by_name = {setting.split("=")[0].rpartition(".")[2]: setting for setting in settings}
    exact = [by_name[last] for last in [name.rpartition(".")[2]] if last in by_name]
    like = exact if exact or hint else [by_name[last] for last in difflib.get_close_matches(name, by_name, 1)]
    hint = f"; did you mean {like[0]}?" if like else hint
    return f"{hint}; settings are words KEY=VALUE without dashes, as trainer.max_epochs=3"


def _described(name: str, actions: Sequence[argparse.Action]) -> str:
    """A required argument that argparse names, with what it is."""
    for action in actions:
        if name in ("/".join(action.option_strings), action.metavar, action.dest):
            value = " ".join((*action.option_strings[:1], str(action.metavar or action.dest)))
            return f"{value} ({action.help})" if action.help else value
    return name


def describe_setting(values: Iterable[object], actions: Sequence[argparse.Action]) -> str:
    """What is wrong with a word KEY=VALUE among the files of a command: KEY is one of its options, or a setting of
    training. Empty where there is none, or where it is the name of a file."""
    flags = {flag for action in actions for flag in action.option_strings}
    for word in map(str, values):
        found = _SETTING.fullmatch(word)
        if found is None or os.path.exists(word):  # noqa: PTH110 (`Path.exists` raises for a long name)
            continue
        places, key, value = found.groups()
        flag = f"--{key.replace('_', '-')}"
        if flag in flags:
            return f"expected {flag} {value}, got it as a setting, {word}; write {flag} {value}"
        if places:
            return f"expected files and options, got the setting {word}; settings are for tagger train: leave it out"
    return ""


def flags_of_words(arguments: Sequence[str] | None, flags: Mapping[str, str]) -> list[str]:
    """The command line, in which `key=value` words, as version 0.1 had them, are flags; read until version 0.3.

    `flags` names the flag of each key; an empty one stands for a positional argument. `[a,b]` gives a flag twice and
    `null` leaves it out. Where `flags` has a whole word, it becomes the flag alone. A note on stderr says what to
    write instead.
    """
    words: list[str] = []
    renamed: list[str] = []
    for argument in sys.argv[1:] if arguments is None else arguments:
        key, equals, value = argument.partition("=")
        if argument in flags and equals:
            written = [flags[argument]] if flags[argument] else []
        elif equals and key in flags:
            written = _with_flag(flags[key], value)
        else:
            words.append(argument)
            continue
        renamed += written
        words += written
    if renamed:
        print(f"note: KEY=VALUE words end with version 0.3; write {shlex.join(renamed)}", file=sys.stderr)
    return words


def _with_flag(flag: str, value: str) -> list[str]:
    if value == "null":
        return []
    values = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
    return [word for item in values for word in ((flag, item.strip()) if flag else (item.strip(),)) if item]

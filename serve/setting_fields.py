"""A field of the settings: its flag, its variable, its help and the values that it may have."""

from contextlib import suppress
from dataclasses import Field, field
from typing import Any

from tagger.cli import Parser
from tagger.errors import UsageError


class SettingsError(UsageError):
    """A setting cannot be used; the message names it, what was expected and what came."""


def setting_field(default: Any, help: str, *, least: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    """A field of a class of settings, with its default; `least` is the least number, `choices` are all values."""
    return field(default=default, metadata={"help": help, "least": least, "choices": choices})


def flag_of(name: str) -> str:
    """The flag of the setting with that name."""
    return "--" + name.replace("_", "-")


def variable_of(name: str) -> str:
    """The variable of the setting with that name."""
    return "TAGGER_" + name.upper()


def add_flag(p: Parser, setting: "Field[Any]") -> None:
    """Adds the flag of a setting to the command line; a tuple's may be given again."""
    help = f"{setting.metadata['help']} (default: {_shown(setting.default)})"
    many = isinstance(setting.default, tuple)
    metavar = (
        "{" + ",".join(setting.metadata["choices"]) + "}" if setting.metadata["choices"] else _kind(setting).upper()
    )
    names = ["-m", flag_of(setting.name)] if setting.name == "model" else [flag_of(setting.name)]
    p.add_argument(*names, action="append" if many else "store", metavar=metavar, help=help)


def read_value(setting: "Field[Any]", given: Any, source: str) -> Any:
    """The value of a setting from text, or from several. `source` is the flag or variable, for errors. Raises
    SettingsError for one that the setting cannot have."""
    kind: Any = type(setting.default)
    if kind is tuple:
        return tuple(given)
    least, choices = setting.metadata["least"], setting.metadata["choices"]
    with suppress(ValueError, KeyError):
        value = {"yes": True, "no": False}[given.lower()] if kind is bool else kind(given)
        if (least is None or least <= value < float("inf")) and (not choices or value in choices):
            return value
    default = _shown(setting.default)
    raise SettingsError(
        f"{source}: expected {_wanted(setting)}, got {given!r}; correct it, or leave it out for {default}"
    )


def _wanted(setting: "Field[Any]") -> str:
    """What values a setting may have, in words."""
    least, choices = setting.metadata["least"], setting.metadata["choices"]
    if choices:
        return f"one of {', '.join(choices)}"
    kinds = {int: "a whole number", float: "a number", bool: "yes or no", str: "text"}
    return kinds[type(setting.default)] + (f" of {least} or more" if least is not None else "")


def _kind(setting: "Field[Any]") -> str:
    return {int: "integer", float: "number", bool: "yes|no", str: "text", tuple: "value"}[type(setting.default)]


def _shown(default: Any) -> str:
    if default in ((), ""):
        return "none"
    return ("yes" if default else "no") if isinstance(default, bool) else str(default)

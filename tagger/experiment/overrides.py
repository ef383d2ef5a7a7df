"""Settings of a command line: any file name is a value, and a value has the type of the one it replaces."""

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Quote, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ..cli import CONF, did_you_mean
from ..errors import UsageError
from ..modelfile.shipped import is_shipped

_RECIPE = "${recipe."  # what a default begins with that is another setting
_LIGHTNING = "trainer."  # Lightning checks its own settings, and takes several types for most of them
_WORDS = ("trainer.devices", "trainer.precision")  # numbers or words
_SIZES = "net.encoder.hidden_sizes=[64,64], one size for each layer"
_CLIP = "trainer.gradient_clip_val"
TWO_MODELS = "two models that are trained already are compared by tagger evaluate GOLD -m A -m B (paired bootstrap)"
# Settings by the names that other programs have for them.
_ALIASES = {
    "epochs": "trainer.max_epochs",
    "epoch": "trainer.max_epochs",
    "steps": "trainer.max_steps",
    "batch_size": "data.batch_sentences",
    "learning_rate": "optimizer.lr",
    "device": "trainer=gpu",
    "gpu": "trainer=gpu",
    "model": "net",
    "output": "hydra.run.dir",
    "dropout": "net.encoder.variational_dropout",
    "layers": _SIZES,
    "num_layers": _SIZES,
    "n_layers": _SIZES,
    "depth": _SIZES,
    "hidden_size": _SIZES,
    "hidden_dim": _SIZES,
    "hidden": _SIZES,
    "units": _SIZES,
    "embedding_dim": "net.embedding.char_size",
    "embedding_size": "net.embedding.char_size",
    "clip": _CLIP,
    "clip_norm": _CLIP,
    "max_grad_norm": _CLIP,
    "grad_clip": _CLIP,
    "num_threads": "threads",
}


def quoted(override: str, *, sweeps: bool = False) -> str:
    """A `KEY=VALUE` word as Hydra's grammar reads it: a value that the grammar refuses is a plain string.

    So is a value with commas outside brackets, unless `sweeps`: then it is several values. Lists, dictionaries,
    numbers, quoted strings, functions and everything else that the grammar reads stay as they are.
    """
    key, equals, value = override.partition("=")
    if not equals or not value:
        return override
    if sweeps:
        parts = [value] if _parses(value) else value.split(",")
        return f"{key}={','.join(part if _parses(part) else in_quotes(part) for part in parts)}"
    return override if _parses(value) and not _is_choice(value) else f"{key}={in_quotes(value)}"


def add_flags(overrides: Sequence[str]) -> list[str]:
    """The overrides with `++` before each flag of Lightning's trainer that conf/trainer does not set, so that the flag
    holds whether or not an experiment sets it."""
    return [f"++{word.lstrip('+')}" if _is_added_flag(word) else word for word in overrides]


@lru_cache(maxsize=1)
def added_flags() -> frozenset[str]:
    """The names of the flags of Lightning's trainer that conf/trainer does not set."""
    import lightning  # which takes seconds

    flags = inspect.signature(lightning.Trainer).parameters
    return frozenset(flags) - frozenset(map(str, OmegaConf.load(CONF / "trainer/cpu.yaml")))


def _is_added_flag(word: str) -> bool:
    key, equals, _ = word.lstrip("+").partition("=")
    return bool(equals) and key.startswith(_LIGHTNING) and key.removeprefix(_LIGHTNING) in added_flags()


def _parses(value: str) -> bool:
    try:
        OverridesParser.create().parse_override(f"key={value}")
    except HydraException:
        return False
    return True


def _is_choice(value: str) -> bool:
    override = OverridesParser.create().parse_override(f"key={value}")
    choice = override.value()
    return isinstance(choice, ChoiceSweep) and choice.simple_form


def in_quotes(value: str) -> str:
    """A quoted string of Hydra's grammar."""
    return QuotedString(value, Quote.single).with_quotes()


def is_model(value: object) -> bool:
    """Whether this names a model file, a checkpoint, or a model of the package."""
    return isinstance(value, str) and (is_shipped(value) or value.endswith((".onnx", ".ckpt")))


def with_settings(cfg: DictConfig, chosen: Mapping[str, Any], place: str) -> DictConfig:
    """A copy of a configuration with the values that a `place` on the command line gives to settings, by dotted name.
    Raises UsageError for settings that there are none of."""
    own = deepcopy(cfg)
    for name, value in chosen.items():
        try:
            OmegaConf.update(own, name, value, merge=False)
        except OmegaConfBaseException as error:
            known: Any = OmegaConf.to_container(cfg, resolve=False)
            hint = describe_alike(name, dict(settings(known))) or "; see tagger train --help"
            raise UsageError(f"{place}: expected settings of conf/train.yaml, got {name!r}{hint}") from error
    return own


def settings(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All settings of a configuration with their dotted names."""
    for name, value in values.items():
        yield f"{prefix}{name}", value
        if isinstance(value, Mapping):
            yield from settings(value, f"{prefix}{name}.")


def describe_alike(key: str, known: Collection[str]) -> str:
    """`; did you mean NAME?` for the known setting most like a word: by what other programs call it, by its last name,
    or by its letters."""
    last = key.rpartition(".")[2]
    same = sorted((name for name in known if name.rpartition(".")[2] == last), key=len)
    alias = _ALIASES.get(last, "")
    if alias.partition("=")[0] in known:
        return f"; did you mean {alias}?"
    return did_you_mean(key, same[:1]) or (f"; did you mean {same[0]}?" if same else did_you_mean(key, known))


def check_types(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Raises UsageError where a value has another type than its default, which may be null or a string for any."""
    wanted = dict(settings(defaults))
    for name, value in settings(values):
        default = wanted.get(name)
        if isinstance(default, str) and default.startswith(_RECIPE):
            default = wanted.get(default.removeprefix("${").removesuffix("}"))
        is_open = name.startswith(_LIGHTNING) and not (isinstance(value, str) and name not in _WORDS)
        if not is_open and not _fits(value, default):
            example = f", as {default!r} is" if len(repr(default)) <= 60 else ""
            kind = _TYPES[type(default)]
            if isinstance(value, list) and isinstance(default, list) and isinstance(default[0], dict):
                kind = "a list of groups of settings, as [{net.encoder.cell: [lstm, gru]}] is"
                example = ""
            models = name == "nets" and any(map(is_model, value if isinstance(value, list) else [value]))
            raise UsageError(f"{name}: expected {kind}{example}, got {value!r}{f'; {TWO_MODELS}' if models else ''}")


_TYPES = {bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a group of settings"}


def _fits(value: Any, default: Any) -> bool:
    if isinstance(value, str) and value.startswith("${"):
        return True
    if isinstance(default, list):
        return isinstance(value, list) and all(_fits(item, default[0]) for item in value if default)
    if value is None or default is None or isinstance(default, str):
        return True
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def group_choices(overrides: Sequence[str], groups: frozenset[str]) -> list[str]:
    """The overrides that choose a configuration of a group, and those that say where more configurations lie."""
    keys = [word.lstrip("+").partition("=")[0].partition("@")[0] for word in overrides]
    wanted = groups | {"hydra.searchpath"}
    return [word for word, key in zip(overrides, keys, strict=True) if key in wanted]

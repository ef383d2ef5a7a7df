"""Configurations from `conf/` and a command line, composed by Hydra; what it refuses is said in one line."""

import inspect
import math
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import ConfigCompositionException, HydraException, InstantiationException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from .. import cli
from ..errors import TaggerError, UsageError
from ..extras import describe_missing
from .fitting import check_added, check_fit
from .overrides import (
    TWO_MODELS,
    add_flags,
    added_flags,
    check_types,
    describe_alike,
    group_choices,
    in_quotes,
    is_model,
    quoted,
    settings,
)
from .renamed import RENAMED, rename_overrides

_SIGNAL = 128  # statuses from here on say that a signal stopped a run
_TRAINING = ("train", "compare", "search")  # the configurations that have a trainer
_ADDED_GROUPS = ("baseline",)  # which the configurations do not name
_FULL_ERROR = "HYDRA_FULL_ERROR"
_KEY = re.compile(r"[+~]{0,2}\w[\w-]*([./@:][\w-]+)*")
# What constructors raise for values that they do not take.
_OF_SETTINGS = (TypeError, ValueError, ImportError, OSError, OmegaConfBaseException)
GROUPS = frozenset(str(path.relative_to(cli.CONF)) for path in cli.CONF.rglob("*") if path.is_dir())


def run(task: Callable[[DictConfig], object], name: str, options: Namespace) -> None:
    """Runs a task under Hydra with the configuration `name` and what the command line sets.

    A run of a sweep that fails says why and has the result NaN: the others go on. Raises TaggerError, at the end of a
    sweep for what failed in it, and SystemExit.
    """
    sweeps = options.multirun or "hydra.mode=MULTIRUN" in options.overrides

    results: list[object] = []
    failures: list[str] = []
    user_setting = os.environ.get(_FULL_ERROR)

    def job(cfg: DictConfig) -> object:
        with _full_error(user_setting):  # processes that the task starts should not have ours
            phrase = cli.in_settings if name in _TRAINING else str
            status = cli.run(lambda: results.append(_checked(task, name, cfg)), phrase=phrase)
        if not status:
            return results[-1]
        if sweeps and status < _SIGNAL:
            failures.append(", ".join(HydraConfig.get().overrides.task))
            return math.nan
        return sys.exit(status)

    _check_words(options.overrides, name)
    # Also what Lightning starts again in each process of several.
    overrides = _present(name, options.overrides)
    sys.argv[1:] = [*options.flags, *(quoted(override, sweeps=sweeps) for override in overrides)]
    with refusals(name, overrides), _full_error("1"):
        hydra.main(config_path=str(cli.CONF), config_name=name, version_base="1.3")(job)()
    if failures:
        raise TaggerError(
            f"expected all runs of the sweep to end well, got {len(failures)} that failed: {'; '.join(failures)}; what "
            "each lacked stands above"
        )


def _present(name: str, overrides: Sequence[str]) -> list[str]:
    """The overrides by the present names of settings, with all flags of Lightning where the configuration trains."""
    renamed = rename_overrides(overrides)
    return add_flags(renamed) if name in _TRAINING else renamed


def _check_words(overrides: Sequence[str], name: str) -> None:
    for word in overrides:
        key = word.partition("=")[0]
        if ("=" not in word and not word.startswith("~")) or not _KEY.fullmatch(key):
            hint = _as_setting(word, name)
            raise UsageError(f"expected KEY=VALUE, got {word!r}{hint}; --help lists the main settings")


def _as_setting(word: str, name: str) -> str:
    """`; did you mean …?` for a model, a file, or a choice of a group; a remedy for the rest of a list with blanks."""
    if is_model(word) and name in _TRAINING:
        return f"; {TWO_MODELS}" if name == "compare" else f"; did you mean init={word}?"
    if re.fullmatch(r"[^\[{=]*[\]}]", word):
        return ", the rest of a value with blanks; write it without blanks, or in quotes: 'KEY=[64, 32]'"
    if Path(word).is_file():
        return f"; did you mean data=files data.train={word} data.dev=FILE?"
    groups = [group for group in sorted(GROUPS) if (cli.CONF / group / f"{word}.yaml").is_file()]
    return f"; did you mean {groups[0]}={word}?" if groups else ""


def _checked(task: Callable[[DictConfig], object], name: str, cfg: DictConfig) -> object:
    overrides = list(HydraConfig.get().overrides.task)
    with refusals(name, overrides):
        check(cfg, name, overrides)
        return task(cfg)


def check(cfg: DictConfig, name: str, overrides: Sequence[str]) -> None:
    """Raises UsageError for settings of another type than those of the configuration `name`, and for old names in it.

    Hydra must be initialized.
    """
    for old in RENAMED.keys() & set(map(str, cfg)):
        raise UsageError(f"expected {RENAMED[old]} in a configuration, got its old name {old}; write the new one")
    search_path = str(GlobalHydra.instance().config_loader().get_search_path())
    defaults = _defaults(name, tuple(group_choices(overrides, GROUPS)), search_path)
    check_types(_plain(cfg), defaults)
    check_added(overrides, [setting for setting, _ in settings(defaults)])
    # What is scored may be a file of one's own beside any corpus; what trains needs data=files for it.
    check_fit(_plain(cfg), () if name == "gold" else overrides)


@lru_cache(maxsize=16)
def _defaults(name: str, choices: tuple[str, ...], search_path: str) -> Any:
    """The values of the configuration `name` with these choices of groups; they depend on the search path too."""
    return _plain(hydra.compose(name, list(choices)))


def _plain(cfg: DictConfig) -> Any:
    return OmegaConf.to_container(cfg)


def compose(name: str, overrides: Sequence[str], *, config_dir: str | None = None) -> DictConfig:
    """The configuration `name` with what the overrides set; `config_dir` is a folder with more configurations.

    Raises UsageError.
    """
    _check_words(overrides, name)
    more = [f"hydra.searchpath=[{in_quotes(f'file://{Path(config_dir).absolute()}')}]"] if config_dir else []
    words = more + [quoted(override) for override in _present(name, overrides)]
    with refusals(name, words), hydra.initialize_config_dir(str(cli.CONF), version_base="1.3"):
        cfg = hydra.compose(name, words)
        check(cfg, name, words)
    return cfg


def given_settings() -> frozenset[str]:
    """The names of the settings and groups that the command line of the run under way gives a value."""
    words = HydraConfig.get().overrides.task if HydraConfig.initialized() else ()
    return frozenset(word.lstrip("+~").partition("=")[0].partition("@")[0] for word in words)


@contextmanager
def _full_error(value: str | None) -> Iterator[None]:
    """HYDRA_FULL_ERROR in the environment: with 1 Hydra raises its errors, which it prints otherwise."""
    before = os.environ.pop(_FULL_ERROR, None)
    if value is not None:
        os.environ[_FULL_ERROR] = value
    try:
        yield
    finally:
        os.environ.pop(_FULL_ERROR, None)
        if before is not None:
            os.environ[_FULL_ERROR] = before


@contextmanager
def refusals(name: str, overrides: Sequence[str] = ()) -> Iterator[None]:
    """Raises TaggerError in place of what Hydra and OmegaConf raise for settings in this block.

    With HYDRA_FULL_ERROR=1 in the environment errors stay as they are.
    """
    if os.environ.get(_FULL_ERROR) == "1":
        yield
        return
    try:
        yield
    except MissingConfigException as error:
        raise UsageError(_no_choice(error)) from error
    except InstantiationException as error:
        raise _of_constructor(error) from error
    except MissingMandatoryValue as error:
        kind = "FILE" if str(error.full_key).startswith("data.") else "VALUE"
        raise UsageError(
            f"{error.full_key or error}: expected a value, got none; give {error.full_key}={kind}"
        ) from error
    except ConfigCompositionException as error:
        raise UsageError(_no_setting(error, name, overrides)) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise UsageError(str(error).partition("\nSee ")[0]) from error


@contextmanager
def refused(setting: str) -> Iterator[None]:
    """Raises UsageError for a setting that a library refuses in this block."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"{setting}: {error}; correct it") from error


def check_arguments(name: str, made: object) -> None:
    """Raises UsageError when a constructor that waits for more arguments has some that it does not know."""
    if isinstance(made, partial):
        with refused(name):
            inspect.signature(made.func).bind_partial(*made.args, **made.keywords)


def _no_choice(error: MissingConfigException) -> str:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    if not group:
        return f"expected a configuration of conf/ or --config-dir, found no {choice}.yaml; correct --config-name"
    if not error.options:
        return str(error)
    if group == "net" and choice.lower() in ("lstm", "gru"):
        return f"{group}={choice}: expected a net, got a cell; give net.encoder.cell={choice.lower()}"
    return f"{group}={choice}: expected one of {', '.join(error.options)}{cli.did_you_mean(choice, error.options)}"


def _no_setting(error: Exception, name: str, overrides: Sequence[str]) -> str:
    message = str(error)
    if there := re.search(r"An item is already at '([^']+)'", message):
        return f"+{there[1]}: expected a setting that is not there yet, got one that is; give {there[1]}=VALUE"
    _, found, rest = message.partition("Could not override '")
    key = rest.partition("'")[0]
    if not found:
        return message
    if key in _ADDED_GROUPS and name in _TRAINING:
        return f"{key}: expected +{key}=NAME, as it has no default to replace, got {key}=…; write the plus"
    with hydra.initialize_config_dir(str(cli.CONF), version_base="1.3"):
        try:
            defaults = _defaults(name, tuple(group_choices(overrides, GROUPS - {key})), str(cli.CONF))
        except HydraException:  # a choice of --config-dir
            defaults = _defaults(name, (), str(cli.CONF))
    known = {setting for setting, _ in settings(defaults)} | GROUPS - {key} | {"hydra.run.dir", "hydra.sweep.dir"}
    if key.startswith("trainer.") and name in _TRAINING:
        known |= {f"trainer.{flag}" for flag in added_flags()}
    hint = describe_alike(key, known)
    return f"{key}: expected a setting of conf/{name}.yaml or of what it names, there is none{hint}"


def _of_constructor(error: InstantiationException) -> Exception:
    """What a constructor raised, as an error of the setting it belongs to; the error itself where that is a bug."""
    cause = error.__cause__
    inner = cause
    while inner:
        if isinstance(inner, TaggerError):
            return inner
        if isinstance(inner, ModuleNotFoundError) and (missing := describe_missing(inner)):
            return TaggerError(missing)
        inner = inner.__cause__
    if not isinstance(cause, _OF_SETTINGS) and type(cause).__name__ != "MisconfigurationException":  # Lightning's
        return error
    if re.search(r"No supported gpu backend|Accelerator. can not run", str(cause)):
        return UsageError(
            "trainer: expected a GPU that torch can use, found none; give trainer=cpu, or install torch for this GPU"
        )
    key = re.search(r"full_key: ([\w.]+)", str(error))
    message = str(cause).rstrip("!. ")
    return UsageError(f"{key[1] if key else 'settings'}: {message}; correct it (HYDRA_FULL_ERROR=1 shows where it is)")

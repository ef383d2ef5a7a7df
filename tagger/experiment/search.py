"""`tagger search`: settings drawn by Optuna, a training for each draw, and what they came to.

The study lies in a database of the run's folder. What is done there is not done again, and a trial that was stopped is
begun anew.
"""

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import optuna
from hydra.utils import get_method, instantiate
from lightning.pytorch.callbacks import Callback
from omegaconf import DictConfig, OmegaConf
from optuna.trial import FrozenTrial, Trial, TrialState
from rich.console import Console
from rich.table import Table

from ..errors import TaggerError, UsageError
from ..files.atomic import publishing
from .composition import refusals
from .epochs import figure
from .overrides import with_settings
from .quiet import output_in
from .run_folder import keep_configuration
from .training import train

SHOWN = 10  # trials in the table
_ERROR = "error"  # under which a trial keeps why it failed
_MONITOR = "monitor"  # and the name of its score


class Pruning(Callback):
    """Tells a trial each score on dev, keeps the best one, and ends a trial that is not worth its time.

    Raises optuna.TrialPruned then, and TaggerError for a score that is no number.
    """

    def __init__(self, trial: Trial, mode: str) -> None:
        self.trial, self.mode = trial, mode
        self.scores: list[float] = []

    @property
    def best(self) -> float:
        """NaN without a score."""
        return (max if self.mode == "max" else min)(self.scores, default=math.nan)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        score = trainer.callback_metrics.get(str(pl_module.monitor))
        if score is None or trainer.sanity_checking:
            return
        if not score.isfinite():
            raise TaggerError(f"expected a number as the score on dev, got {score.item()}; look at train.log")
        if not self.scores:
            self.trial.set_user_attr(_MONITOR, str(pl_module.monitor))
        self.trial.report(float(score), len(self.scores))
        self.scores.append(float(score))
        if self.trial.should_prune():
            raise optuna.TrialPruned


def draw(trial: Trial, space: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A value of each setting of the space. Raises UsageError for what is neither values nor a range."""
    return {name: _draw(trial, name, values) for line in space for name, values in line.items()}


def _draw(trial: Trial, name: str, values: Any) -> Any:
    try:
        if isinstance(values, Sequence) and not isinstance(values, str):  # Optuna keeps words and numbers alone
            return json.loads(trial.suggest_categorical(name, [json.dumps(value) for value in values]))
        if isinstance(values, Mapping) and all(type(values[end]) is int for end in ("low", "high")):
            return trial.suggest_int(name, **values)
        if isinstance(values, Mapping):
            return trial.suggest_float(name, **values)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"space: expected a range or values for {name}, got {values} ({error}); correct it") from error
    raise UsageError(f"space: expected [VALUE, …] or {{low: A, high: B}} for {name}, got {values}; correct it")


def attempt(cfg: DictConfig, study: optuna.Study, mode: str, folder: Path) -> None:
    """One trial: its score, that it ended early, or why it failed."""
    trial = study.ask()
    space: Any = OmegaConf.to_container(cfg.space, resolve=True)
    drawn = draw(trial, space)
    own = with_settings(cfg, drawn, "space")
    own.run = str(folder / f"trial_{trial.number}")
    keep_configuration(own, drawn, name=f"trial {trial.number}", apart=("space", "trials", "pruner", "sampler"))
    pruning = Pruning(trial, mode)
    try:
        with output_in(Path(own.run, "train.log")), refusals("search"):
            train(own, callbacks=[pruning])
        if math.isnan(pruning.best):
            raise TaggerError("expected a score on dev, got none; train longer, or give data.dev")
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except (TaggerError, RuntimeError) as error:  # torch raises RuntimeError, for too little memory too
        trial.set_user_attr(_ERROR, " ".join(str(error).split()))
        study.tell(trial, state=TrialState.FAIL)
    else:
        study.tell(trial, pruning.best)


def opened(cfg: DictConfig, mode: str, folder: Path) -> optuna.Study:
    """The study of a folder: a new one, or the one that an earlier call left, whose stopped trials come again."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'study.db'}",
        study_name="search",
        direction="maximize" if mode == "max" else "minimize",
        load_if_exists=True,
        pruner=instantiate(cfg.pruner),
    )
    # Not the seed alone: a search that goes on would draw again what it began with.
    study.sampler = instantiate(cfg.sampler, seed=cfg.seed + len(study.trials))
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
    return study


def ended(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that came to an end, but for those that were stopped, which come again."""
    return [t for t in study.trials if t.state.is_finished() and (t.state != TrialState.FAIL or _ERROR in t.user_attrs)]


def search(cfg: DictConfig) -> None:
    """Train what is not done yet, then say which settings were best. Raises TaggerError when all trials failed."""
    folder, mode = Path(cfg.run), cfg.mode or _mode_of(cfg.system._target_)
    study = opened(cfg, mode, folder)
    while (n_done := len(ended(study))) < cfg.trials:
        attempt(cfg, study, mode, folder)
        trial = ended(study)[-1]
        print(
            f"{n_done + 1}/{cfg.trials} trial {trial.number}: {_outcome(trial)} ({_settings(trial)})", file=sys.stderr
        )
    write(study, folder / "trials.csv")
    if not study.get_trials(states=[TrialState.COMPLETE]):
        raise TaggerError(f"expected a trial that ends well, got {len(ended(study))} that failed; {folder} says why")
    show(study)


def _mode_of(system: str) -> str:
    """Whether more or less is better of the dev score of a system, which is made by a function of that name."""
    return str(getattr(getattr(get_method(system), "__self__", None), "mode", "max"))


def _outcome(trial: FrozenTrial) -> str:
    if trial.state == TrialState.FAIL:
        return f"failed: {trial.user_attrs[_ERROR]}"
    score = "no score" if trial.value is None else figure(trial.user_attrs.get(_MONITOR, ""), trial.value)
    return f"{score}{' (ended early)' if trial.state == TrialState.PRUNED else ''}"


def _settings(trial: FrozenTrial) -> str:
    return " ".join(f"{name}={_plain(value)}" for name, value in trial.params.items())


def _plain(value: Any) -> str:
    """A drawn value as a command line has it."""
    if isinstance(value, str):
        value = json.loads(value)
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value).replace(" ", "").replace('"', "")


def write(study: optuna.Study, path: Path) -> None:
    """All trials that came to an end, a line each."""
    names = sorted({name for trial in ended(study) for name in trial.params})
    with publishing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["trial", "state", "score", "scorings", *names, _ERROR])
        for trial in ended(study):
            values = [_plain(trial.params[name]) if name in trial.params else "" for name in names]
            state, error = trial.state.name.lower(), trial.user_attrs.get(_ERROR, "")
            writer.writerow([trial.number, state, trial.value, len(trial.intermediate_values), *values, error])


def show(study: optuna.Study) -> None:
    """The best trials as a table on stdout, and how to train the best one."""
    complete = study.get_trials(states=[TrialState.COMPLETE])
    better = study.direction == optuna.study.StudyDirection.MAXIMIZE
    best = sorted(complete, key=lambda trial: trial.value or 0.0, reverse=better)
    table = Table("trial", "score", "settings")
    for trial in best[:SHOWN]:
        table.add_row(str(trial.number), _outcome(trial), _settings(trial))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    print(f"train the best one: tagger train {_settings(best[0])} …")

import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from omegaconf import DictConfig

from tagger import corpus
from tagger.corpus import sample
from tagger.errors import ModelError, TaggerError, UsageError
from tagger.experiment import runs
from tagger.experiment import search as module
from tagger.experiment.composition import compose
from tagger.experiment.search import search

Train = Callable[..., None]
SPACE = "space=[{optimizer.lr: [0.1, 0.2, 0.3, 0.4], net.encoder.hidden_sizes: [[4], [8, 4]]}]"

SPACE_OF_RATE = "space=[{optimizer.lr: {low: 1, high: 3}}]"


def config(folder: Path, *overrides: str) -> DictConfig:
    return compose("search", [*overrides, f"run={folder}", "pruner.n_startup_trials=0", "pruner.n_warmup_steps=0"])


def scores(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((path / "trials.csv").read_text(encoding="utf-8").splitlines()))


def training(scores_of: Callable[[DictConfig], Sequence[float]], monitor: str = "val/joint_f1") -> Train:
    """A training that has these scores on dev, one an epoch."""

    def train(cfg: DictConfig, *, callbacks: Sequence[Any]) -> None:
        for score in scores_of(cfg):
            trainer: Any = SimpleNamespace(
                callback_metrics={monitor: torch.tensor(score, dtype=torch.float64)}, sanity_checking=False
            )
            for callback in callbacks:
                callback.on_validation_end(trainer, SimpleNamespace(monitor=monitor))

    return train


def test_trials_that_fail_or_end_early_do_not_end_the_search_which_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = iter([[0.5, 0.7], [0.4], ModelError("expected a finite loss"), [math.nan], KeyboardInterrupt(), [0.9]])

    def next_scores(cfg: DictConfig) -> Sequence[float]:
        outcome = next(outcomes)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(module, "train", training(next_scores))
    with pytest.raises(KeyboardInterrupt):
        search(config(tmp_path, SPACE, "trials=5"))
    search(config(tmp_path, SPACE, "trials=5"))
    told = capsys.readouterr()
    assert "5/5 trial 5: 90.00 (" in told.err
    rows = scores(tmp_path)
    assert [(row["trial"], row["state"], row["score"]) for row in rows] == [
        ("0", "complete", "0.7"), ("1", "pruned", "0.4"), ("2", "fail", ""), ("3", "fail", ""),
        ("5", "complete", "0.9"),
    ]  # fmt: skip
    assert [row["error"] for row in rows[2:4]] == [
        "expected a finite loss", "expected a number as the score on dev, got nan; look at train.log",
    ]  # fmt: skip
    best = f"optimizer.lr={rows[4]['optimizer.lr']} net.encoder.hidden_sizes={rows[4]['net.encoder.hidden_sizes']}"
    assert f"train the best one: tagger train {best} …" in told.out.replace("\n", " ")
    assert rows[4]["net.encoder.hidden_sizes"] in ("[4]", "[8,4]")

    search(config(tmp_path, SPACE, "trials=5"))  # all done: trains nothing
    assert "5/5" not in capsys.readouterr().err


def test_a_search_trains_nets(tmp_path: Path) -> None:
    sentences = list(corpus.read(sample.path("dev")))[:8]
    corpus.write(sentences, tmp_path / "some.conllu")
    files = ["data=files", f"data.root={tmp_path}", "data.train=some.conllu", "data.dev=some.conllu"]
    small = ["net.encoder.hidden_sizes=[4]", "trainer.max_epochs=1"]
    with pytest.raises(TaggerError, match="got 1 that failed"):
        search(config(tmp_path / "run", *files, *small, "trials=1", "space=[{net.encoder.cell: [bogus]}]"))
    search(config(tmp_path / "run", *files, *small, "trials=2", "space=[{optimizer.lr: {low: 0.001, high: 0.1}}]"))
    failed, complete = scores(tmp_path / "run")
    assert failed["error"].startswith("expected net.encoder.cell to be one of lstm,")
    assert (failed["state"], complete["state"], complete["scorings"]) == ("fail", "complete", "1")
    assert "val/joint_f1 0." in (tmp_path / "run/trial_1/train.log").read_text(encoding="utf-8")
    assert not list(tmp_path.rglob("*.ckpt"))
    with pytest.raises(ModelError, match=r"trials of tagger search.* keep no weights"):
        runs.report(tmp_path / "run/trial_1", split="dev", n_worst=1)


def test_less_may_be_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "train", training(lambda cfg: [cfg.optimizer.lr, 5.0], "val/perplexity"))
    search(config(tmp_path, "experiment=next_char", SPACE_OF_RATE, "trials=3"))
    assert all(row["score"] in ("1.0", "2.0", "3.0") or row["state"] == "pruned" for row in scores(tmp_path))
    monkeypatch.setattr(module, "train", training(lambda cfg: [0.25], "val/rmse"))
    search(config(tmp_path / "part", "experiment=regression", SPACE_OF_RATE, "trials=1"))
    assert "1/1 trial 0: 0.25 (" in capsys.readouterr().err  # no share, so not in percent


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ("{optimizer.lr: 0.1}", r"space: expected \[VALUE, …\] or {low: A, high: B} for optimizer\.lr, got 0\.1"),
        ("{optimizer.lr: {low: 0.1}}", r"space: expected a range or values for optimizer\.lr"),
        ("{optimizer.lr: {low: 2, high: 1}}", r"space: expected a range or values for optimizer\.lr"),
        ("{optimizer.rate: [0.1]}", r"space: expected settings of conf/train\.yaml, got 'optimizer\.rate'"),
    ],
)
def test_spaces_that_are_none(space: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        search(config(tmp_path, f"space=[{space}]", "trials=1"))


def test_all_trials_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "train", training(lambda cfg: []))
    with pytest.raises(TaggerError, match="expected a trial that ends well, got 2 that failed"):
        search(config(tmp_path, SPACE, "trials=2"))

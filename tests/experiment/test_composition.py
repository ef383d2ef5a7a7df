"""What a command line sets and Hydra or a constructor refuses is one line and a status; the rest runs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from tagger import cli
from tagger.errors import CorpusError, UsageError
from tagger.experiment.composition import compose, run


def command(task: Any, *arguments: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> int:
    """`tagger train` with another task than to train."""
    monkeypatch.setattr(sys, "argv", ["tagger"])
    monkeypatch.chdir(folder)
    options = cli.experiment_options(cli.experiment_parser("train", "", {"a": "b"}), arguments)
    return cli.run(lambda: run(task, "train", options))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seed=abc"], "seed: expected a whole number, as 1 is, got 'abc'"),
        (["optimizer.lr=abc"], "optimizer.lr: expected a number, as 0.002 is, got 'abc'"),
        (
            ["patiense=3"],
            "patiense: expected a setting of conf/train.yaml or of what it names, there is none",
        ),
        (
            ["dta=files"],
            "dta: expected a setting of conf/train.yaml or of what it names, there is none",
        ),
        (["head=crff"], "head=crff: expected one of crf, factored, none, softmax; did you mean crf?"),
        (["experiment=samples"], "experiment=samples: expected one of classify, "),
        (["seed"], "expected KEY=VALUE, got 'seed'"),
        (["--multirn"], "expected known options and no more files, got --multirn; did you mean --multirun?"),
        (["--config-dir", "nowhere"], "--config-dir: expected a folder, found none at nowhere"),
    ],
)
def test_a_wrong_setting_is_wrong_usage(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        status = command(lambda _: None, *arguments, monkeypatch=monkeypatch, folder=tmp_path)
    except SystemExit as end:
        status = int(str(end.code))
    err = capsys.readouterr().err
    assert (status, err.count("\n")) == (2, 1), err
    assert err.startswith(f"error: {message}")
    assert "HYDRA" not in err


@pytest.mark.parametrize("experiment", ["sample", "zh_words_base"])
@pytest.mark.parametrize("sign", ["", "+", "++"])
def test_flags_of_lightning_need_no_plus(experiment: str, sign: str) -> None:
    """Whether the experiment sets them or not."""
    cfg = compose("train", [f"experiment={experiment}", f"{sign}trainer.val_check_interval=0.2", "run=/nowhere"])
    assert cfg.trainer.val_check_interval == 0.2
    with pytest.raises(UsageError, match="there is none"):
        compose("gold", ["trainer.val_check_interval=0.2"])


def test_a_refusal_of_the_task_ends_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def task(cfg: Any) -> None:
        raise CorpusError(f"expected better than {cfg.name}")

    assert command(task, "name=语 料", monkeypatch=monkeypatch, folder=tmp_path) == 1
    assert capsys.readouterr().err == "error: expected better than 语 料\n"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"_target_": "builtins.int", "_args_": ["x"]}, "error: optimizer: invalid literal for int"),
        ({"_target_": "torch.optim.None_"}, "error: optimizer: Error loading 'torch.optim.None_'"),
        ({"_target_": "tagger.corpus.read", "path": "no.slash"}, ""),
    ],
)
def test_what_a_constructor_refuses_names_its_setting(
    node: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def task(cfg: Any) -> None:
        cfg = OmegaConf.create({"optimizer": node})
        instantiate(cfg)

    status = command(task, monkeypatch=monkeypatch, folder=tmp_path)
    err = capsys.readouterr().err
    assert (status, err.count("\n")) == ((2, 1) if message else (0, 0))
    assert err.startswith(message)


def test_a_bug_of_the_task_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def task(cfg: Any) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        command(task, monkeypatch=monkeypatch, folder=tmp_path)


def test_names_with_any_characters_reach_the_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    path = "语料 (新)/[1],x=y.slash"
    arguments = ["data=files", f"data.train={path}", "hydra.run.dir=runs/实验, 一=1", "net.encoder.hidden_sizes=[8,8]"]
    assert command(seen.append, *arguments, monkeypatch=monkeypatch, folder=tmp_path) == 0
    [cfg] = seen
    assert (cfg.data.train, list(cfg.net.encoder.hidden_sizes)) == (path, [8, 8])
    assert Path(tmp_path, "runs/实验, 一=1/.hydra/config.yaml").is_file()


def test_sweeps_and_configurations_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine/experiment").mkdir(parents=True)
    (tmp_path / "mine/experiment/我的.yaml").write_text("# @package _global_\nseed: 7\n", encoding="utf-8")
    seen: list[Any] = []
    arguments = [
        "data=files",
        "data.train=语料,b",
        "-m",
        "--config-dir",
        "mine",
        "experiment=我的",
        "hydra.sweep.dir=sweep",
    ]
    monkeypatch.setattr(cli, "__version__", "0")
    assert command(seen.append, *arguments, monkeypatch=monkeypatch, folder=tmp_path) == 0
    assert [(cfg.data.train, cfg.seed) for cfg in seen] == [("语料", 7), ("b", 7)]


def test_a_run_that_fails_does_not_end_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []

    def task(cfg: Any) -> float:
        seen.append(cfg.seed)
        if cfg.seed == 2:
            raise CorpusError("expected another seed")
        return 0.5

    arguments = ["seed=1,2,3", "-m", "hydra.sweep.dir=sweep"]
    assert command(task, *arguments, monkeypatch=monkeypatch, folder=tmp_path) == 1
    assert seen == [1, 2, 3]
    first, last = capsys.readouterr().err.splitlines()
    assert first == "error: expected another seed"
    assert last.startswith("error: expected all runs of the sweep to end well, got 1 that failed: seed=2; ")


def test_a_configuration_is_composed_without_a_run(tmp_path: Path) -> None:
    cfg = compose("gold", ["data=files", "data.test=测试 (1).slash"])
    assert cfg.data.test == "测试 (1).slash"
    with pytest.raises(UsageError, match=r"data.tset: .* did you mean data.test\?"):
        compose("gold", ["data.tset=a"])

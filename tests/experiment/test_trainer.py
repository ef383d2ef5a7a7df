"""Callbacks and loggers are what the configuration names, and Lightning's flags do what they say."""

import csv
import json
import math
from pathlib import Path
from typing import Any, ClassVar

import lightning
import pytest
import torch
import yaml
from hydra import compose, initialize_config_dir
from lightning.pytorch.callbacks import Callback

from tagger import cli, corpus
from tagger.corpus import sample
from tagger.errors import UsageError
from tagger.experiment.training import train
from tagger.learning.nets import recurrent
from tagger.learning.systems import TaggingSystem

SMALL = ["net.encoder.hidden_sizes=[4]", "net.embedding.char_size=4", "net.embedding.bigram_size=0", "head=softmax"]
STILL = ["trainer.max_epochs=9", "optimizer.lr=0.0"]  # no score is ever better
N_BATCHES = 10


class Steps(Callback):
    """Notes the steps before which dev is scored, and the seed of each batch."""

    scored: ClassVar[list[int]] = []
    seeds: ClassVar[list[int]] = []
    norms: ClassVar[list[float]] = []
    fused: ClassVar[bool | None] = None

    def on_before_backward(self, *_: Any) -> None:
        self.seeds.append(torch.initial_seed())

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.norms.append(float(trainer.callback_metrics.get("train/gradient_norm", math.nan)))
        Steps.fused = trainer.optimizers[0].param_groups[0]["fused"]

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.scored.append(trainer.global_step)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Ten batches of two sentences, and two sentences of dev."""
    folder = tmp_path_factory.mktemp("corpora")
    sentences = sorted(corpus.read(sample.path("dev")), key=lambda sentence: len(sentence.text))
    corpus.write(sentences[: 2 * N_BATCHES], folder / "train.conllu")
    corpus.write(sentences[-2:], folder / "dev.conllu")
    return ["data=files", f"data.root={folder}", "data.train=train.conllu", "data.dev=dev.conllu"]


@pytest.fixture
def run(corpora: list[str], tmp_path: Path) -> Any:
    def run(*overrides: str) -> float:
        Steps.scored, Steps.seeds, Steps.norms = [], [], []
        options = [*corpora, *SMALL, "data.batch_sentences=2", f"run={tmp_path}", "export=false", "logger=csv"]
        with initialize_config_dir(str(cli.CONF), version_base="1.3"):
            cfg = compose("train", [*options, f"+trainer.callbacks=[{{_target_: {__name__}.Steps}}]", *overrides])
        return train(cfg)

    return run


def test_callbacks_and_loggers_are_what_the_configuration_names(run: Any, tmp_path: Path) -> None:
    score = run(
        "+callbacks=[ema,top,timer]",
        "logger=[csv,tensorboard]",
        "trainer.max_epochs=2",
        "+trainer.val_check_interval=0.3",
    )
    assert Steps.scored == [4, 7, 10, 14, 17, 20]
    saved = torch.load(tmp_path / "best.ckpt", weights_only=True)
    assert "averaging_state" in saved
    assert len(list((tmp_path / "top").glob("step_*.ckpt"))) == 3
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 2 * N_BATCHES
    for folder in ("csv/version_0", "tensorboard"):
        settings = yaml.safe_load((tmp_path / folder / "hparams.yaml").read_text(encoding="utf-8"))
        assert "0.002" in json.dumps(settings)
    rows = list(csv.DictReader((tmp_path / "csv/version_0/metrics.csv").read_text(encoding="utf-8").splitlines()))
    assert {"train/cpu_seconds", "lr-Adam"} <= rows[0].keys()
    system = TaggingSystem.load_from_checkpoint(tmp_path / "best.ckpt")
    assert all(torch.equal(saved["state_dict"][f"net.{name}"], x) for name, x in system.net.state_dict().items())
    assert 0 <= score <= 1


def test_no_callback_and_no_logger(run: Any, tmp_path: Path) -> None:
    assert run("callbacks=none", "logger=none", "trainer.max_epochs=1") >= 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "scored", "saved"),
    [
        (["+trainer.fast_dev_run=true"], [1], None),
        (["+trainer.max_steps=3"], [3], "best.ckpt"),
        (["+trainer.max_steps=3", "+trainer.accumulate_grad_batches=2"], [3], "best.ckpt"),
        (["+trainer.limit_val_batches=0"], [], "last.ckpt"),
        (["+trainer.enable_checkpointing=false"], [10], None),
        (["+trainer.overfit_batches=2", "trainer.max_epochs=2"], [2, 4], "best.ckpt"),
        (["debug=fast"], [1], None),
        (["debug=overfit", "trainer.max_epochs=1"], [2], "best.ckpt"),
        (["debug=profile"], [10], "best.ckpt"),
        (["scheduler=plateau", "optimizer=sgd"], [10], "best.ckpt"),
        (["+trainer.val_check_interval=4"], [4, 8, 10], "best.ckpt"),
        ([*STILL, "patience=1", "+trainer.val_check_interval=0.5"], [5, 10, 15], "best.ckpt"),
        (["callbacks=none", "+trainer.limit_val_batches=0"], [], None),
    ],
)
def test_flags_of_lightning(
    run: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    flags: list[str],
    scored: list[int],
    saved: str | None,
) -> None:
    caplog.set_level("INFO")
    score = run("trainer.max_epochs=1", *flags)
    assert Steps.scored == scored
    assert math.isnan(score) == (not scored)
    assert {path.name for path in tmp_path.glob("*.ckpt")} == ({"last.ckpt", saved} if saved else set())
    *_, said = capsys.readouterr().out.splitlines()
    shown = "val/joint_f1 " if scored else "no dev score"
    assert said.startswith(f"{tmp_path / saved if saved else 'no checkpoint was saved'}: {shown}")
    remedies = [record.message for record in caplog.records if record.message.startswith("model file: ")]
    assert remedies == [
        f"model file: tagger export {tmp_path / name} -o {tmp_path}/model.onnx" for name in [saved] if name
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("+trainer.logger=false", r"expected loggers by logger=NAME, got trainer\.logger=False"),
        ("trainer.precision=64-true", "64-true: expected one of 32-true, 32, bf16-mixed, 16-mixed"),
        ("trainer.precision=bf16-true", "bf16-true: expected one of"),
        ("monitor=val/nothing", "could not find the monitored key"),
    ],
)
def test_flags_that_are_refused(run: Any, setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run("trainer.max_epochs=1", setting)


def test_each_batch_of_an_accumulated_step_has_its_own_random_numbers(run: Any) -> None:
    run("trainer.max_epochs=1", "+trainer.accumulate_grad_batches=2", "callbacks=none", "logger=none")
    assert len(set(Steps.seeds)) == N_BATCHES


def test_gradients_under_fp16_are_clipped_after_they_are_unscaled(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning takes `trainer.precision=16-mixed` on a CPU for bf16, so its plugin stands here in its place."""
    monkeypatch.setattr(recurrent, "FLOAT32_ON", {"cpu"})
    few = ["trainer.max_epochs=1", "+trainer.limit_train_batches=3", "callbacks=none", "logger=none", "optimizer.lr=0"]
    run(*few)
    wanted = list(Steps.norms)
    assert Steps.fused
    plugin = "{_target_: lightning.pytorch.plugins.MixedPrecision, precision: 16-mixed, device: cpu}"
    run(*few, "~trainer.precision", f"+trainer.plugins=[{plugin}]")
    assert not Steps.fused
    assert Steps.norms == pytest.approx(wanted, rel=0.01)


def test_deterministic_runs_end_with_the_same_weights(run: Any, tmp_path: Path) -> None:
    weights = []
    try:
        for _ in range(2):
            run("trainer.max_epochs=1", "+trainer.deterministic=true", "callbacks=[last]", "logger=none")
            assert torch.are_deterministic_algorithms_enabled()
            weights.append(torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"])
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])

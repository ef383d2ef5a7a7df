"""Training as a whole, on a few sentences of the sample corpus."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from lightning.pytorch.callbacks import Callback

import tagger
from tagger import corpus
from tagger.corpus import sample
from tagger.errors import CorpusError, ModelError, UsageError
from tagger.experiment import training as module
from tagger.learning import checkpoint
from tagger.learning.systems.tagging import TaggingSystem
from tagger.text.sentence import Sentence

ROOT = Path(__file__).parents[2]
SMALL = [
    "net.encoder.hidden_sizes=[6]",
    "net.embedding.char_size=5",
    "net.embedding.bigram_size=3",
    "data.batch_chars=200",
    "patience=50",
]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("corpora")
    sentences = list(corpus.read(sample.path("dev")))
    corpus.write(sentences[:40], folder / "train.conllu")
    corpus.write(sentences[40:60], folder / "dev.conllu")
    return ["data=files", f"data.root={folder}", "data.train=train.conllu", "data.dev=dev.conllu"]


def train(run: Path, *overrides: str) -> float:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[*SMALL, f"run={run}", "logger=csv", "export=false", *overrides])
    return module.train(cfg)


def weights(path: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["state_dict"]
    return state


class Signal(Callback):
    """What Ctrl-C does, at a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def figures(run: Path) -> dict[str, str]:
    """The last dev scores in the CSV log, under their names: those that this epoch has, as a log has a column for each
    score of any of its epochs."""
    log = max((run / "csv").glob("version_*/metrics.csv"))
    rows = list(csv.DictReader(log.read_text(encoding="utf-8").splitlines()))
    last = [row for row in rows if row["val/word_f1"]][-1]
    return {name: value for name, value in last.items() if name.startswith("val/") and value}


@pytest.mark.parametrize("step", [0, 5, 9, 11])
def test_stopped_and_resumed_is_the_run_that_was_not(
    corpora: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    step: int,
) -> None:
    caplog.set_level("INFO", "tagger.experiment")
    train(tmp_path / "whole", *corpora, "trainer.max_epochs=4")
    part = tmp_path / "part"
    stop, handler = f"{{_target_: {__name__}.Signal, step: {step}}}", signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as stopped:
        train(part, *corpora, "trainer.max_epochs=4", f"+trainer.callbacks=[{stop}]")
    assert stopped.value.code == 128 + signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is handler
    told = capsys.readouterr().err
    assert f"resume={part / 'interrupted.ckpt'} to continue" in told
    export = f"a model file of it: tagger export {part}/best.ckpt -o {part}/model.onnx"
    assert (export in told) == (part / "best.ckpt").exists()
    train(tmp_path / "other", *corpora, "trainer.max_epochs=4", f"resume={part / 'interrupted.ckpt'}")
    for name in ("last.ckpt", "best.ckpt"):
        whole, resumed = weights(tmp_path / "whole" / name), weights(part / name)
        assert whole.keys() == resumed.keys()
        assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    assert figures(tmp_path / "whole") == figures(part)
    closing = [record.message for record in caplog.records if record.message.startswith(("best: ", "model file: "))]
    assert closing[0] == closing[2]
    assert closing[3] == f"model file: tagger export {part}/best.ckpt -o {part}/model.onnx"


def test_bf16_trains_and_logs_gradient_norms(corpora: list[str], tmp_path: Path) -> None:
    train(tmp_path, *corpora, "trainer.precision=bf16-mixed", "trainer.max_epochs=2", "trainer.log_every_n_steps=1")
    rows = list(csv.DictReader((tmp_path / "csv/version_0/metrics.csv").read_text(encoding="utf-8").splitlines()))
    norms = [float(row["train/gradient_norm"]) for row in rows if row["train/gradient_norm"]]
    assert len(norms) >= 8
    assert min(norms) > 0


def test_a_net_learns_a_few_sentences_by_heart(corpora: list[str], tmp_path: Path) -> None:
    train_file = f"data.dev={corpora[2].partition('=')[2]}"
    options = [
        "net.encoder.hidden_sizes=[32]",
        "net.embedding.char_size=24",
        "net.encoder.variational_dropout=0",
        "net.embedding.unknown_dropout=0",
    ]
    score = train(tmp_path, *corpora, train_file, *options, "optimizer.lr=0.01", "trainer.max_epochs=30")
    assert score > 0.95


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        (["net.encoder.hidden_sizes=[7]"], ModelError, "expected a checkpoint of this run's architecture"),
        (["data.task=seg"], ModelError, "expected a checkpoint of this run's"),
        (["data.train=no.conllu"], CorpusError, r"no\.conllu: expected a file, found none"),
    ],
)
def test_a_checkpoint_of_another_configuration(
    corpora: list[str], tmp_path: Path, overrides: list[str], error: type[Exception], message: str
) -> None:
    train(tmp_path / "a", *corpora, "trainer.max_epochs=1")
    with pytest.raises(error, match=message):
        train(tmp_path / "b", *corpora, *overrides, f"resume={tmp_path / 'a/last.ckpt'}")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.max_epochs=0", r"expected some training, got trainer\.max_epochs=0"),
        ("seed=-1", "seed=-1: -1 is not in bounds"),
        ("threads=many", "threads=many: set_num_threads expects an int"),
        ("optimizer.lr=-1", "optimizer: Invalid learning rate: -1"),
        ("+optimizer.foo=1", "optimizer: .*unexpected keyword argument 'foo'"),
        ("+scheduler.foo=1", "scheduler: .*unexpected keyword argument 'foo'"),
        ("+net.foo=1", "net: .*unexpected keyword argument 'foo'"),
    ],
)
def test_settings_that_are_refused(corpora: list[str], tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        train(tmp_path, *corpora, override)


def test_nothing_to_resume_from(corpora: list[str], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.ckpt: expected a checkpoint to resume from, found no file"):
        train(tmp_path, *corpora, "resume=no.ckpt")


def test_a_corpus_of_one_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    corpus.write([Sentence.from_forms(["我", "来"], ["PRON", "VERB"])], tmp_path / "one.slash")
    paths = [f"data.{split}={tmp_path / 'one.slash'}" for split in ("train", "dev")]
    paths.append(f"data.test={tmp_path / 'one.slash'}")
    assert 0 <= train(tmp_path / "run", "data=files", *paths, "trainer.max_epochs=2", "export=true") <= 1
    assert tagger.load(tmp_path / "run/model.onnx")("我来").text == "我来"
    given, first, second, test, *closing = [
        record.message for record in caplog.records if record.name.startswith("tagger.")
    ]
    assert given.startswith("settings for 2 training characters and a new net: net.embedding.unknown_dropout=")
    score = r"dev joint F1 [\d.]+"
    assert re.fullmatch(
        rf"epoch 1 of 2: loss [\d.]+, {score} \(best\), [\d.]+ s, at most [\d.]+ s of training left", first
    )
    assert re.fullmatch(rf"epoch 2 of 2: loss [\d.]+, {score} \((best|best [\d.]+ in epoch 1)\), [\d.]+ s", second)
    assert re.fullmatch(r"test: words F1 [\d.]+, words \+ tags F1 [\d.]+ \(.*/model\.test\.json\)", test)
    assert closing[0] == f"report: tagger report {tmp_path}/run"
    is_last = "best)" in second
    assert closing[1].startswith(f"best: epoch {2 if is_last else 1} of 2, dev joint F1 ")
    assert [line.partition(":")[0] for line in closing[2:]] == ["the last epoch was the best"] * is_last


@pytest.mark.parametrize(
    ("net", "available", "wanted"),
    [
        (torch.nn.LSTM(192, 200, bidirectional=True), 16, 1),
        (torch.nn.LSTM(192, 400, bidirectional=True), 16, 4),
        (torch.nn.LSTM(192, 400, bidirectional=True), 2, 2),
        (torch.nn.ModuleDict({"embedding": torch.nn.Embedding(40_000, 32)}), 16, 1),
    ],
)
def test_a_small_net_has_one_thread(net: torch.nn.Module, available: int, wanted: int) -> None:
    assert module.choose_threads(net, available) == wanted


def test_a_run_that_stops_early_says_so(corpora: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    train(tmp_path, *corpora, "optimizer.lr=0", "patience=2", "trainer.max_epochs=9")
    lines = [record.message for record in caplog.records if record.name == "tagger.experiment.training"]
    assert lines[:1] == ["stopped early: no better dev joint F1 in 2 scorings (patience); the best is kept"]
    assert lines[1].startswith("best: epoch 1 of 3, dev joint F1 ")


def command(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=250
    )


def test_two_processes_agree_on_the_scores_of_all_sentences(corpora: list[str], tmp_path: Path) -> None:
    run = tmp_path / "ddp"
    options = ["trainer=ddp", "trainer.max_epochs=1", "export=true", "logger=csv", f"hydra.run.dir={run}", "threads=1"]
    done = command("tagger.train", *corpora, *SMALL, *options)
    assert done.returncode == 0, done.stderr
    log = (run / "train.log").read_text(encoding="utf-8")
    assert log.count(" epoch 1 of 1: ") == done.stderr.count("epoch 1 of 1: ") == 1
    logged, seen = figures(run), one_process_scores(run / "best.ckpt", corpora)
    assert float(logged["val/word_f1"]) == pytest.approx(seen["word_f1"], abs=1e-6)
    assert float(logged["val/joint_f1"]) == pytest.approx(seen["joint_f1"], abs=1e-6)
    published = json.loads((run / "model.dev.json").read_text())
    assert published["words"]["f1"] == pytest.approx(seen["word_f1"], abs=1e-6)


def one_process_scores(path: Path, corpora: list[str]) -> dict[str, float]:
    """The dev scores of a checkpoint's net, by the same steps as in training but in this process."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[*SMALL, *corpora])
    data = instantiate(cfg.data)
    data.setup()
    trained = checkpoint.load(path)
    system = TaggingSystem(
        trained.net,
        presegmenter=trained.presegmenter,
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
    )
    for batch in data.val_dataloader():
        system.validation_step(batch, 0)
    return {name: float(value) for name, value in system.metric.compute().items()}


def test_a_sweep_trains_exports_and_scores_every_cell(corpora: list[str], tmp_path: Path) -> None:
    options = [
        "trainer.max_epochs=1",
        "logger=csv",
        f"hydra.sweep.dir={tmp_path}",
        "hydra.sweep.subdir=${hydra.job.num}",
    ]
    done = command("tagger.train", "-m", *corpora, *SMALL, *options, "net.encoder.cell=lstm,gru,rnn_tanh,rnn_relu")
    assert done.returncode == 0, done.stderr
    for job, cell in enumerate(("lstm", "gru", "rnn_tanh", "rnn_relu")):
        model = tagger.load(tmp_path / str(job) / "model.onnx").model
        assert model.metadata.architecture.cell == cell
        assert json.loads((tmp_path / str(job) / "model.dev.json").read_text())["n_sentences"] == 20


def test_wrong_usage_is_one_line() -> None:
    unknown = command("tagger.train", "net.cells=gru")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("error: net.cells: expected a setting of conf/train.yaml")
    assert unknown.stderr.endswith("did you mean net.encoder.cell?\n")
    missing = command("tagger.train", "data=files", "data.train=no.conllu", "data.dev=no.conllu")
    assert missing.returncode == 1
    assert missing.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in missing.stderr

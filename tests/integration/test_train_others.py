"""Training what is no tagger, from the configuration to the published file, on a few texts of our own."""

import json
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir

import tagger
from tagger import export, generate
from tagger.errors import ModelError
from tagger.experiment import training as module
from tagger.learning.checkpoint import load_char_lm

ROOT = Path(__file__).parents[2]
SMALL = [
    "net.encoder.hidden_sizes=[8]",
    "net.embedding.char_size=6",
    "net.embedding.bigram_size=4",
    "logger=csv",
    "threads=1",
]
QUESTIONS = {
    "card": ["Where is my card?", "My card has not come", "I lost the card", "A new card, please", "card!"],
    "fee": ["What is the fee?", "Why did I pay a fee", "The fee is too high", "Which fees are there?", "fee!"],
}


def train(run: Path, experiment: str, *overrides: str) -> float:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[f"experiment={experiment}", *SMALL, f"run={run}", *overrides])
    return module.train(cfg)


@pytest.fixture
def questions(tmp_path: Path) -> list[str]:
    rows = [f'"{text}",{label}' for label, texts in QUESTIONS.items() for text in texts * 4]
    (tmp_path / "train.csv").write_text("\n".join(["text,category", *rows]) + "\n", encoding="utf-8")
    return [f"data.root={tmp_path}", "data.dev=train.csv", "optimizer.lr=0.02"]


def test_a_classifier_learns_a_few_questions_by_heart(
    questions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    options = [
        "net.encoder.variational_dropout=0",
        "net.head.dropout=0",
        "net.head.dense_size=6",
        "trainer.max_epochs=12",
    ]
    assert train(run, "classify_banking77", *questions, *options) == 1
    assert "accuracy" in capsys.readouterr().out
    classifier = tagger.load_classifier(run / "model.onnx")
    for label, texts in QUESTIONS.items():
        assert {prediction.label for prediction in classifier.classify(texts)} == {label}
    values = json.loads((run / "model.dev.json").read_text(encoding="utf-8"))
    assert (values["accuracy"], values["macro_f1"], values["n_texts"]) == (1, 1, 40)
    assert classifier.model.metadata.training.task == "classification"
    assert generate.main(["-c", str(run / "best.ckpt")]) == 1
    assert f"tagger export {run / 'best.ckpt'} -o NAME.onnx makes a model file of it" in capsys.readouterr().err


def test_a_stopped_classifier_goes_on_and_another_is_refused(questions: list[str], tmp_path: Path) -> None:
    options = [*questions, "export=false", "scheduler=constant"]
    train(tmp_path / "whole", "classify_banking77", *options, "trainer.max_epochs=3")
    train(tmp_path / "part", "classify_banking77", *options, "trainer.max_epochs=2")
    last = tmp_path / "part/last.ckpt"
    train(tmp_path / "part", "classify_banking77", *options, "trainer.max_epochs=3", f"resume={last}")
    whole, part = (torch.load(path, weights_only=True)["state_dict"] for path in (tmp_path / "whole/last.ckpt", last))
    assert all(torch.equal(whole[name], part[name]) for name in whole)
    with pytest.raises(ModelError, match="expected a checkpoint of this run's max_chars, 9, got one of 1000"):
        train(tmp_path / "other", "classify_banking77", *options, "data.max_chars=9", f"resume={last}")


def test_a_character_model_learns_a_line_by_heart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("春眠不觉晓，处处闻啼鸟。\n" * 60, encoding="utf-8")
    options = ["data=text", f"data.train={text}", "net.encoder.hidden_sizes=[24]", "net.encoder.variational_dropout=0"]
    options += [
        "net.embedding.unknown_dropout=0",
        "data.context=16",
        "data.batch_windows=8",
        "optimizer.lr=0.02",
        "trainer.max_epochs=20",
    ]
    assert train(tmp_path / "run", "next_char", *options) < 1.3
    assert "perplexity" in capsys.readouterr().out
    checkpoint = tmp_path / "run/best.ckpt"
    assert json.loads(checkpoint.with_suffix(".dev.json").read_text(encoding="utf-8"))["unigram_perplexity"] > 5
    assert generate.main(["-c", str(checkpoint), "--prompt", "春眠", "--temperature", "0", "--length", "23"]) == 0
    assert capsys.readouterr().out == "春眠不觉晓，处处闻啼鸟。\n春眠不觉晓，处处闻啼鸟。\n"
    assert generate.main(["-c", str(checkpoint), "--score", str(text)]) == 0
    assert "780 characters: perplexity 1." in capsys.readouterr().out
    assert generate.main(["-c", str(checkpoint), "--line", "--samples", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert load_char_lm(checkpoint).context == 16
    assert export.main([str(checkpoint), "-o", str(tmp_path / "model.onnx")]) == 1
    said = capsys.readouterr().err
    assert "expected a checkpoint of a tagger, classifier or regressor, got one of a character model" in said
    assert f"tagger generate -m {checkpoint} writes text with it" in said
    (tmp_path / "model.onnx").touch()
    assert generate.main(["-c", str(tmp_path / "model.onnx")]) == 1
    assert "expected a checkpoint, got a model file; give the best.ckpt of its run" in capsys.readouterr().err
    assert generate.main(["-c", str(tmp_path / "no.ckpt")]) == 1
    assert "expected a checkpoint, found no file" in capsys.readouterr().err


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_next_word_from_one_or_both_directions(tmp_path: Path, bidirectional: bool) -> None:
    text = tmp_path / "text.txt"
    text.write_text("i like your friends\nhe sees my sister\nshe hears our music\n", encoding="utf-8")
    options = [f"data.{split}={text}" for split in ("train", "dev")]
    options += [f"net.encoder.bidirectional={str(bidirectional).lower()}", "net.head.dropout=0", "optimizer.lr=0.05"]
    options += ["net.encoder.hidden_sizes=[8]", "trainer.max_epochs=30", "patience=30", "logger=none", "threads=1"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=["experiment=next_word", f"run={tmp_path}/run", *options])
    assert module.train(cfg) == 1
    classifier = tagger.load_classifier(tmp_path / "run/model.onnx")
    for words, following in (("i like your", "friends"), ("he sees", "my"), ("she", "hears")):
        assert classifier(words).label == following

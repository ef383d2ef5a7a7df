"""A step of training reads no value of a tensor: a card computes on while the processor prepares what comes next."""

from pathlib import Path

import pytest
import torch
from synchronisation import Copies, Operators, StepCounter

from tagger import corpus
from tagger.corpus import sample
from tagger.errors import ModelError
from tagger.experiment.composition import compose
from tagger.experiment.training import train

SMALL = [
    "trainer.max_epochs=1", "trainer.limit_val_batches=1", "logger=csv", "export=false", "net.encoder.hidden_sizes=[4]",
    "+trainer.callbacks=[{_target_: synchronisation.StepCounter}]",
]  # fmt: skip
WORDS = ["data=files", "data.train=train.conllu", "data.dev=train.conllu", "data.batch_sentences=4"]
CASES = {
    "crf": [*WORDS, "data.partial=some.partial", "data.batch_sentences=16", "system.class_weights=balanced"],
    "factored": [*WORDS, "head=factored"],
    "softmax": [*WORDS, "head=softmax", "system.label_smoothing=0.1", "trainer.accumulate_grad_batches=2"],
    "classification": ["experiment=opinions", "system.class_weights=balanced", "data.share=40"],
    "character": ["experiment=next_char", "data.train=text.txt", "data.dev=text.txt"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    sentences = list(corpus.read(sample.path("dev")))[:12]
    corpus.write(sentences, folder / "train.conllu")
    (folder / "some.partial").write_text("我在[北京大学/PROPN]读书|的时候\n" * 2, encoding="utf-8")
    (folder / "text.txt").write_text("".join(f"{sentence.text}\n" for sentence in sentences), encoding="utf-8")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_no_step_waits_for_a_value(case: str, folder: Path, tmp_path: Path) -> None:
    root = [] if case == "classification" else [f"data.root={folder}"]
    train(compose("train", [*CASES[case], *root, *SMALL, f"run={tmp_path}"]))
    assert StepCounter.last.n_steps >= 1
    assert not StepCounter.last.reads


def test_what_is_counted() -> None:
    x = torch.arange(4)
    with Operators() as operators, Copies() as copies:
        x[x > 1].sum().item()
        torch.nonzero(x)
        x[torch.tensor([1, 2])].cpu().tolist()
    assert operators.reads == {"index": 1, "nonzero": 1, "_local_scalar_dense": 1}
    assert copies.reads == {"cpu": 1, "tolist": 1}


def test_a_loss_that_is_not_finite_ends_training_before_weights_are_saved(folder: Path, tmp_path: Path) -> None:
    cfg = compose("train", [*CASES["softmax"], f"data.root={folder}", *SMALL, "optimizer.lr=1e38", f"run={tmp_path}"])
    with pytest.raises(ModelError, match=r"expected a finite loss, got (nan|inf) at step [01]; lower optimizer\.lr"):
        train(cfg)
    assert not list(tmp_path.glob("*.ckpt"))

"""A pretrained encoder as a teacher: trained, scored, refused as a model file, and asked for labels."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from encoders import needs_transformers, sample_characters, write_encoder
from hydra import compose, initialize_config_dir

from tagger import corpus, distill, evaluate, export
from tagger.corpus import sample
from tagger.errors import InputError, ModelError
from tagger.experiment import training as module
from tagger.learning import checkpoint
from tagger.learning.nets import TransformerTagger
from tagger.learning.resources.soft_labels import SoftLabels
from tagger.learning.teacher import open_checkpoint
from tagger.tagging.tagger import Tagger

needs_transformers()

ROOT = Path(__file__).parents[2]
NET = ["net=encoder", "head=softmax", "optimizer=adamw", "optimizer.lr=0.01", "layer_decay=0.9", "threads=1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty sentences in two standards, and the run of an encoder that learnt both."""
    folder = tmp_path_factory.mktemp("teacher")
    torch.manual_seed(1)
    write_encoder(folder / "encoder", sample_characters())
    sentences = list(corpus.read(sample.path("train")))[:20]
    for name in ("words", "gsd"):
        corpus.write(sentences, folder / f"{name}.conllu")
    parts = [f"+data@data.parts.{name}=files" for name in ("words", "gsd")]
    parts += [
        f"data.parts.{name}.{split}={folder / name}.conllu" for name in ("words", "gsd") for split in ("train", "dev")
    ]
    train(folder / "run", folder, "data=several", *parts, "trainer.max_epochs=2")
    return folder


def train(run: Path, folder: Path, *overrides: str) -> float:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        source = f"net.source={folder / 'encoder'}"
        cfg = compose("train", overrides=[*NET, source, f"run={run}", "logger=csv", *overrides])
    return module.train(cfg)


def texts() -> list[str]:
    return [sentence.text for sentence in corpus.read(sample.path("dev"))][:12]


def test_its_checkpoint_tags_as_its_net_does(folder: Path) -> None:
    path = folder / "run" / "best.ckpt"
    trained, model = checkpoint.load(path), open_checkpoint(path)
    assert model.standards == trained.net.standards == ("words", "gsd")
    codes = np.array([[ord(char) for char in "我去北京"]], np.int32)
    for standard in (0, 1):
        with torch.inference_mode():
            wanted = trained.net(torch.from_numpy(codes), torch.tensor([4]), torch.tensor([standard])).numpy()
        assert model.scores(codes, np.array([4], np.int32), standard) == pytest.approx(wanted, abs=1e-5)
    tagger = Tagger(model)
    assert [sentence.text for sentence in tagger.tag(texts())] == texts()
    coarse = open_checkpoint(path, precision="bf16").scores(codes, np.array([4], np.int32))
    assert coarse == pytest.approx(model.scores(codes, np.array([4], np.int32)), rel=0.05, abs=0.1)


@pytest.mark.parametrize("name", ["run", "run/best.ckpt"])
def test_distill_takes_the_run_and_the_checkpoint(folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "raw.txt").write_text("\n".join(texts()), encoding="utf-8")
    output = tmp_path / "labels.npz"
    words = [tmp_path / "raw.txt", "-m", folder / name, "--standard", "gsd", "--shortest", 2, "-o", output]
    assert distill.main(list(map(str, words))) == 0
    labels = SoftLabels.load(output)
    teacher = Tagger(open_checkpoint(folder / "run" / "best.ckpt"), standard="gsd")
    for i, text in enumerate(labels.texts):
        wanted = distill.tag_probabilities(teacher, [text])
        assert labels.soft_targets_of(i).argmax(1).tolist() == wanted.argmax(1).tolist()


def test_a_teacher_of_another_standard_and_a_folder_without_a_checkpoint_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="expected one of the standards words, gsd, got 'pku'"):
        distill.load_teacher(str(folder / "run"), standard="pku")
    with pytest.raises(ModelError, match=r"best\.ckpt: expected a checkpoint, found no file"):
        distill.load_teacher(str(folder))


def test_evaluate_scores_a_checkpoint(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = tmp_path / "scores.json"
    gold, model = folder / "gsd.conllu", folder / "run" / "best.ckpt"
    words = [gold, "-m", model, "--standard", "gsd", "--resamples", 10, "-o", output]
    assert evaluate.main(list(map(str, words))) == 0
    tagger = Tagger(open_checkpoint(model), standard="gsd")
    right = [tagger(sentence.text).forms == sentence.forms for sentence in corpus.read(gold)]
    values = json.loads(output.read_text(encoding="utf-8"))
    assert values["exact_match"] == pytest.approx(sum(right) / len(right))
    assert "words + tags" in capsys.readouterr().out


def test_it_is_no_model_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = "an encoder is a teacher: it trains, scores and distils"
    files = [f"data.{split}={folder / 'gsd.conllu'}" for split in ("train", "dev")]
    with pytest.raises(ModelError, match=refused):
        train(tmp_path / "run", folder, "data=files", *files, "export=true")
    assert not list(tmp_path.rglob("*.ckpt"))  # before training
    for words in ([], ["--round", "--dev", folder / "gsd.conllu"]):
        command = [folder / "run" / "best.ckpt", "-o", tmp_path / "model.onnx", *words]
        assert export.main(list(map(str, command))) == 1
        assert refused in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.onnx"))


def test_an_encoder_begins_with_its_checkpoint_and_with_no_other(folder: Path, tmp_path: Path) -> None:
    files = ["data=files", *(f"data.{split}={folder / 'gsd.conllu'}" for split in ("train", "dev"))]
    init = f"init={folder / 'run' / 'best.ckpt'}"
    train(tmp_path / "again", folder, *files, init, "trainer.max_epochs=1", "optimizer.lr=1e-9")
    old, new = (checkpoint.load(run / "best.ckpt").net for run in (folder / "run", tmp_path / "again"))
    assert isinstance(old, TransformerTagger)
    assert isinstance(new, TransformerTagger)
    for before, after in zip(old.layers()[1], new.layers()[1], strict=True):
        assert torch.allclose(before, after, atol=1e-6)
    with pytest.raises(ModelError, match=r"leave out data.lexicon, and init= of a net=bilstm"):
        train(tmp_path / "other", folder, *files, "init=zh-small")

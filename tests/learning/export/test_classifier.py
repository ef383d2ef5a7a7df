"""The classifier from net to model file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from nets import sequence_classifier

import tagger
from tagger import export as export_module
from tagger.errors import ExportError, ModelError
from tagger.learning.checkpoint import TrainedClassifier, load, load_classifier
from tagger.learning.export import build, describe, export, verify
from tagger.learning.nets.classifier import Pooling, SequenceClassifier
from tagger.learning.nets.parts import count_parameters
from tagger.learning.nets.recurrent import CELLS, Cell
from tagger.modelfile.classifier import ClassifierModel
from tagger.modelfile.metadata import METADATA_KEY, TrainingInfo
from tagger.modelfile.protobuf import read_property, replace_property
from tagger.tagging.classifier import Classifier
from tagger.text.alphabet import Alphabet
from tagger.text.format_characters import without_format

TEXTS = ["Where is my card?", "费用是多少？", "", " ", "x" * 50, "\ud800", "a\0b", "😀" * 3]
ALPHABET = Alphabet.fit(TEXTS[:2], bigram_min_count=1)


def make(**options: Any) -> SequenceClassifier:
    torch.manual_seed(0)
    options = {"hidden_sizes": [6, 4], "char_size": 4, "bigram_size": 3} | options
    net = sequence_classifier(ALPHABET, ("card", "fee", "费用"), **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return net.eval()


def exported(net: SequenceClassifier, path: Path, max_chars: int = 40) -> Path:
    onnx.save(build(net, describe(TrainedClassifier(net, max_chars, {"corpus": "random"}))), path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(make(), tmp_path_factory.mktemp("classifier") / "intents.onnx")


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return tagger.load_classifier(model)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("pooling", "dense_size"), [("last", 0), ("mean", 5), ("max", 0)])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_every_net_gives_the_same_scores_exported(
    tmp_path: Path, cell: Cell, pooling: Pooling, dense_size: int, bidirectional: bool
) -> None:
    net = make(cell=cell, pooling=pooling, dense_size=dense_size, bidirectional=bidirectional)
    found = ClassifierModel.open(exported(net, tmp_path / "net.onnx"))
    texts = [text for text in TEXTS if text] if cell != "lstm" else [*filter(None, TEXTS), "card" * 40]
    chars, lengths = np.zeros((len(texts), 160), np.int32), np.array([len(text) for text in texts], np.int32)
    for row, text in enumerate(texts):
        chars[row, : len(text)] = list(map(ord, text))
    with torch.inference_mode():
        wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long()).numpy()
    assert np.allclose(found.scores(chars, lengths), wanted, rtol=1e-5, atol=1e-5)


def test_probabilities_are_the_softmax_of_the_net(classifier: Classifier) -> None:
    net = make()
    for text, found in zip(TEXTS, classifier.classify(TEXTS), strict=True):
        read = list(map(ord, without_format(text)[:40])) or [ord(" ")]
        wanted = torch.softmax(net(torch.tensor([read]), torch.tensor([len(read)]))[0], 0).tolist()
        assert found.probabilities == pytest.approx(wanted, abs=1e-6)
        assert (found.label, found.probability) == (classifier.labels[int(np.argmax(wanted))], max(found.probabilities))
        assert found.truncated == (len(text) > 40)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"labels": ["a"]}, "expected a label for each of 3 scores .* got 1"),
        ({"labels": None}, "expected metadata.labels to be a list, got None"),
        ({"max_chars": 0}, "max_chars of 1 or more"),
        ({"format": 2}, "expected model format 1, got 2"),
    ],
)
def test_metadata_that_cannot_be_used(model: Path, tmp_path: Path, edit: dict[str, Any], message: str) -> None:
    values = json.loads(read_property(model.read_bytes(), METADATA_KEY)) | edit
    (tmp_path / "bad.onnx").write_bytes(replace_property(model.read_bytes(), METADATA_KEY, json.dumps(values)))
    with pytest.raises(ModelError, match=rf"bad\.onnx: .*{message}"):
        tagger.load_classifier(tmp_path / "bad.onnx")


def test_a_file_that_answers_otherwise_is_found_out(model: Path) -> None:
    net = make()
    opened = ClassifierModel.open(model)
    assert verify(opened, net) < 1e-4
    with torch.no_grad():
        net.head.linear.bias[1] += 0.01
    with pytest.raises(ExportError, match="got a difference of 1"):
        verify(opened, net)


def test_checkpoints_become_model_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = make()
    stored = {
        "format": 2,
        "kind": "classifier",
        "architecture": net.architecture,
        "labels": list(net.labels),
        "max_chars": 40,
        "alphabet": {"chars": list(ALPHABET.chars), "bigrams": [list(pair) for pair in ALPHABET.bigrams]},
        "metadata": {"corpus": "none"},
    }
    path, output = tmp_path / "best.ckpt", tmp_path / "out.onnx"
    torch.save({"tagger": stored, "state_dict": {f"net.{k}": v for k, v in net.state_dict().items()}}, path)
    assert count_parameters(load_classifier(path).net) == count_parameters(net)
    assert export(path, output) < 1e-4
    assert export_module.main([f"checkpoint={path}", f"output={output}"]) == 0
    assert "scores within" in capsys.readouterr().out
    metadata = tagger.load_classifier(output).model.metadata
    assert metadata.training == TrainingInfo(corpus="none")
    assert metadata.n_parameters == sum(count_parameters(net).values())
    with pytest.raises(ModelError, match="expected a checkpoint of a tagger, got one of a classifier"):
        load(path)
    with pytest.raises(ExportError, match="cannot write the model file"):
        export(path, tmp_path / "no" / "out.onnx")

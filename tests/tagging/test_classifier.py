"""The classifier from checkpoint to command line, on a few texts of our own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import tagger
from tagger import export as export_module
from tagger.classify import main
from tagger.errors import ExportError, InputError, ModelError
from tagger.learning.checkpoint import TrainedClassifier, load, load_classifier
from tagger.learning.export.classifier import build, describe, export, verify
from tagger.learning.nets.classifier import Pooling, SequenceClassifier
from tagger.learning.nets.encoder import CELLS, Cell
from tagger.modelfile.classifier import ClassifierModel
from tagger.tagging.classifier import Classifier
from tagger.text.alphabet import Alphabet

TEXTS = ["Where is my card?", "费用是多少？", "", " ", "x" * 50, "\ud800", "a\0b", "😀" * 3]
ALPHABET = Alphabet.fit(TEXTS[:2], bigram_min_count=1)


def make(**options: Any) -> SequenceClassifier:
    torch.manual_seed(0)
    options = {"hidden_sizes": [6, 4], "char_size": 4, "bigram_size": 3} | options
    net = SequenceClassifier(ALPHABET, ("card", "fee", "费用"), **options)
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
        read = list(map(ord, text[:40])) or [ord(" ")]
        wanted = torch.softmax(net(torch.tensor([read]), torch.tensor([len(read)]))[0], 0).tolist()
        assert found.probabilities == pytest.approx(wanted, abs=1e-6)
        assert (found.label, found.probability) == (classifier.labels[int(np.argmax(wanted))], max(found.probabilities))
        assert found.truncated == (len(text) > 40)
        assert classifier(text).probabilities == pytest.approx(found.probabilities, abs=1e-6)
        best = classifier.top(found.probabilities, 2)
        assert best[0] == (found.label, found.probability)
        assert best[0][1] >= best[1][1]


def test_many_texts_in_order_and_none(classifier: Classifier) -> None:
    texts = [f"{i} card{'s' * (i % 37)}" for i in range(600)]
    found = [prediction.probability for prediction in classifier.classify(iter(texts))]
    assert found == pytest.approx([classifier(text).probability for text in texts], abs=1e-6)
    assert list(classifier.classify([])) == []


def test_texts_that_are_none(classifier: Classifier) -> None:
    with pytest.raises(InputError, match="expected several texts, got one string"):
        next(classifier.classify("text"))
    with pytest.raises(InputError, match=r"expected a text \(str\), got int"):
        classifier(3)  # type: ignore[arg-type]


def test_models_of_another_kind(model: Path, small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"intents\.onnx: expected a tagger, got a classifier; use .*tagger\.classify"):
        tagger.load(model)
    with pytest.raises(ModelError, match=r"small\.onnx: expected a classifier, got a tagger"):
        tagger.load_classifier(small_model)
    for edit, message in (
        ({"labels": ["a"]}, "expected a label for each of 3 scores .* got 1"),
        ({"labels": None}, "metadata cannot be read"),
        ({"max_chars": 0}, "max_chars of 1 or more"),
        ({"format": 2}, "expected model format 1, got 2"),
    ):
        net = make()
        onnx.save(build(net, describe(TrainedClassifier(net, 40, {})) | edit), tmp_path / "bad.onnx")
        with pytest.raises(ModelError, match=rf"bad\.onnx: .*{message}"):
            tagger.load_classifier(tmp_path / "bad.onnx")


def test_a_file_that_answers_otherwise_is_found_out(model: Path) -> None:
    net = make()
    opened = ClassifierModel.open(model)
    assert verify(opened, net) < 1e-4
    with torch.no_grad():
        net.linear.bias[1] += 0.01
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
    assert load_classifier(path).net.parts() == net.parts()
    assert export(path, output) < 1e-4
    assert export_module.main([f"checkpoint={path}", f"output={output}"]) == 0
    assert "scores within" in capsys.readouterr().out
    metadata = tagger.load_classifier(output).model.metadata
    assert metadata["training"] == {"corpus": "none"}
    assert metadata["n_parameters"] == sum(net.parts())
    with pytest.raises(ModelError, match="expected a checkpoint of a tagger, got one of a classifier"):
        load(path)
    with pytest.raises(ExportError, match="cannot write the model file"):
        export(path, tmp_path / "no" / "out.onnx")


def test_the_command(model: Path, classifier: Classifier, tmp_path: Path, capfdbinary: Any) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffWhere is my card?\r\n\n费用\t是".encode())
    (tmp_path / "b.jsonl").write_text('{"q": "Where is my card?", "id": 7}\n', encoding="utf-8")
    assert main(["-m", str(model), str(tmp_path / "a.txt")]) == 0
    wanted = [classifier(text) for text in ("Where is my card?", "", "费用\t是")]
    assert capfdbinary.readouterr().out.decode() == "".join(f"{p.label}\t{p.probability:.4f}\n" for p in wanted)
    call = ["-m", str(model), str(tmp_path / "a.txt"), str(tmp_path / "b.jsonl"), "--field", "q", "--top", "2"]
    assert main([*call, "-o", str(tmp_path / "out.jsonl.gz")]) == 0
    assert main([*call, "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.decode().splitlines()]
    assert [row["q"] for row in rows] == ["Where is my card?", "", "费用\t是", "Where is my card?"]
    assert rows[3]["id"] == 7
    assert rows[3] == rows[0] | {"id": 7}
    assert rows[0]["label"] == wanted[0].label
    assert [row["label"] for row in rows[0]["labels"]] == [
        name for name, _ in classifier.top(wanted[0].probabilities, 2)
    ]
    assert main(["-m", str(model), str(tmp_path / "a.txt"), "--top", "9"]) == 0
    assert {len(line.split("\t")) for line in capfdbinary.readouterr().out.decode().splitlines()} == {6}


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        ("a.txt", b"x\n\xff", [], "a.txt:2: expected UTF-8"),
        ("a.jsonl", b"{\n", [], "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b'{"q": 1}\n', ["--field", "q"], "expected an object with a string 'q'"),
        ("a.txt", b"x", ["--top", "0"], "expected --top of 1 or more"),
        ("a.txt", b"x", ["-m", "no.onnx"], "no.onnx: expected a model file, found none"),
    ],
)
def test_what_is_refused(
    model: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    arguments: list[str],
    message: str,
) -> None:
    (tmp_path / name).write_bytes(content)
    output = tmp_path / "out.tsv"
    assert main(["-m", str(model), str(tmp_path / name), "-o", str(output), *arguments]) == 1
    assert message in capfd.readouterr().err
    assert not output.exists()


def test_a_pipe_without_torch(model: Path, classifier: Classifier) -> None:
    code = (
        "import sys; from tagger.classify import main; status = main(sys.argv[1:]); "
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'lightning', 'hydra', 'onnx')))"
    )
    call = [sys.executable, "-c", code, "-m", str(model)]
    done = subprocess.run(call, input=b"card\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith(f"{classifier('card').label}\t")

import errno
import os
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

from tagger import export as module
from tagger.alphabet import Alphabet
from tagger.checkpoint import Trained, load
from tagger.errors import ExportError, ModelError
from tagger.export import build, describe, export, main, verify
from tagger.model import Model
from tagger.net import CELLS, BiLSTM, Cell
from tagger.scheme import Scheme

ALPHABET = Alphabet.fit(["我喜欢北京。今天天气很好", "ＡＢc 123"], bigram_min_count=1)


def make(scheme: Scheme, **options: Any) -> BiLSTM:
    torch.manual_seed(0)
    net = BiLSTM(ALPHABET, scheme, char_size=5, **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return net.eval()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    net = make(Scheme(("A", "B")), hidden_sizes=[6], bigram_size=4)
    path = tmp_path / "best.ckpt"
    stored = {
        "format": 1,
        "architecture": net.architecture,
        "alphabet": {"chars": list(ALPHABET.chars), "bigrams": [list(pair) for pair in ALPHABET.bigrams]},
        "scheme": net.scheme.to_dict(),
        "metadata": {"corpus": "none"},
    }
    torch.save({"tagger": stored, "state_dict": {f"net.{k}": v for k, v in net.state_dict().items()}}, path)
    return path


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_every_net_gives_the_same_answers_exported(tmp_path: Path, cell: Cell, bidirectional: bool, head: str) -> None:
    for sizes, bigram_size, pos in (([8], 0, ()), ([12, 8, 4], 4, ("A", "B", "C"))):
        net = make(
            Scheme(pos), cell=cell, bidirectional=bidirectional, head=head, hidden_sizes=sizes, bigram_size=bigram_size
        )
        path = tmp_path / "net.onnx"
        onnx.save(build(net, describe(Trained(net, {}))), path)
        assert verify(Model.open(path), net) < 1e-4


def test_what_is_published(checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.onnx"
    output.write_bytes(b"an older file")
    assert export(checkpoint, output) < 1e-4
    model = Model.open(output)
    assert model.metadata["training"] == {"corpus": "none"}
    assert model.metadata["n_parameters"] == sum(load(checkpoint).net.parts())
    assert model.scheme == Scheme(("A", "B"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best.ckpt", "model.onnx"]


def test_nothing_is_published_that_answers_otherwise(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(net: BiLSTM, metadata: dict[str, Any]) -> onnx.ModelProto:
        with torch.no_grad():
            net.head.linear.bias += 0.01
        proto = build(net, metadata)
        with torch.no_grad():
            net.head.linear.bias -= 0.01
        return proto

    (tmp_path / "model.onnx").write_bytes(b"an older file")
    monkeypatch.setattr(module, "build", tampered)
    with pytest.raises(ExportError, match="got a difference of 1"):
        export(checkpoint, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == b"an older file"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_leaves_nothing(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        export(checkpoint, tmp_path / "model.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["best.ckpt"]


def test_a_folder_that_is_not_there(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot write the model file"):
        export(checkpoint, tmp_path / "no" / "model.onnx")


def test_checkpoints_that_are_none(checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ckpt"
    with pytest.raises(ModelError, match=r"broken\.ckpt: expected a checkpoint, found no file"):
        load(broken)
    for content in (b"", b"text", checkpoint.read_bytes()[:2000]):
        broken.write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.ckpt: expected a checkpoint of tagger\.train"):
            load(broken)
    torch.save({"state_dict": {}}, broken)
    with pytest.raises(ModelError, match="got format None"):
        load(broken)
    foreign = torch.load(checkpoint, weights_only=True)
    foreign["tagger"]["architecture"]["hidden_sizes"] = [7]
    torch.save(foreign, broken)
    with pytest.raises(ModelError, match="the weights do not fit the net"):
        load(broken)


def test_the_command(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "model.onnx"
    assert main([f"checkpoint={checkpoint}", f"output={output}"]) == 0
    assert "tags equal" in capsys.readouterr().out
    assert main([f"checkpoint={tmp_path / 'no.ckpt'}", f"output={output}"]) == 1
    assert "error:" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert main([]) == 2
    assert main(["checkpoint=x"]) == 2

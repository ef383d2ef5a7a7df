import errno
import math
import os
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from nets import char_tagger

from tagger import corpus
from tagger.errors import ExportError, ModelError
from tagger.evaluation.rounding import compare
from tagger.export import main
from tagger.learning.checkpoint import Trained, check_exportable, load
from tagger.learning.export import build, describe, export, publish, verify
from tagger.learning.export import tagger as module
from tagger.learning.export.reading import read_tagger
from tagger.learning.export.rounding import round_weights
from tagger.learning.nets import CharTagger
from tagger.learning.nets.parts import count_parameters
from tagger.learning.nets.recurrent import CELLS, Cell
from tagger.modelfile.metadata import Metadata, Rounding, TrainingInfo
from tagger.modelfile.tagger import Model
from tagger.tagging.inspection.inspector import Inspector
from tagger.tagging.tagger import Tagger
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import NO_PRESEGMENTATION, Presegmenter
from tagger.text.scheme import Scheme

ALPHABET = Alphabet.fit(["我喜欢北京。今天天气很好", "ＡＢc 123"], bigram_min_count=1)
TEXTS = ["北", "我喜欢北京。", " ", "\ud800\0Ａ😀", "今天　天气很好", "ab 123", "京", "很好" * 9, "\u3000好", "好天"]


def make(scheme: Scheme, **options: Any) -> CharTagger:
    torch.manual_seed(0)
    net = char_tagger(ALPHABET, scheme, char_size=5, **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return net.eval()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    net = make(Scheme(("A", "B")), hidden_sizes=[6], bigram_size=4)
    path = tmp_path / "best.ckpt"
    stored = {
        "format": 2,
        "architecture": net.architecture,
        "alphabet": {"chars": list(ALPHABET.chars), "bigrams": [list(pair) for pair in ALPHABET.bigrams]},
        "scheme": net.scheme.to_dict(),
        "metadata": {"corpus": "none"},
    }
    torch.save({"tagger": stored, "state_dict": {f"net.{k}": v for k, v in net.state_dict().items()}}, path)
    return path


def exported(net: CharTagger, path: Path) -> Model:
    onnx.save(build(net, describe(Trained(net, Presegmenter(), {}))), path)
    return Model.open(path)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if not cell.startswith("reference_")])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
@pytest.mark.parametrize("sizes", [[8], [12, 8, 4]])
@pytest.mark.parametrize("pos", [(), ("A", "B", "C")])
def test_every_net_gives_the_same_answers_exported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cell: Cell,
    bidirectional: bool,
    head: str,
    sizes: list[int],
    pos: tuple[str, ...],
) -> None:
    net = make(Scheme(pos), cell=cell, bidirectional=bidirectional, head=head, hidden_sizes=sizes, bigram_size=4)
    model = exported(net, tmp_path / "net.onnx")
    assert model.scheme == net.scheme
    # All of verify but the number of texts, in batches of 1, 2 and 7 (seed 8).
    monkeypatch.setattr(module, "random_texts", lambda alphabet, generator: TEXTS)
    assert verify(model, net, seed=8) < 1e-5


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("gru", {"reset_after": False}),
        ("gru", {"reset_after": False, "bias": False}),
        ("lstm", {"bias": False}),
        ("rnn_relu", {"bias": False}),
        ("lstm_no_forget", {"bias": False}),
    ],
)
def test_and_one_with_options_of_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: Cell, options: dict[str, bool]
) -> None:
    net = make(Scheme(("A", "B")), cell=cell, hidden_sizes=[6, 4], bigram_size=4, **options)
    path = tmp_path / "net.onnx"
    model = exported(net, path)
    monkeypatch.setattr(module, "random_texts", lambda alphabet, generator: TEXTS)
    assert verify(model, net, seed=8) < 1e-5
    after = [a.i for node in onnx.load(path).graph.node for a in node.attribute if a.name == "linear_before_reset"]
    assert after == ([0, 0] if cell == "gru" else [])
    # The file is read back as the same net, and shown step by step.
    read = read_tagger(path).net
    assert read.state_dict().keys() == net.state_dict().keys()
    assert all(torch.allclose(read.state_dict()[name], value) for name, value in net.state_dict().items())
    found = Inspector.open(path, presegmenter=NO_PRESEGMENTATION)(TEXTS[1])
    assert len(found.layers) == 2


def test_a_projection_is_refused_before_training() -> None:
    net = make(Scheme(()), hidden_sizes=[6], projection=3)
    with pytest.raises(ModelError, match=r"expected net\.encoder\.projection=0 for a model file, got 3"):
        check_exportable(net)
    with pytest.raises(ExportError, match=r"expected net\.encoder\.projection=0 for a model file"):
        build(net, describe(Trained(net, Presegmenter(), {})))


@pytest.mark.parametrize(
    ("cell", "head"), [*zip(CELLS, ["factored", "softmax", "crf", "factored", "softmax"], strict=False)]
)
def test_and_so_on_many_texts(tmp_path: Path, cell: Cell, head: str) -> None:
    scheme = Scheme(("A", "B"), inner_spaces=True)
    net = make(scheme, cell=cell, head=head, hidden_sizes=[12, 8, 4], bigram_size=0)
    # A cell that never forgets adds up the rounding of all steps.
    assert verify(exported(net, tmp_path / "net.onnx"), net) < (5e-5 if cell == "lstm_no_forget" else 1e-5)


@pytest.mark.parametrize("forms", [["北京", "天气", "好天"], ["今天", "天天气", "我喜欢北", "喜欢"], ["喜欢北京。今"]])
@pytest.mark.parametrize("bigram_size", [0, 4])
@pytest.mark.parametrize("wide", [False, True])  # keys and kinds that need more than 32 and 8 bits
def test_and_one_with_words(tmp_path: Path, forms: list[str], bigram_size: int, wide: bool) -> None:
    torch.manual_seed(1)
    alphabet = Alphabet((*ALPHABET.chars, *range(0x20000, 0x2B600)), ALPHABET.bigrams) if wide else ALPHABET
    assert (alphabet.n_chars**2 >= 2**31) == wide
    alphabet = alphabet.with_words(forms, [(300 if wide else 1) + i for i in range(len(forms))])
    net = char_tagger(alphabet, Scheme(("A", "B")), char_size=5, bigram_size=bigram_size, word_size=3, hidden_sizes=[6])
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    model = exported(net.eval(), tmp_path / "net.onnx")
    assert verify(model, net) < 1e-5
    smaller = round_weights(net)
    onnx.save(build(smaller, model.metadata, rounded=True), tmp_path / "rounded.onnx")
    assert verify(Model.open(tmp_path / "rounded.onnx"), smaller) < 1e-5


def test_range_counts_from_scalars(tmp_path: Path) -> None:
    proto = build(net := make(Scheme(()), hidden_sizes=[6]), describe(Trained(net, Presegmenter(), {})))
    shapes = {constant.name: list(constant.dims) for constant in proto.graph.initializer}
    bounds = [name for node in proto.graph.node if node.op_type == "Range" for name in node.input if name in shapes]
    assert [shapes[name] for name in bounds] == [[], []]  # ONNX wants rank 0; some runtimes refuse [1]


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.startswith("reference_")])
def test_a_reference_cell_becomes_the_file_of_its_fast_twin(cell: Cell) -> None:
    scheme, sizes = Scheme(("A", "B")), [6, 4]
    reference = make(scheme, cell=cell, hidden_sizes=sizes)
    fast = make(scheme, cell=cell.removeprefix("reference_"), hidden_sizes=sizes)
    metadata = describe(Trained(fast, Presegmenter(), {}))
    assert build(reference, metadata) == build(fast, metadata)


def test_what_is_published(checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.onnx"
    output.write_bytes(b"an older file")
    assert export(checkpoint, output) < 1e-4
    model = Model.open(output)
    assert model.metadata.training == TrainingInfo(corpus="none")
    assert model.metadata.n_parameters == sum(count_parameters(load(checkpoint).net).values())
    assert model.scheme == Scheme(("A", "B"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best.ckpt", "model.onnx"]


def test_nothing_is_published_that_answers_otherwise(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(net: CharTagger, metadata: Metadata, *, rounded: bool) -> onnx.ModelProto:
        with torch.no_grad():
            net.head.linear.bias += 0.01
        proto = build(net, metadata)
        with torch.no_grad():
            net.head.linear.bias -= 0.01
        return proto

    (tmp_path / "model.onnx").write_bytes(b"an older file")
    monkeypatch.setattr(publish, "build", tampered)
    with pytest.raises(ExportError, match="got a difference of 1"):
        export(checkpoint, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == b"an older file"
    assert len(list(tmp_path.iterdir())) == 2


def test_one_weight_that_differs_is_enough(tmp_path: Path) -> None:
    net = make(Scheme(("A", "B")), hidden_sizes=[6], bigram_size=4)
    model = exported(net, tmp_path / "net.onnx")
    with torch.no_grad():
        net.encoder.layers[0].directions[1].weight_hh_l0[0, 0] += 0.1  # type: ignore[index, union-attr]
    with pytest.raises(ExportError, match="expected scores within"):
        verify(model, net)


def test_tags_that_are_as_good_are_no_difference(tmp_path: Path) -> None:
    net = make(Scheme(("A", "B")), hidden_sizes=[6], bigram_size=4)
    weight, bias = net.head.linear.weight, net.head.linear.bias
    with torch.no_grad():  # both tags have the same scores
        weight[2::2], bias[2::2] = weight[1::2], bias[1::2]
        bias[2::2] += 1e-5
        model = exported(net, tmp_path / "net.onnx")
        bias[2::2] -= 2e-5
    assert verify(model, net) < 1e-4


def test_large_scores_may_differ_in_proportion(tmp_path: Path) -> None:
    net = make(Scheme(("A", "B")), hidden_sizes=[6], bigram_size=4)
    with torch.no_grad():
        net.head.linear.weight *= 500
        model = exported(net, tmp_path / "net.onnx")
        net.head.linear.bias += 1e-3
    assert verify(model, net) < 1e-4


def test_other_transitions_are_a_difference(tmp_path: Path) -> None:
    net = make(Scheme(("A", "B")), head="crf", hidden_sizes=[6], bigram_size=4)
    model = exported(net, tmp_path / "net.onnx")
    with torch.no_grad():
        for table in net.head.crf.parameters():  # type: ignore[union-attr]
            table += 3 * torch.randn(table.shape)
    with pytest.raises(ExportError, match=r"got others on a random text, whose log-probability is lower by \d"):
        verify(model, net)


def test_a_net_without_answers_is_not_published(checkpoint: Path, tmp_path: Path) -> None:
    stored = torch.load(checkpoint, weights_only=True)
    stored["state_dict"]["net.head.linear.weight"][2, 3] = math.nan
    torch.save(stored, checkpoint)
    with pytest.raises(ExportError, match="got a difference of nan"):
        export(checkpoint, tmp_path / "model.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["best.ckpt"]


@pytest.mark.parametrize("place", [(onnx, "save"), (os, "fsync"), (Path, "replace")], ids=lambda place: place[1])
def test_a_full_disk_leaves_nothing(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*place, full)
    with pytest.raises(ExportError, match=r"model\.onnx: cannot write .*No space left on device.*another --output"):
        export(checkpoint, tmp_path / "model.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["best.ckpt"]


def test_a_folder_that_is_not_there(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot write the model file"):
        export(checkpoint, tmp_path / "no" / "model.onnx")


def test_the_command(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "model.onnx"
    assert main([str(checkpoint), "-o", str(output)]) == 0
    assert "tags equal" in capsys.readouterr().out
    assert Model.open(output).metadata.model_version == 1
    assert main([str(checkpoint), "-o", str(output), "--model-version", "2", "--verify", "onnxruntime"]) == 0
    assert f"{output}: equal in onnxruntime" in capsys.readouterr().out
    assert Model.open(output).versioned_name == f"{tmp_path.name}/model@2"
    assert main([f"checkpoint={checkpoint}", f"output={tmp_path / 'no' / 'model.onnx'}"]) == 1
    assert "error:" in capsys.readouterr().err


def test_the_rounded_file_says_what_rounding_changed(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exact, output, dev = tmp_path / "exact.onnx", tmp_path / "rounded.onnx", tmp_path / "dev.slash"
    dev.write_text("我/A 喜欢/B 北京/A\n今天/A 天气/A 很/B 好/B\n", encoding="utf-8")
    common = [f"checkpoint={checkpoint}", f"output={output}"]
    assert main([str(checkpoint), "-o", str(output), "--round", "--dev", str(dev), "--model-version", "3"]) == 0
    assert "rounded" in capsys.readouterr().out
    export(checkpoint, exact)
    one, two = Model.open(exact), Model.open(output)
    assert (one.metadata.model_version, two.metadata.model_version) == (1, 3)
    figures = compare(Tagger(one), Tagger(two), list(corpus.read(dev)))
    assert one.metadata.self_test != two.metadata.self_test is not None
    assert two.metadata.rounding == Rounding(tables="int8", encoder="fp16", dev=figures)
    assert verify(two, round_weights(load(checkpoint).net)) < 1e-4
    empty = tmp_path / "empty.slash"
    empty.touch()
    assert main([*common, "round=tables", f"dev={empty}"]) == 1
    assert "give --dev GOLD" in capsys.readouterr().err
    assert main([*common, "round=tables"]) == 2
    for wrong in (["round=all"], ["round=tables", "quantize=int8"]):
        with pytest.raises(SystemExit) as end:
            main([*common, *wrong, f"dev={dev}"])
        assert end.value.code == 2

"""CONTRIBUTING's recipe "a cell", followed from outside the package: it trains a step, and becomes a model file only
once export is told how."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from nets import char_tagger
from torch import Tensor

from tagger.errors import ExportError
from tagger.learning.checkpoint import Trained
from tagger.learning.export import build, describe
from tagger.learning.export.cells import LAYERS, scan_layer
from tagger.learning.export.publish import write_model
from tagger.learning.export.scan import Body
from tagger.learning.nets import CharTagger
from tagger.learning.nets.cells import State, Steps
from tagger.learning.nets.recurrent import CELLS, CellKind
from tagger.modelfile.tagger import Model
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme

TEXT = "我喜欢北京。今天天气很好"


class LeakyUnit(Steps):
    """`u = σ(Wu x + bu + Uu h + du)`, `n = tanh(Wn x + bn + Un h + dn)`, `h' = h + u * (n - h)`."""

    n_gates = 2

    def step(self, x: Tensor, state: State) -> State:
        (h,) = state
        u, n = self.gates(x, h)
        return (h + torch.sigmoid(u) * (torch.tanh(n) - h),)


def step_leaky_unit(body: Body, gates: Sequence[str], states: Sequence[str]) -> Sequence[str]:
    """The same in ONNX's operators."""
    (u, n), (h,) = gates, states
    change = body.node("Sub", body.node("Tanh", n), h)
    return (body.node("Add", h, body.node("Mul", body.node("Sigmoid", u), change)),)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "leaky_unit", CellKind(LeakyUnit, 2))


def make(*, bidirectional: bool = True, hidden_sizes: Sequence[int] = (5, 4)) -> CharTagger:
    torch.manual_seed(0)
    alphabet = Alphabet.fit([TEXT], bigram_min_count=1)
    sizes = {"hidden_sizes": hidden_sizes, "char_size": 5, "bigram_size": 4}
    return char_tagger(alphabet, Scheme(("A", "B")), cell="leaky_unit", bidirectional=bidirectional, **sizes)


def trained_of(net: CharTagger) -> Trained:
    return Trained(net.eval(), Presegmenter(), {"corpus": "toy"})


def test_the_cell_trains_a_step() -> None:
    net = make().train()
    codes, lengths = torch.tensor([[ord(char) for char in TEXT]]), torch.tensor([len(TEXT)])
    tags = torch.from_numpy(np.resize([1, 5], (1, len(TEXT))))  # shape: [batch, time], words of two characters
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        loss = net.head.loss(net(codes, lengths), tags, lengths).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    gradients = [weight.grad for weight in net.encoder.parameters()]
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)


def test_export_refuses_a_cell_that_has_no_graph_before_it_writes(tmp_path: Path) -> None:
    trained = trained_of(make())
    with pytest.raises(
        ExportError,
        match=r"expected a cell that has a graph, one of GRU.*, LSTM.*, got .*LeakyUnit; add .*cells\.LAYERS",
    ):
        write_model(trained.net, describe(trained), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("hidden_sizes", [(6,), (5, 4)])
def test_a_step_in_small_operators_gives_the_scores_of_the_net(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bidirectional: bool, hidden_sizes: Sequence[int]
) -> None:
    monkeypatch.setitem(LAYERS, LeakyUnit, partial(scan_layer, step=step_leaky_unit))
    trained = trained_of(make(bidirectional=bidirectional, hidden_sizes=hidden_sizes))
    assert write_model(trained.net, describe(trained), tmp_path / "model.onnx") < 1e-5
    metadata = Model.open(tmp_path / "model.onnx").metadata
    assert metadata.architecture.cell == "leaky_unit"
    assert metadata.self_test


def test_a_step_that_computes_something_else_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def step_otherwise(body: Body, gates: Sequence[str], states: Sequence[str]) -> Sequence[str]:
        return (body.node("Tanh", gates[1]),)

    monkeypatch.setitem(LAYERS, LeakyUnit, partial(scan_layer, step=step_otherwise))
    trained = trained_of(make())
    assert build(trained.net, describe(trained)).graph.node
    with pytest.raises(ExportError, match="expected scores within"):
        write_model(trained.net, describe(trained), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []

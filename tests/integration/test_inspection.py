"""What the inspector shows of a model file is what the net computed in torch."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from nets import char_tagger

from tagger.errors import ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.export import build, describe
from tagger.learning.export.rounding import round_weights
from tagger.learning.nets import CharTagger
from tagger.learning.nets.cells import LSTMWithoutForget
from tagger.learning.nets.recurrent import Recurrent
from tagger.tagging.inspection.inspector import Inspector
from tagger.tagging.tagger import Tagger
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import NO_PRESEGMENTATION, Presegmenter
from tagger.text.scheme import Scheme

TEXT = "我喜欢 北京。ab1"
ALPHABET = Alphabet.fit([TEXT], bigram_min_count=1)


def make(**options: Any) -> CharTagger:
    torch.manual_seed(0)
    net = char_tagger(ALPHABET, Scheme(("A", "B")), char_size=5, bigram_size=4, **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return net.eval()


def saved(net: CharTagger, path: Path, **options: Any) -> Path:
    onnx.save(build(net, describe(Trained(net, Presegmenter(), {})), **options), path)
    return path


@pytest.mark.parametrize(
    ("cell", "head", "bidirectional", "sizes", "small"),
    [
        ("lstm", "crf", True, [6], False),
        ("gru", "softmax", False, [4, 3], True),
        ("rnn_tanh", "factored", True, [5, 4], True),
        ("rnn_relu", "crf", True, [3], False),
        ("lstm_no_forget", "crf", True, [4, 3], False),
        ("lstm_no_forget", "factored", False, [5], True),
        ("reference_lstm", "softmax", True, [4], False),
        ("reference_gru", "crf", True, [4], False),
        ("reference_rnn_tanh", "crf", False, [4], False),
        ("reference_rnn_relu", "crf", True, [3], False),
    ],
)
def test_states_give_the_scores_of_the_file(
    tmp_path: Path, cell: Any, head: str, bidirectional: bool, sizes: list[int], small: bool
) -> None:
    net = make(cell=cell, head=head, bidirectional=bidirectional, hidden_sizes=sizes)
    net = round_weights(net) if small else net
    inspector = Inspector.open(saved(net, tmp_path / "n.onnx", rounded=small), presegmenter=NO_PRESEGMENTATION)
    found = inspector(TEXT)
    assert [len(layer.directions) for layer in found.layers] == [1 + bidirectional] * len(sizes)
    hidden = np.concatenate([steps["hidden"] for steps in found.layers[-1].directions.values()], 1)
    with torch.inference_mode():
        scores = net.head(torch.from_numpy(hidden).float()).numpy()
    session = inspector.tagger.model.scores(
        np.array([[ord(char) for char in TEXT]], np.int32), np.array([len(TEXT)], np.int32)
    )[0]
    allowed = np.isfinite(found.scores)
    np.testing.assert_allclose(found.scores[allowed], session[allowed], atol=1e-6)
    np.testing.assert_allclose(found.scores[allowed], scores[allowed], atol=1e-4)
    assert found.scores.shape[1] == len(found.columns)
    assert found.words == inspector.tagger(TEXT).words
    assert [found.columns[c][0] for c in found.path_columns] == [tag[0] for tag in found.path]


@pytest.mark.parametrize("bidirectional", [True, False])
def test_without_a_forget_gate_every_step_is_that_of_the_cell_in_torch(tmp_path: Path, bidirectional: bool) -> None:
    net = make(cell="lstm_no_forget", hidden_sizes=[4, 3], bidirectional=bidirectional).double()
    found = Inspector.open(saved(net, tmp_path / "n.onnx"), presegmenter=NO_PRESEGMENTATION)(TEXT)
    chars = torch.from_numpy(ALPHABET.ids(np.array([[ord(char) for char in TEXT]], np.int32))).long()
    with torch.inference_mode():
        x = net.embedding(chars)[0]
        for layer, shown in zip(net.encoder.layers, found.layers, strict=True):
            assert isinstance(layer, Recurrent)
            assert shown.operator == "LSTM without forget gate"
            hidden = []
            for cell, way, steps in zip(layer.directions, (1, -1), shown.directions.values(), strict=False):
                assert isinstance(cell, LSTMWithoutForget)
                assert list(steps) == ["input", "output", "candidate", "cell", "hidden"]
                h = c = torch.zeros(1, cell.hidden_size, dtype=torch.float64)
                outputs = torch.zeros(len(TEXT), cell.hidden_size, dtype=torch.float64)
                for t in range(len(TEXT))[::way]:
                    i, g, o = cell.gates(x[None, t], h)
                    h, c = cell.step(x[None, t], (h, c))
                    outputs[t] = h[0]
                    for name, wanted in zip(steps, (i.sigmoid(), o.sigmoid(), g.tanh(), c, h), strict=True):
                        np.testing.assert_allclose(steps[name][t], wanted[0].numpy(), rtol=0, atol=1e-5)
                hidden.append(outputs)
            x = torch.cat(hidden, 1)


def test_a_scan_of_another_cell_is_an_error(small_tagger: Tagger, tmp_path: Path) -> None:
    path = saved(make(cell="lstm_no_forget", hidden_sizes=[3]), tmp_path / "n.onnx")
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type == "Scan":
            node.attribute[0].g.node[-1].op_type = "Neg"
    onnx.save(model, path)
    with pytest.raises(ModelError, match="expected a Scan of the LSTM without forget gate"):
        Inspector(small_tagger, path)

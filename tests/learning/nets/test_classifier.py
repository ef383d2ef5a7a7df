from typing import Any

import pytest
import torch
from nets import sequence_classifier

from tagger.errors import ModelError
from tagger.learning.nets.classifier import Pooling, SequenceClassifier
from tagger.learning.nets.parts import count_parameters
from tagger.learning.nets.recurrent import CELLS, Cell
from tagger.text.alphabet import Alphabet

ALPHABET = Alphabet.fit(["where is my card", "费用是多少？"], bigram_min_count=1)
TEXTS = ["where", "费用", "x", "my card is 😀 where"]
POOLINGS: tuple[Pooling, ...] = ("last", "mean", "max")


def make(**options: Any) -> SequenceClassifier:
    torch.manual_seed(0)
    options = {"hidden_sizes": [6, 5], "char_size": 4, "bigram_size": 3} | options
    net = sequence_classifier(ALPHABET, ("a", "b", "c"), **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return net.eval()


def tensors(texts: list[str], width: int = 0, padding: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(text) for text in texts])
    chars = torch.full((len(texts), max(width, int(lengths.max()))), padding)
    for row, text in enumerate(texts):
        chars[row, : len(text)] = torch.tensor(list(map(ord, text)))
    return chars, lengths


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("dense_size", [0, 7])
def test_scores_are_those_of_the_pooled_states(pooling: Pooling, bidirectional: bool, dense_size: int) -> None:
    net = make(pooling=pooling, bidirectional=bidirectional, dense_size=dense_size)
    for text in TEXTS:
        chars, lengths = tensors([text])
        states = net.encoder(net.embedding(net.embedding.ids(chars, lengths)), lengths)[0].tolist()
        columns = list(zip(*states, strict=True))
        if pooling == "last":
            half = len(columns) // 2 if bidirectional else len(columns)
            pooled = [column[-1] if i < half else column[0] for i, column in enumerate(columns)]
        else:
            pooled = [max(column) if pooling == "max" else sum(column) / len(column) for column in columns]
        x = torch.tensor(pooled)
        if net.head.dense is not None:
            x = (net.head.dense.weight @ x + net.head.dense.bias).clamp(min=0)
        assert torch.allclose(net(chars, lengths)[0], net.head.linear.weight @ x + net.head.linear.bias, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_text_alone_is_the_text_among_others(cell: Cell, pooling: Pooling) -> None:
    net = make(cell=cell, pooling=pooling)
    for padding, width in ((0, 0), (0x5317, 30), (0x20, 25)):
        together = net(*tensors(TEXTS, width, padding))
        for row, text in enumerate(TEXTS):
            assert torch.allclose(together[row], net(*tensors([text]))[0], rtol=1e-5, atol=1e-6)


def test_parts_and_dropout() -> None:
    net = make(dense_size=7, dropout=0.5)
    assert sum(count_parameters(net).values()) == sum(p.numel() for p in net.parameters())
    assert count_parameters(net)["head"] == (10 + 1) * 7 + (7 + 1) * 3
    given = tensors(["where is"])
    assert torch.equal(net(*given), net(*given))
    net.train()
    assert not torch.equal(net(*given), net(*given))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstmm"}, r"net\.encoder\.cell to be one of lstm, .*got 'lstmm'"),
        ({"pooling": "min"}, r"net\.pooling to be one of last, mean, max, got 'min'"),
        ({"hidden_sizes": []}, r"net\.encoder\.hidden_sizes"),
        ({"dense_size": -1}, r"net\.head\.dense_size"),
    ],
)
def test_options_that_make_no_net(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        sequence_classifier(ALPHABET, ("a", "b"), **options)
    with pytest.raises(ModelError, match="expected two labels or more, each once"):
        sequence_classifier(ALPHABET, ("a",))

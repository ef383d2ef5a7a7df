from itertools import pairwise
from typing import Any

import numpy as np
import oracles
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import char_tagger
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tagger.decoding.transitions import FORBIDDEN
from tagger.errors import ModelError
from tagger.learning.nets.parts import count_parameters
from tagger.learning.nets.recurrent import CELLS, Cell, LockedDropout, Recurrent
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD, code_points
from tagger.text.scheme import Scheme

ALPHABET = Alphabet.fit(["我喜欢北京。abc 1"], bigram_min_count=1)
GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1, "lstm_no_forget": 3}
GATES |= {f"reference_{cell}": n for cell, n in GATES.items() if cell != "lstm_no_forget"}
FAST = [cell for cell in CELLS if not cell.startswith("reference_") and cell != "lstm_no_forget"]


def tensors(texts: list[str], *, padding: int = 0, width: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(text) for text in texts])
    chars = torch.full((len(texts), max(width, int(lengths.max()))), padding)
    for row, text in enumerate(texts):
        chars[row, : len(text)] = torch.from_numpy(code_points(text).astype(np.int64))
    return chars, lengths


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("sizes", [[7], [128, 64, 32, 8]])
@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_parameters_are_those_of_the_closed_forms(cell: Cell, bidirectional: bool, sizes: list[int], head: str) -> None:
    net = char_tagger(ALPHABET, Scheme(("A", "B", "C")), cell=cell, bidirectional=bidirectional, hidden_sizes=sizes,
                 head=head, char_size=6, bigram_size=5)  # fmt: skip
    directions, x, encoder = 1 + bidirectional, 6 + 2 * 5, 0
    for h in sizes:
        encoder += directions * GATES[cell] * (h * (h + x) + 2 * h)  # torch has two biases per gate
        x = directions * h
    n = 3
    wanted = {
        "softmax": (x + 1) * (4 * n + 1),
        "crf": (x + 1) * (4 * n + 1) + (2 * n + 1) ** 2 + 4 * n + 2 * (2 * n + 1),
        "factored": (x + 1) * (5 + 2 * n) + 3**2 + 4 + 2 * 3,
    }[head]
    counts = {"char": ALPHABET.n_chars * 6, "bigram": ALPHABET.n_bigrams * 5, "encoder": encoder, "head": wanted}
    assert count_parameters(net) == counts
    assert sum(count_parameters(net).values()) == sum(p.numel() for p in net.parameters())


def test_without_bigrams() -> None:
    net = char_tagger(ALPHABET, Scheme(), bigram_size=0, char_size=4, hidden_sizes=[3])
    assert "bigram" not in count_parameters(net)
    assert net(*tensors(["北京"])).shape == (1, 2, 5)


def test_bigrams_are_those_around_and_between_the_characters() -> None:
    net = char_tagger(ALPHABET, Scheme(), hidden_sizes=[3])
    ids = net.embedding.ids(*tensors(["我喜", "北喜欢北京"]))
    for row, found in zip(ids.tolist(), net.embedding.bigram_ids(ids).tolist(), strict=True):
        pairs = pairwise([PAD, *row, PAD])
        assert found == [ALPHABET.bigrams.index(pair) + 1 if pair in ALPHABET.bigrams else 0 for pair in pairs]
    assert (net.embedding.bigram_ids(ids) > 0).sum() >= 5


def equations(cell: str, x: torch.Tensor, layer: nn.Module) -> torch.Tensor:
    """The hidden states of a layer with the parameters of torch's, by the oracle."""
    weights = [weight.detach().double().numpy() for weight in layer.parameters()]
    return torch.from_numpy(oracles.CELLS[cell](x.double().numpy(), *weights)).float()


@pytest.mark.parametrize("cell", FAST)
@pytest.mark.parametrize("bidirectional", [True, False])
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_layer_is_the_equations_and_torch_packed(cell: Cell, bidirectional: bool, seed: int) -> None:
    torch.manual_seed(seed)
    layer = Recurrent(cell, 3, 4, bidirectional=bidirectional, forget_bias=1.0)
    for weight in layer.parameters():
        nn.init.normal_(weight, std=0.5)
    lengths = torch.randint(1, 7, (3,))
    time = int(lengths.max())
    x = torch.randn(3, time, 3)
    steps = torch.arange(time)
    found = layer(x, torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps))
    packed_layer = CELLS[cell].make(3, 4, batch_first=True, bidirectional=bidirectional)
    for side, direction in zip(("", "_reverse"), layer.directions, strict=False):
        for name, weight in direction.named_parameters():
            getattr(packed_layer, name + side).data = weight.data
    packed, _ = packed_layer(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    wanted, _ = pad_packed_sequence(packed, batch_first=True)
    for row, length in enumerate(lengths.tolist()):
        assert torch.allclose(found[row, :length], wanted[row, :length], atol=1e-6)
        sentence = x[row, :length]
        hidden = equations(cell, sentence, layer.directions[0])
        if bidirectional:
            hidden = torch.cat([hidden, equations(cell, sentence.flip(0), layer.directions[1]).flip(0)], 1)
        assert torch.allclose(found[row, :length], hidden, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sentence_alone_is_the_sentence_among_others(cell: Cell) -> None:
    torch.manual_seed(0)
    net = char_tagger(ALPHABET, Scheme(("A", "B")), cell=cell, hidden_sizes=[6, 5], variational_dropout=0.5).eval()
    texts = ["我喜欢北京。", "a 1", "京", "未知的字😀"]
    for padding, width in ((0, 0), (0x5317, 12), (0x20, 9)):
        together = net(*tensors(texts, padding=padding, width=width))
        for row, text in enumerate(texts):
            assert torch.allclose(together[row, : len(text)], net(*tensors([text]))[0], rtol=0, atol=1e-6)


def test_full_width_text_has_the_scores_of_half_width() -> None:
    net = char_tagger(ALPHABET, Scheme(("A", "B")), hidden_sizes=[6]).eval()
    assert torch.equal(net(*tensors(["ａｂｃ１！　北"])), net(*tensors(["abc1! 北"])))


@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_whitespace_is_outside_and_nothing_else_is(head: str) -> None:
    net = char_tagger(ALPHABET, Scheme(("A", "B")), head=head, hidden_sizes=[6]).eval()
    scores = net(*tensors(["a\u3000b"]))[0]
    n = 5 if head == "factored" else 9
    assert (scores[1, 1:n] == FORBIDDEN).all()
    assert (scores[[0, 2], 0] == FORBIDDEN).all()
    assert scores[1, 0] > FORBIDDEN
    assert (scores[[0, 2], 1:] > FORBIDDEN).all()


def test_whitespace_may_lie_inside_a_word_where_the_corpus_has_such() -> None:
    scheme = Scheme(("A", "B"), inner_spaces=True)
    scores = char_tagger(ALPHABET, scheme, hidden_sizes=[6]).eval()(*tensors(["a\u3000b"]))[0]
    assert [scheme.names[i] for i in (scores[1] > FORBIDDEN).nonzero()[:, 0]] == ["O", "M-A", "M-B"]
    assert (scores[[0, 2], 0] == FORBIDDEN).all()


@pytest.mark.parametrize("cell", ["lstm", "reference_lstm"])
def test_the_forget_gate_begins_open(cell: Cell) -> None:
    layer = Recurrent(cell, 3, 4, bidirectional=True, forget_bias=1.5)
    for direction in layer.directions:
        bias = direction.bias_ih_l0 + direction.bias_hh_l0  # type: ignore[operator]
        assert bias.tolist() == [0.0] * 4 + [1.5] * 4 + [0.0] * 8


def test_locked_dropout_drops_the_same_units_at_every_step() -> None:
    torch.manual_seed(0)
    dropped = LockedDropout(0.25)(torch.ones(400, 5, 8))
    assert (dropped == dropped[:, :1]).all()
    assert sorted(dropped.unique().tolist()) == pytest.approx([0, 1 / 0.75])
    assert dropped.mean().item() == pytest.approx(1, abs=0.05)
    assert len(dropped[:, 0].unique(dim=0)) > 100  # each sentence has its own
    assert torch.equal(LockedDropout(0.25).eval()(torch.ones(2, 3, 4)), torch.ones(2, 3, 4))


@pytest.mark.parametrize("option", ["embedding", "layer", "variational", "unknown"])
def test_every_dropout_acts_in_training_alone(option: str) -> None:
    torch.manual_seed(0)
    net = char_tagger(ALPHABET, Scheme(), hidden_sizes=[6, 5], **{f"{option}_dropout": 0.5})
    given_text = tensors(["我喜欢北京。"])
    assert not torch.equal(net(*given_text), net(*given_text))
    net.eval()
    assert torch.equal(net(*given_text), net(*given_text))


def test_unknown_dropout_teaches_the_classes() -> None:
    net = char_tagger(ALPHABET, Scheme(), unknown_dropout=0.999999, hidden_sizes=[3])
    ids = net.embedding.ids(*tensors(["北京a"]))
    assert torch.allclose(net.embedding(ids)[..., :64], net.embedding.char(net.embedding.classes[ids]))
    net.eval()
    assert not torch.allclose(net.embedding(ids)[..., :64], net.embedding.char(net.embedding.classes[ids]))


def test_the_factored_loss_is_a_crf_and_a_choice_per_word() -> None:
    torch.manual_seed(0)
    scheme = Scheme(("A", "B"))
    net = char_tagger(ALPHABET, scheme, head="factored", hidden_sizes=[6]).eval()
    tags = torch.tensor([[1, 5, 8, 0, 7], [7, 0, 0, 0, 0]])  # B-A E-A S-B O S-A; S-A
    lengths = torch.tensor([5, 1])
    scores = torch.randn(2, 5, 9)
    letters = torch.tensor([[1, 3, 4, 0, 4], [4, 0, 0, 0, 0]])
    wanted = net.head.crf(scores[:, :, :5], letters, lengths)  # type: ignore[operator]
    for row, start, end, pos in ((0, 0, 1, 0), (0, 2, 2, 1), (0, 4, 4, 0), (1, 0, 0, 0)):
        logits = scores[row, start, 5:7] + scores[row, end, 7:]
        wanted[row] = wanted[row] - torch.log_softmax(logits, 0)[pos]
    assert torch.allclose(net.head.loss(scores, tags, lengths), wanted, atol=1e-5)


def test_the_softmax_loss_leaves_padding_out() -> None:
    net = char_tagger(ALPHABET, Scheme(), head="softmax", hidden_sizes=[3])
    scores, tags = torch.randn(1, 3, 5), torch.tensor([[4, 0, 0]])
    wanted = -torch.log_softmax(scores[0, 0], 0)[4]
    assert torch.allclose(net.head.loss(scores, tags, torch.tensor([1])), wanted[None])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstmm"}, r"net\.encoder\.cell to be one of lstm, gru, rnn_tanh, rnn_relu, .*, got 'lstmm'"),
        ({"head": "hmm"}, r"a head out of softmax, crf, factored"),
        ({"hidden_sizes": []}, r"net\.encoder\.hidden_sizes"),
        ({"hidden_sizes": [8, 0]}, r"net\.encoder\.hidden_sizes"),
        ({"bigram_size": -1}, r"net\.embedding\.char_size of 1 or more and net\.embedding\.bigram_size"),
    ],
)
def test_options_that_make_no_net(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        char_tagger(ALPHABET, Scheme(), **options)

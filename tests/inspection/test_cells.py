"""The steps in numpy are the equations, written once more in `oracles` and independently in torch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import oracles
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tagger.inspection import cells as recurrence
from tagger.learning.export.graph import _GATES, _reorder

NETS: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = {
    "lstm": (nn.LSTM, recurrence.lstm, oracles.lstm),
    "gru": (nn.GRU, recurrence.gru, oracles.gru),
    "rnn_tanh": (nn.RNN, recurrence.rnn, oracles.rnn),
    "rnn_relu": (lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"), recurrence.rnn_relu, oracles.rnn),
}


@pytest.mark.parametrize("cell", NETS)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), time=st.integers(1, 9), n_inputs=st.integers(1, 5), size=st.integers(1, 5))
def test_hidden_states_are_those_of_torch(cell: str, seed: int, time: int, n_inputs: int, size: int) -> None:
    make, steps, oracle = NETS[cell]
    torch.manual_seed(seed)
    layer = make(n_inputs, size).double()
    x = torch.randn(time, n_inputs, dtype=torch.float64)
    weights = {name: _reorder(w.detach().numpy(), _GATES[cell]) for name, w in layer.named_parameters()}
    biases = np.concatenate([weights["bias_ih_l0"], weights["bias_hh_l0"]])
    found = steps(x.numpy(), weights["weight_ih_l0"], weights["weight_hh_l0"], biases)
    with torch.no_grad():
        np.testing.assert_allclose(found["hidden"], layer(x)[0].numpy(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(found["hidden"], oracle(x.float(), layer.float()).numpy(), rtol=0, atol=1e-5)


def test_gates_explain_the_states_of_an_lstm() -> None:
    generator = np.random.default_rng(0)
    weights = (generator.normal(size=shape) for shape in ((7, 3), (16, 3), (16, 4), 32))
    found = recurrence.lstm(*weights)
    cell = np.zeros(4)
    for t in range(7):
        cell = found["forget"][t] * cell + found["input"][t] * found["candidate"][t]
        np.testing.assert_allclose(found["cell"][t], cell)
        np.testing.assert_allclose(found["hidden"][t], found["output"][t] * np.tanh(cell))
    assert all(((found[gate] > 0) & (found[gate] < 1)).all() for gate in ("forget", "input", "output"))


def test_gates_explain_the_states_of_a_gru() -> None:
    generator = np.random.default_rng(0)
    weights = (generator.normal(size=shape) for shape in ((7, 3), (12, 3), (12, 4), 24))
    found = recurrence.gru(*weights)
    before = np.concatenate([np.zeros((1, 4)), found["hidden"][:-1]])
    mixed = (1 - found["update"]) * found["candidate"] + found["update"] * before
    np.testing.assert_allclose(found["hidden"], mixed)
    assert ((found["reset"] > 0) & (found["reset"] < 1)).all()


@given(st.floats(-1e4, 1e4))
def test_the_sigmoid_neither_overflows_nor_leaves_its_range(x: float) -> None:
    value = recurrence.sigmoid(np.array(x))
    assert 0 <= value <= 1
    assert value == pytest.approx(float(torch.sigmoid(torch.tensor(x, dtype=torch.float64))), abs=1e-12)

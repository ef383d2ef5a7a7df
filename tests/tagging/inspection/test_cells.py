"""The steps of a cell are its equations, which `oracles` writes once more and which torch's layers follow too."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.tagging.inspection import cells

STEPS: dict[str, Callable[..., Any]] = {
    "lstm": cells.lstm, "gru": cells.gru, "rnn_tanh": cells.rnn, "rnn_relu": cells.rnn_relu
}  # fmt: skip
# For each gate of ONNX's order, its number in torch's: i f g o and i o f c, r z n and z r h.
ONNX_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}


@pytest.mark.parametrize("cell", STEPS)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), time=st.integers(1, 9), n_inputs=st.integers(1, 5), size=st.integers(1, 5))
def test_hidden_states_are_those_of_the_equations(cell: str, seed: int, time: int, n_inputs: int, size: int) -> None:
    generator, gates = np.random.default_rng(seed), ONNX_GATES[cell]
    n_rows = len(gates) * size
    x = generator.normal(size=(time, n_inputs))
    weights = [generator.normal(size=shape) for shape in ((n_rows, n_inputs), (n_rows, size), n_rows, n_rows)]
    w_x, w_h, b_x, b_h = (np.concatenate([np.split(weight, len(gates))[gate] for gate in gates]) for weight in weights)
    steps = STEPS[cell](x, w_x, w_h, np.concatenate([b_x, b_h]))
    np.testing.assert_allclose(steps["hidden"], oracles.CELLS[cell](x, *weights), rtol=1e-12, atol=1e-12)


def test_gates_explain_the_states_of_an_lstm() -> None:
    generator = np.random.default_rng(0)
    weights = (generator.normal(size=shape) for shape in ((7, 3), (16, 3), (16, 4), 32))
    steps = cells.lstm(*weights)
    cell = np.zeros(4)
    for t in range(7):
        cell = steps["forget"][t] * cell + steps["input"][t] * steps["candidate"][t]
        np.testing.assert_allclose(steps["cell"][t], cell)
        np.testing.assert_allclose(steps["hidden"][t], steps["output"][t] * np.tanh(cell))
    assert all(((steps[gate] > 0) & (steps[gate] < 1)).all() for gate in ("forget", "input", "output"))


def test_gates_explain_the_states_of_a_gru() -> None:
    generator = np.random.default_rng(0)
    weights = (generator.normal(size=shape) for shape in ((7, 3), (12, 3), (12, 4), 24))
    steps = cells.gru(*weights)
    before = np.concatenate([np.zeros((1, 4)), steps["hidden"][:-1]])
    mixed = (1 - steps["update"]) * steps["candidate"] + steps["update"] * before
    np.testing.assert_allclose(steps["hidden"], mixed)
    assert ((steps["reset"] > 0) & (steps["reset"] < 1)).all()


@given(st.floats(-1e4, 1e4))
def test_the_sigmoid_neither_overflows_nor_leaves_its_range(x: float) -> None:
    value = cells.sigmoid(np.array(x))
    assert 0 <= value <= 1
    assert value == pytest.approx((1 + math.tanh(x / 2)) / 2, abs=1e-12)


OF_LSTM = "x [time, inputs], w [4h, inputs], r [4h, h] and b [8h]"
OF_GRU = "x [time, inputs], w [3h, inputs], r [3h, h] and b [6h]"
OF_RNN = "x [time, inputs], w [h, inputs], r [h, h] and b [2h]"
FOR_LSTM = "; for 3 inputs and h = 1, w is [4, 3], r [4, 1], b [8]"


@pytest.mark.parametrize(
    ("cell", "shapes", "message"),
    [
        ("lstm", ((5, 3), (4, 3), (4, 1), (4,)), f"{OF_LSTM}, got x [5, 3], w [4, 3], r [4, 1], b [4]{FOR_LSTM}"),
        ("lstm", ((5, 3), (3, 4), (4, 1), (8,)), f"{OF_LSTM}, got x [5, 3], w [3, 4], r [4, 1], b [8]{FOR_LSTM}"),
        ("lstm", ((5,), (4, 3), (4, 1), (8,)), f"{OF_LSTM}, got x [5], w [4, 3], r [4, 1], b [8]"),
        ("lstm", ((0, 3), (4, 3), (4, 1), (8,)), f"{OF_LSTM}, got x [0, 3], w [4, 3], r [4, 1], b [8]{FOR_LSTM}"),
        ("lstm", ((), (4, 3), (4, 1), (8,)), f"{OF_LSTM}, got x [], w [4, 3], r [4, 1], b [8]"),
        ("no_forget", ((), ()), "z [time, 3h] and r [3h, h]; got z [], r []"),
        ("no_forget", ((0, 3), (3, 1)), "z [time, 3h] and r [3h, h]; got z [0, 3], r [3, 1]"),
        ("gru", ((5, 3), (4, 3), (4,), (8,)), f"{OF_GRU}, got x [5, 3], w [4, 3], r [4], b [8]"),
        ("rnn_tanh", ((5, 3), (2, 3), (2, 2), (2,)),
         f"{OF_RNN}, got x [5, 3], w [2, 3], r [2, 2], b [2]; for 3 inputs and h = 2, w is [2, 3], r [2, 2], b [4]"),
    ],
)  # fmt: skip
def test_other_shapes_are_named(cell: str, shapes: tuple[tuple[int, ...], ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        {**STEPS, "no_forget": cells.lstm_no_forget}[cell](*map(np.zeros, shapes))
    assert str(caught.value) == f"expected {message}"

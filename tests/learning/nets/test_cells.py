from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tagger.learning.nets import cells
from tagger.learning.nets.encoder import CELLS, Cell, Recurrent

PAIRS: list[tuple[Cell, Cell]] = [
    ("reference_lstm", "lstm"),
    ("reference_gru", "gru"),
    ("reference_rnn_tanh", "rnn_tanh"),
    ("reference_rnn_relu", "rnn_relu"),
]
DTYPES = [(torch.float32, 1e-6), (torch.float64, 1e-10)]
SIZES = {"batch": st.integers(1, 4), "time": st.integers(1, 7), "x": st.integers(1, 5), "h": st.integers(1, 6)}


def close(found: Tensor, wanted: Tensor, tolerance: float) -> None:
    """Within the tolerance, and beyond values of 1 within that share of them."""
    torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


def steps(cell: Cell, x: int, h: int) -> cells.Steps:
    made: Any = CELLS[cell].make(x, h, batch_first=True)
    return made


@pytest.mark.parametrize(("reference", "fast"), PAIRS)
@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), **SIZES)
def test_a_cell_is_torchs_forward_and_backward(
    reference: Cell, fast: Cell, dtype: torch.dtype, tolerance: float, seed: int, batch: int, time: int, x: int, h: int
) -> None:
    torch.manual_seed(seed)
    ours = steps(reference, x, h).to(dtype)
    theirs: Any = CELLS[fast].make(x, h, batch_first=True).to(dtype)
    theirs.load_state_dict(ours.state_dict())  # the same names and shapes
    given_x, weight = torch.randn(batch, time, x, dtype=dtype), torch.randn(batch, time, h, dtype=dtype)
    results = []
    for layer in (ours, theirs):
        inputs = given_x.clone().requires_grad_()
        hidden, last = layer(inputs)
        (hidden * weight).sum(2).mean().backward()
        state = last if isinstance(last, tuple) else (last,)
        results.append([hidden, *state, inputs.grad, *(p.grad for p in layer.parameters())])
    for found, wanted in zip(*results, strict=True):
        close(found, wanted, tolerance)


@pytest.mark.parametrize(("reference", "fast"), PAIRS)
@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), **SIZES)
def test_both_directions_are_torchs(
    reference: Cell, fast: Cell, dtype: torch.dtype, tolerance: float, seed: int, batch: int, time: int, x: int, h: int
) -> None:
    torch.manual_seed(seed)
    ours = Recurrent(reference, x, h, bidirectional=True, forget_bias=1.0).to(dtype)
    theirs: Any = CELLS[fast].make(x, h, batch_first=True, bidirectional=True).to(dtype)
    with torch.no_grad():
        for direction, suffix in zip(ours.directions, ("", "_reverse"), strict=True):
            for name, weight in direction.named_parameters():
                getattr(theirs, name + suffix).copy_(weight)
    given_x, weight = torch.randn(batch, time, x, dtype=dtype), torch.randn(batch, time, 2 * h, dtype=dtype)
    backward = torch.arange(time - 1, -1, -1).expand(batch, time)
    one, two = given_x.clone().requires_grad_(), given_x.clone().requires_grad_()
    found, wanted = ours(one, backward), theirs(two)[0]
    for y in (found, wanted):
        (y * weight).sum(2).mean().backward()
    close(found, wanted, tolerance)
    assert one.grad is not None
    close(one.grad, two.grad, tolerance)  # type: ignore[arg-type]
    for direction, suffix in zip(ours.directions, ("", "_reverse"), strict=True):
        for name, weight in direction.named_parameters():
            close(weight.grad, getattr(theirs, name + suffix).grad, tolerance)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), **SIZES)
def test_without_a_forget_gate_is_a_forget_gate_wide_open(seed: int, batch: int, time: int, x: int, h: int) -> None:
    torch.manual_seed(seed)
    ours = steps("lstm_no_forget", x, h).double()
    whole = nn.LSTM(x, h, batch_first=True).double()
    with torch.no_grad():
        for name, weight in ours.named_parameters():
            i, g, o = weight.chunk(3)
            # σ(50) is 1 in double precision.
            gate = torch.full_like(i, 50.0 if name == "bias_ih_l0" else 0.0)
            getattr(whole, name).copy_(torch.cat([i, gate, g, o]))
    inputs = torch.randn(batch, time, x, dtype=torch.float64)
    found, (h_n, c_n) = ours(inputs)
    wanted, (wanted_h, wanted_c) = whole(inputs)
    for a, b in ((found, wanted), (h_n, wanted_h), (c_n, wanted_c)):
        close(a, b, 1e-10)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if CELLS[cell].make is cells.LSTMWithoutForget])
def test_gradients_of_the_cell_without_twin(cell: Cell) -> None:
    torch.manual_seed(0)
    layer = steps(cell, 2, 3).double()
    inputs = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: layer(x)[0], (inputs, *layer.parameters()))


def test_a_simple_net_by_hand() -> None:
    layer = cells.SimpleRNN(1, 1)
    with torch.no_grad():
        for weight, value in zip(layer.parameters(), (2.0, 0.5, 0.25, -0.5), strict=True):
            weight.fill_(value)
    first = torch.tanh(torch.tensor(2.0 * 1.0 + 0.25 - 0.5))
    second = torch.tanh(2.0 * -1.0 + 0.25 + 0.5 * first - 0.5)
    assert torch.allclose(layer(torch.tensor([[[1.0], [-1.0]]]))[0][0, :, 0], torch.stack([first, second]))


@pytest.mark.parametrize(("x", "h"), [(1, 1), (3, 5), (192, 64)])
def test_parameters_are_those_of_the_closed_forms(x: int, h: int) -> None:
    gates = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}
    for cell, n in gates.items():
        # A matrix for the input, one for the hidden state and two biases for every gate.
        wanted = n * (h * (h + x) + 2 * h)
        assert sum(p.numel() for p in steps(f"reference_{cell}", x, h).parameters()) == wanted  # type: ignore[arg-type]
    wanted = 3 * (h * (h + x) + 2 * h)
    assert sum(p.numel() for p in cells.LSTMWithoutForget(x, h).parameters()) == wanted


def test_other_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match="expected batch_first=True"):
        cells.GRU(2, 3, batch_first=False)

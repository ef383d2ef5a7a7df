from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tagger.errors import ModelError
from tagger.learning.nets import cells, recurrent
from tagger.learning.nets.encoder import Encoder
from tagger.learning.nets.recurrent import CELLS, Cell, Recurrent

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


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_layer_leaves_autocast_where_cudnn_would_compute_in_fp16(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = Recurrent("lstm", 3, 4, bidirectional=True, forget_bias=1.0)
    x, backward = torch.randn(2, 5, 3).to(dtype), torch.arange(4, -1, -1).expand(2, -1)
    assert set(recurrent.FLOAT32_ON) == {"cuda"}
    monkeypatch.setattr(recurrent, "FLOAT32_ON", {"cpu"})
    with torch.autocast("cpu", dtype):
        hidden = layer(x, backward)
    assert torch.equal(hidden, layer(x.float(), backward))
    assert hidden.dtype == torch.float32


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


@pytest.mark.parametrize(("reference", "fast"), PAIRS)
def test_time_may_come_first(reference: Cell, fast: Cell) -> None:
    torch.manual_seed(0)
    ours: Any = CELLS[reference].make(3, 4, batch_first=False)
    theirs: Any = CELLS[fast].make(3, 4, batch_first=False)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 2, 3)
    (found, state), (wanted, last) = ours(x), theirs(x)
    close(found, wanted, 1e-6)
    for part, wanted_part in zip(state, last if isinstance(last, tuple) else (last,), strict=True):
        close(part, wanted_part, 1e-6)


def gru_by_the_paper(x: Tensor, layer: cells.Steps, h: Tensor) -> Tensor:
    """`n = tanh(Wn x + bn + Un (r * h) + dn)`, written with one matrix for each gate; without a bias that is 0."""
    weights = {name: weight.detach().chunk(3) for name, weight in layer.named_parameters()}
    nothing = (torch.zeros(layer.hidden_size),) * 3
    b, d = (weights.get(name, nothing) for name in ("bias_ih_l0", "bias_hh_l0"))
    (wr, wz, wn), (ur, uz, un) = weights["weight_ih_l0"], weights["weight_hh_l0"]
    hidden = []
    for x_t in x:
        r, z = torch.sigmoid(wr @ x_t + b[0] + ur @ h + d[0]), torch.sigmoid(wz @ x_t + b[1] + uz @ h + d[1])
        h = (1 - z) * torch.tanh(wn @ x_t + b[2] + un @ (r * h) + d[2]) + z * h
        hidden.append(h)
    return torch.stack(hidden)


@pytest.mark.parametrize("bias", [True, False])
def test_a_gru_may_reset_before_the_matrix(bias: bool) -> None:
    torch.manual_seed(0)
    layer, after = cells.GRUResetFirst(3, 4, bias=bias), cells.GRU(3, 4, bias=bias)
    after.load_state_dict(layer.state_dict())
    x, before = torch.randn(2, 5, 3), torch.randn(1, 2, 4)
    hidden, (last,) = layer(x, before)
    for row in range(2):
        close(hidden[row], gru_by_the_paper(x[row], layer, before[0, row]), 1e-6)
    assert torch.equal(last[0], hidden[:, -1])
    assert not torch.allclose(after(x)[0], layer(x)[0])
    double = layer.double()
    inputs = x.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: double(x)[0], (inputs, *double.parameters()))


OPTIONS: list[dict[str, Any]] = [{}, {"bias": False}, {"projection": 2}, {"projection": 2, "bias": False}]


@pytest.mark.parametrize("cell", [name for pair in PAIRS for name in pair])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_states_go_in_and_come_out_as_torchs(
    cell: Cell, options: dict[str, Any], bidirectional: bool, batch_first: bool
) -> None:
    """Rows of different lengths, packed for torch, which begin in states and end in states."""
    if "projection" in options and not CELLS[cell].projects:
        with pytest.raises(ModelError, match=r"expected net\.encoder\.cell=lstm"):
            Recurrent(cell, 3, 4, bidirectional=True, forget_bias=1.0, **options)
        return
    torch.manual_seed(0)
    ours = Recurrent(
        cell, 3, 4, bidirectional=bidirectional, forget_bias=1.0, batch_first=batch_first, **options
    ).double()
    make: Any = CELLS[cell.removeprefix("reference_")].make
    named = {"proj_size": options.get("projection", 0)} if CELLS[cell].projects else {}
    theirs = make(3, 4, bias=options.get("bias", True), bidirectional=bidirectional, **named, batch_first=True).double()
    with torch.no_grad():
        for direction, suffix in zip(ours.directions, ("", "_reverse"), strict=False):
            for name, weight in direction.named_parameters():
                getattr(theirs, name + suffix).copy_(weight)
    lengths = torch.tensor([4, 1, 6, 4])
    x = torch.randn(4, 6, 3, dtype=torch.float64)
    shown = options.get("projection", 4)
    sizes = (shown, 4) if "lstm" in cell else (shown,)
    before = tuple(torch.randn(1 + bidirectional, 4, size, dtype=torch.float64) for size in sizes)
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    outputs, last = theirs(packed, before if len(before) > 1 else before[0])
    wanted, _ = pad_packed_sequence(outputs, batch_first=True)
    found, after = ours.advance(x if batch_first else x.transpose(0, 1), before, lengths)
    close(found if batch_first else found.transpose(0, 1), wanted, 1e-10)
    for part, wanted_part in zip(after, last if isinstance(last, tuple) else (last,), strict=True):
        close(part, wanted_part, 1e-10)
    if not bidirectional:  # the rows of 4 or more steps, in two halves
        rows = (lengths > 3).nonzero()[:, 0]
        begin = tuple(part[:, rows] for part in before)
        halves = [x[rows, :2], x[rows, 2:4]]
        outputs_of_halves = []
        for half in halves:
            output, begin = ours.advance(half if batch_first else half.transpose(0, 1), begin)
            outputs_of_halves.append(output if batch_first else output.transpose(0, 1))
        close(torch.cat(outputs_of_halves, 1), wanted[rows, :4], 1e-10)


def test_last_states_of_both_directions() -> None:
    """The shapes that a text on recurrent nets shows: 10 texts of 6 steps, 3 units."""
    layers = Encoder(8, cell="rnn_tanh", hidden_sizes=[3, 2], bidirectional=True)
    hidden, states = layers.advance(torch.randn(10, 6, 8))
    assert [[tuple(part.shape) for part in state] for state in states] == [[(2, 10, 3)], [(2, 10, 2)]]
    assert torch.equal(hidden[:, -1, :2], states[1][0][0])
    assert torch.equal(hidden[:, 0, 2:], states[1][0][1])


def test_options_that_a_cell_does_not_have() -> None:
    with pytest.raises(ModelError, match=r"expected net\.encoder\.cell=gru with net\.encoder\.reset_after=false"):
        Encoder(3, cell="lstm", reset_after=False)
    with pytest.raises(ModelError, match=r"expected net\.encoder\.projection below 4 units, got 4"):
        Encoder(3, hidden_sizes=[4], projection=4)
    with pytest.raises(ModelError, match=r"expected net\.encoder\.bias=true"):
        Encoder(3, hidden_sizes=[4], bias=False).shift_inputs(torch.zeros(3))

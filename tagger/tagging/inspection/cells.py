"""The steps of a recurrent layer in numpy: gates, candidate, cell and hidden states for one sentence.

The weights of a direction have the layout of ONNX's operators, for h units: `w [gates * h, inputs]` for the input,
`r [gates * h, h]` for the hidden state of the step before, and `b [2 * gates * h]`, those of w and then those of r.
The gates are in the order i, o, f, c (LSTM) and z, r, h (GRU).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

Array = NDArray[np.float64]
Steps = dict[str, Array]  # the values `[time, h]` of each gate and state, by name


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), in a form that does not overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def lstm(x: Array, w: Array, r: Array, b: Array) -> Steps:
    """The LSTM (Hochreiter and Schmidhuber 1997) with the forget gate of Gers et al. 2000.

    Takes `x [time, inputs]`, `w [4h, inputs]`, `r [4h, h]` and `b [8h]`, each in the order input, output, forget,
    candidate. Returns `forget`, `input`, `output`, `candidate`, `cell` and `hidden`, `[time, h]` each. Raises
    InputError for other shapes.
    """
    _check_shapes(x, w, r, b, 4)
    h = c = np.zeros(r.shape[1])
    steps = []
    # shape: z_t [4 * h], the input's part of the gates
    for z_t in x @ w.T + b[: len(w)] + b[len(w) :]:
        i, o, f, g = np.split(z_t + r @ h, 4)
        i, o, f, g = sigmoid(i), sigmoid(o), sigmoid(f), np.tanh(g)
        c = f * c + i * g
        h = o * np.tanh(c)
        steps.append((f, i, o, g, c, h))
    return _columns(("forget", "input", "output", "candidate", "cell", "hidden"), steps)


def lstm_no_forget(z: Array, r: Array) -> Steps:
    """The LSTM of Hochreiter and Schmidhuber 1997, without a forget gate.

    `z [time, 3 * h]` is the input's part of the gates, biases included; `r [3 * h, h]`. The gates are in the order
    i, c, o, as in `learning.export.scan`. Raises InputError for other shapes.
    """
    size = np.shape(r)[-1] if np.ndim(r) else 0
    if np.ndim(z) != 2 or np.shape(z)[1] != 3 * size or np.shape(r) != (3 * size, size) or not np.size(z):
        raise InputError(f"expected z [time, 3h] and r [3h, h]; got z {list(np.shape(z))}, r {list(np.shape(r))}")
    h = c = np.zeros(r.shape[1])
    steps = []
    for z_t in z:
        i, g, o = np.split(z_t + r @ h, 3)
        i, g, o = sigmoid(i), np.tanh(g), sigmoid(o)
        c = c + i * g
        h = o * np.tanh(c)
        steps.append((i, o, g, c, h))
    return _columns(("input", "output", "candidate", "cell", "hidden"), steps)


def gru(x: Array, w: Array, r: Array, b: Array, *, resets_first: bool = False) -> Steps:
    """The GRU (Cho et al. 2014), whose reset gate comes after the matrix product, as in cuDNN and torch, or first
    (`resets_first`), as in the paper.

    Takes `x [time, inputs]`, `w [3h, inputs]`, `r [3h, h]` and `b [6h]`, each in the order update, reset, candidate.
    Returns `update`, `reset`, `candidate` and `hidden`, `[time, h]` each. Raises InputError for other shapes.
    """
    _check_shapes(x, w, r, b, 3)
    size = r.shape[1]
    r_gates, r_candidate = r[: 2 * size], r[2 * size :]
    b_gates, b_candidate = b[3 * size : 5 * size], b[5 * size :]
    h = np.zeros(size)
    steps = []
    # shape: z_t [3 * h], the input's part of the gates
    for z_t in x @ w.T + b[: 3 * size]:
        update, reset = np.split(sigmoid(z_t[: 2 * size] + r_gates @ h + b_gates), 2)
        inside, outside = (reset, 1.0) if resets_first else (1.0, reset)
        candidate = np.tanh(z_t[2 * size :] + outside * (r_candidate @ (inside * h) + b_candidate))
        h = (1 - update) * candidate + update * h
        steps.append((update, reset, candidate, h))
    return _columns(("update", "reset", "candidate", "hidden"), steps)


def gru_reset_first(x: Array, w: Array, r: Array, b: Array) -> Steps:
    """The GRU that resets before the matrix product; shapes are those of `gru`."""
    return gru(x, w, r, b, resets_first=True)


def rnn(x: Array, w: Array, r: Array, b: Array, activation: Callable[[Array], Array] = np.tanh) -> Steps:
    """The simple recurrent net of Elman 1990.

    Takes `x [time, inputs]`, `w [h, inputs]`, `r [h, h]` and `b [2h]`. Returns `hidden [time, h]`. Raises InputError
    for other shapes.
    """
    _check_shapes(x, w, r, b, 1)
    h = np.zeros(r.shape[1])
    steps = []
    for z_t in x @ w.T + b[: len(w)] + b[len(w) :]:
        h = activation(z_t + r @ h)
        steps.append((h,))
    return _columns(("hidden",), steps)


def rnn_relu(x: Array, w: Array, r: Array, b: Array) -> Steps:
    """The simple recurrent net with rectified linear units; shapes are those of `rnn`."""
    return rnn(x, w, r, b, lambda values: np.maximum(values, 0.0))


def _check_shapes(x: Array, w: Array, r: Array, b: Array, n_gates: int) -> None:
    """Raises InputError, which names all shapes, unless the four arrays fit a cell of so many gates and each other."""
    got = [np.shape(values) for values in (x, w, r, b)]
    n_inputs, size = (shape[-1] if len(shape) == 2 else 0 for shape in (got[0], got[2]))
    rows = n_gates * size
    fitting = [(*got[0][:1], n_inputs), (rows, n_inputs), (rows, size), (2 * rows,)]
    if np.size(x) and size and got == fitting:
        return
    times = "" if n_gates == 1 else n_gates
    wanted = f"x [time, inputs], w [{times}h, inputs], r [{times}h, h] and b [{2 * n_gates}h]"
    shown = ", ".join(f"{name} {list(shape)}" for name, shape in zip("xwrb", got, strict=True))
    sizes = (
        f"; for {n_inputs} inputs and h = {size}, w is {list(fitting[1])}, r {list(fitting[2])}, b {list(fitting[3])}"
    )
    raise InputError(f"expected {wanted}, got {shown}{sizes if n_inputs and size else ''}")


def _columns(names: Sequence[str], steps: Sequence[Sequence[Array]]) -> Steps:
    return {name: np.stack(values) for name, values in zip(names, zip(*steps, strict=True), strict=True)}

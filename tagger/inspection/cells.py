"""What a recurrent layer computes at each step, in numpy: gates, candidate, cell and hidden states of one sentence.

Weights are laid out as ONNX's operators have them: of a direction, `w [gates * h, x]` for the input,
`r [gates * h, h]` for the state before, `b [2 * gates * h]` for both; h units, x inputs. Gates lie in the order
i, o, f, c (LSTM) and z, r, h (GRU).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Steps = dict[str, Array]  # name to `[time, h]`


def sigmoid(x: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def lstm(x: Array, w: Array, r: Array, b: Array) -> Steps:
    """Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000."""
    h = c = np.zeros(r.shape[1])
    steps = []
    for entered in x @ w.T + b[: len(w)] + b[len(w) :]:
        i, o, f, g = np.split(entered + r @ h, 4)
        i, o, f, g = sigmoid(i), sigmoid(o), sigmoid(f), np.tanh(g)
        c = f * c + i * g
        h = o * np.tanh(c)
        steps.append((f, i, o, g, c, h))
    return _columns(("forget", "input", "output", "candidate", "cell", "hidden"), steps)


def lstm_no_forget(z: Array, r: Array) -> Steps:
    """Hochreiter and Schmidhuber 1997 as it was, on the input's share of the gates `z [time, 3 * h]`, biases in it.

    Gates lie in the order i, c, o, as `scan` has them; `r [3 * h, h]`.
    """
    h = c = np.zeros(r.shape[1])
    steps = []
    for entered in z:
        i, g, o = np.split(entered + r @ h, 3)
        i, g, o = sigmoid(i), np.tanh(g), sigmoid(o)
        c = c + i * g
        h = o * np.tanh(c)
        steps.append((i, o, g, c, h))
    return _columns(("input", "output", "candidate", "cell", "hidden"), steps)


def gru(x: Array, w: Array, r: Array, b: Array) -> Steps:
    """Cho et al. 2014, the reset gate after the product, as cuDNN and torch have it."""
    size = r.shape[1]
    r_gates, r_candidate = r[: 2 * size], r[2 * size :]
    b_gates, b_candidate = b[3 * size : 5 * size], b[5 * size :]
    h = np.zeros(size)
    steps = []
    for entered in x @ w.T + b[: 3 * size]:
        update, reset = np.split(sigmoid(entered[: 2 * size] + r_gates @ h + b_gates), 2)
        candidate = np.tanh(entered[2 * size :] + reset * (r_candidate @ h + b_candidate))
        h = (1 - update) * candidate + update * h
        steps.append((update, reset, candidate, h))
    return _columns(("update", "reset", "candidate", "hidden"), steps)


def rnn(x: Array, w: Array, r: Array, b: Array, activation: Callable[[Array], Array] = np.tanh) -> Steps:
    """Elman 1990."""
    h = np.zeros(r.shape[1])
    steps = []
    for entered in x @ w.T + b[: len(w)] + b[len(w) :]:
        h = activation(entered + r @ h)
        steps.append((h,))
    return _columns(("hidden",), steps)


def rnn_relu(x: Array, w: Array, r: Array, b: Array) -> Steps:
    return rnn(x, w, r, b, lambda values: np.maximum(values, 0.0))


def _columns(names: Sequence[str], steps: Sequence[Sequence[Array]]) -> Steps:
    return {name: np.stack(values) for name, values in zip(names, zip(*steps, strict=True), strict=True)}

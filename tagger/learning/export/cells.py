"""Recurrent layers as nodes of a graph: what each class of cells in `nets` becomes.

To add a cell, add its class to `LAYERS` with a function that writes a layer of it: `operator_layer` where ONNX has the
operator, else `scan_layer` with the cell's step in small operators, as `scan.step_without_forget` is.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import nn

from ...errors import ExportError
from ..nets import cells
from ..nets.encoder import Encoder
from ..nets.recurrent import Recurrent
from .graph import Graph, to_numpy
from .scan import Step, scan_body, step_without_forget

# The directions of a layer and the name of its input `[time, batch, input]`; returns that of `[time, batch, size]`.
WriteLayer = Callable[[Graph, Sequence[nn.Module], str], str]

# The gates of ONNX's operators by their places in torch's weights: torch has i, f, g, o where ONNX has i, o, f, c, and
# r, z, n where ONNX has z, r, h.
GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}


def encode(graph: Graph, encoder: Encoder, x: str) -> str:
    """Hidden states `[time, batch, size]` of vectors `[time, batch, input_size]`.

    Raises ExportError for a cell that has no function in `LAYERS`.
    """
    for layer in encoder.layers:
        assert isinstance(layer, Recurrent)
        cell = type(layer.directions[0])
        if cell not in LAYERS:
            raise ExportError(
                f"expected a cell that has a graph, one of {', '.join(sorted({c.__name__ for c in LAYERS}))}, got "
                f"{cell.__module__}.{cell.__qualname__}; add a function that writes it to "
                "tagger.learning.export.cells.LAYERS"
            )
        x = LAYERS[cell](graph, list(layer.directions), x)
    return x


def final_states(graph: Graph, encoder: Encoder, hidden: str) -> str:
    """The last state of each direction `[batch, size]` out of hidden states `[time, batch, size]`."""
    last = graph.node("Sub", graph.node("Cast", "lengths", to=TensorProto.INT64), graph.constant(1, np.int64))
    n_rows = graph.node("Gather", graph.node("Shape", "lengths"), graph.constant(0, np.int64))
    rows = graph.node("Range", graph.constant(0, np.int64), n_rows, graph.constant(1, np.int64))
    columns = (graph.node("Unsqueeze", place, graph.constant([1], np.int64)) for place in (last, rows))
    final = graph.node("GatherND", hidden, graph.node("Concat", *columns, axis=1))
    if not encoder.bidirectional:
        return final
    first = graph.node("Squeeze", graph.slice(hidden, 0, 1), graph.constant([0], np.int64))
    half = encoder.size // 2
    parts = (graph.slice(final, 0, half, axis=1), graph.slice(first, half, 2 * half, axis=1))
    return graph.node("Concat", *parts, axis=1)


def operator_layer(
    graph: Graph, directions: Sequence[nn.Module], x: str, *, operator: str, **attributes: int | list[str]
) -> str:
    """A layer as one recurrent operator, which reads each row up to its length. A layer without biases has zeros.

    Raises ExportError for a layer with a projection, which ONNX's operators have not.
    """
    input_weights, hidden_weights, biases = [], [], []
    for direction in directions:
        if projection := getattr(direction, "proj_size", 0):
            raise ExportError(
                f"expected net.encoder.projection=0 for a model file, got {projection}: ONNX's LSTM has none"
            )
        weights = {
            name: reorder_gates(to_numpy(weight), GATES[operator]) for name, weight in direction.named_parameters()
        }
        no_bias = np.zeros(len(weights["weight_ih_l0"]), np.float32)
        input_weights.append(weights["weight_ih_l0"])
        hidden_weights.append(weights["weight_hh_l0"])
        biases.append(np.concatenate([weights.get(name, no_bias) for name in ("bias_ih_l0", "bias_hh_l0")]))
    constants = [graph.matrix(np.stack(part)) for part in (input_weights, hidden_weights, biases)]
    y = graph.node(
        operator,
        x,
        *constants,
        "lengths",
        hidden_size=hidden_weights[0].shape[1],
        direction="bidirectional" if len(directions) == 2 else "forward",
        **attributes,
    )  # shape: [time, directions, batch, hidden]
    transposed = graph.node("Transpose", y, perm=[0, 2, 1, 3])
    return graph.node("Reshape", transposed, graph.constant([0, 0, -1], np.int64))


def rnn_layer(graph: Graph, directions: Sequence[nn.Module], x: str) -> str:
    """A layer of simple recurrent cells, torch's or ours, with tanh or relu."""
    activation = getattr(directions[0], "nonlinearity", None) or getattr(directions[0], "activation", None)
    attributes = {"activations": ["Relu"] * len(directions)} if activation in ("relu", torch.relu) else {}
    return operator_layer(graph, directions, x, operator="RNN", **attributes)


def scan_layer(graph: Graph, directions: Sequence[nn.Module], x: str, *, step: Step) -> str:
    """A layer of cells that go step by step: a Scan in each direction, whose body `step` writes."""
    lengths = graph.node("Cast", "lengths", to=TensorProto.INT64)
    reverse = partial(graph.node, "ReverseSequence", time_axis=0, batch_axis=1)
    outputs = []
    for is_backward, cell in enumerate(directions):
        assert isinstance(cell, cells.Steps)
        biases = [to_numpy(bias) for bias in (cell.bias_ih_l0, cell.bias_hh_l0) if bias is not None]
        bias = graph.constant(sum(biases, np.zeros(cell.n_gates * cell.hidden_size, np.float32)))
        product = graph.node(
            "MatMul", reverse(x, lengths) if is_backward else x, graph.matrix(to_numpy(cell.weight_ih_l0).T)
        )
        gates = graph.node("Add", product, bias)  # shape: [time, batch, n_gates * hidden]
        hidden_weights = graph.matrix(to_numpy(cell.weight_hh_l0).T)
        size = graph.constant([cell.hidden_size], np.int64)
        zeros = graph.node("ConstantOfShape", graph.node("Concat", graph.node("Shape", "lengths"), size, axis=0))
        name = f"scan{len(graph.nodes)}"
        sizes = {"hidden_size": cell.hidden_size, "n_gates": cell.n_gates, "n_states": cell.n_states}
        body = scan_body(name, hidden_weights, step, **sizes)
        results = [*(f"{name}_end{i}" for i in range(cell.n_states)), f"{name}_hidden"]
        inputs = [*[zeros] * cell.n_states, gates]
        graph.nodes.append(helper.make_node("Scan", inputs, results, body=body, num_scan_inputs=1))
        outputs.append(reverse(results[-1], lengths) if is_backward else results[-1])
    return graph.node("Concat", *outputs, axis=2)  # of one direction too: `inspection.layers` finds a layer by it


def reorder_gates(weight: NDArray[np.float32], gates: Sequence[int]) -> NDArray[np.float32]:
    """A weight with the rows of its gates in another order."""
    parts = np.split(weight, len(gates))
    return np.concatenate([parts[gate] for gate in gates])


_lstm = partial(operator_layer, operator="LSTM")
_gru = partial(operator_layer, operator="GRU", linear_before_reset=1)  # torch resets after the product
LAYERS: dict[type[nn.Module], WriteLayer] = {
    nn.LSTM: _lstm,
    nn.GRU: _gru,
    nn.RNN: rnn_layer,
    cells.LSTM: _lstm,
    cells.GRU: _gru,
    cells.GRUResetFirst: partial(operator_layer, operator="GRU", linear_before_reset=0),
    cells.SimpleRNN: rnn_layer,
    cells.LSTMWithoutForget: partial(scan_layer, step=step_without_forget),
}

"""The recurrent layers of a model file: found among its nodes, and computed step by step from their inputs.

ONNX has no operator for the LSTM without a forget gate. Each direction of it is a Scan (`learning.export.scan`) over
the input's part of the gates, whose matrix for the hidden state comes from the graph around it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ...errors import ModelError
from ...modelfile.protobuf import Node
from . import cells
from .cells import Array, Steps

STEPS: dict[str, Callable[[Array, Array, Array, Array], Steps]] = {
    "LSTM": cells.lstm,
    "GRU": cells.gru,
    "GRU reset first": cells.gru_reset_first,
    "RNN": cells.rnn,
    "RNN Relu": cells.rnn_relu,
}
WITHOUT_FORGET = "LSTM without forget gate"
OPERATORS = ("LSTM", "GRU", "RNN", WITHOUT_FORGET)
# The operators of the body of that Scan.
NO_FORGET_BODY = ["MatMul", "Add", "Split", "Sigmoid", "Tanh", "Sigmoid", "Mul", "Add", "Tanh", "Mul", "Identity"]


class RecurrentLayer(NamedTuple):
    """A layer of a file: its operator, and the names of its inputs, weights and hidden states in the graph.

    An operator has one input `[time, 1, size]`. The LSTM without a forget gate has one `[time, 1, 3 * h]` for each
    direction; that of the backward direction has the last step first. A step has `directions * h` hidden values.
    """

    operator: str
    inputs: tuple[str, ...]
    weights: tuple[str, ...]
    hidden: str
    variant: str = ""  # the part of the cell's name in `STEPS` after the operator

    def compute(self, values: Mapping[str, Array]) -> dict[str, Steps]:
        """The steps of each direction in text order, from the values of the inputs and weights by name."""
        inputs = [values[name][:, 0] for name in self.inputs]  # shape: [time, size] each
        weights = [values[name] for name in self.weights]
        if self.operator == WITHOUT_FORGET:
            computed = [cells.lstm_no_forget(z, r.T) for z, r in zip(inputs, weights, strict=True)]
        else:
            cell = STEPS[f"{self.operator} {self.variant}".strip()]
            (x,) = inputs
            by_direction = zip((1, -1), zip(*weights, strict=True), strict=False)
            computed = [cell(x[::stride], *direction_weights) for stride, direction_weights in by_direction]
        directions = {"forward": computed[0]}
        if len(computed) == 2:
            directions["backward"] = {name: steps[::-1] for name, steps in computed[1].items()}
        return directions


def find_layers(nodes: Sequence[Node]) -> list[RecurrentLayer]:
    """The recurrent layers among the nodes of a graph, in order. Raises ModelError for a Scan of another cell."""
    producers = {output: node for node in nodes for output in node.outputs}
    layers = []
    for node in nodes:
        if node.operator in ("LSTM", "GRU", "RNN"):
            variant = "Relu" if "Relu" in node.strings.get("activations", ()) else ""
            if node.operator == "GRU" and "linear_before_reset" not in node.flags:
                variant = "reset first"
            layers.append(RecurrentLayer(node.operator, node.inputs[:1], node.inputs[1:4], node.outputs[0], variant))
        elif node.operator == "Concat" and (scans := _find_scans(node.inputs, producers)):
            inputs, weights = tuple(scan.inputs[-1] for scan in scans), tuple(map(_hidden_weights, scans))
            layers.append(RecurrentLayer(WITHOUT_FORGET, inputs, weights, node.outputs[0]))
    return layers


def _find_scans(inputs: Iterable[str], producers: Mapping[str, Node]) -> list[Node]:
    """The Scans whose outputs are among these inputs; that of the backward direction is reversed in between."""
    nodes = [producers[name] for name in inputs if name in producers]
    nodes = [producers.get(node.inputs[0], node) if node.operator == "ReverseSequence" else node for node in nodes]
    return [node for node in nodes if node.operator == "Scan"]


def _hidden_weights(scan: Node) -> str:
    """The name of the matrix for the hidden state. Raises ModelError for a Scan of another cell."""
    if [node.operator for node in scan.body] != NO_FORGET_BODY:
        raise ModelError(
            f"expected a Scan of the LSTM without forget gate, got one of {len(scan.body)} other nodes; inspect a "
            "file that tagger.export wrote"
        )
    return scan.body[0].inputs[1]

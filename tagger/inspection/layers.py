"""The recurrent layers of a model file, found among its nodes, and the steps of each on what entered it.

The LSTM without a forget gate has no operator: each direction is a Scan (`scan.no_forget`) over the input's share of
the gates, its matrix for the hidden state taken from the graph around.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import ModelError
from ..modelfile.protobuf import Node
from . import cells as recurrence
from .cells import Array, Steps

STEPS: dict[str, Callable[[Array, Array, Array, Array], Steps]] = {
    "LSTM": recurrence.lstm,
    "GRU": recurrence.gru,
    "RNN": recurrence.rnn,
    "RNN Relu": recurrence.rnn_relu,
}
WITHOUT_FORGET = "LSTM without forget gate"
OPERATORS = ("LSTM", "GRU", "RNN", WITHOUT_FORGET)
# The nodes of `scan.no_forget`.
BODY = ["MatMul", "Add", "Split", "Sigmoid", "Tanh", "Sigmoid", "Mul", "Add", "Tanh", "Mul", "Identity"]


class Recurrent(NamedTuple):
    """A layer in a file: its operator and the names of what enters it, of its weights and of its hidden states.

    An operator is entered by one value `[time, 1, size]`; the LSTM without a forget gate, in each direction, by
    `[time, 1, 3 * h]`, the last step first in the backward one. Hidden states are `[time, …]`, `directions * h` a step.
    """

    operator: str
    entering: tuple[str, ...]
    weights: tuple[str, ...]
    hidden: str
    activation: str = ""

    def directions(self, values: Mapping[str, Array]) -> dict[str, Steps]:
        """What each direction computes, in text order, from the values of all that is named."""
        entered = [values[name][:, 0] for name in self.entering]
        weights = [values[name] for name in self.weights]
        if self.operator == WITHOUT_FORGET:
            found = [recurrence.lstm_no_forget(z, r.T) for z, r in zip(entered, weights, strict=True)]
        else:
            step = STEPS[f"{self.operator} {self.activation}".strip()]
            (x,) = entered
            found = [step(x[::way], *each) for way, each in zip((1, -1), zip(*weights, strict=True), strict=False)]
        directions = {"forward": found[0]}
        if len(found) == 2:
            directions["backward"] = {name: values[::-1] for name, values in found[1].items()}
        return directions


def recurrent(found: Sequence[Node]) -> list[Recurrent]:
    """The recurrent layers, in order. Raises ModelError for a Scan of another cell."""
    made = {output: node for node in found for output in node.outputs}
    layers = []
    for node in found:
        if node.operator in ("LSTM", "GRU", "RNN"):
            activation = "Relu" if "Relu" in node.strings.get("activations", ()) else ""
            layers.append(Recurrent(node.operator, node.inputs[:1], node.inputs[1:4], node.outputs[0], activation))
        elif node.operator == "Concat" and (scans := _scans(node.inputs, made)):
            entering, weights = tuple(scan.inputs[-1] for scan in scans), tuple(map(_hidden_weights, scans))
            layers.append(Recurrent(WITHOUT_FORGET, entering, weights, node.outputs[0]))
    return layers


def _scans(inputs: Iterable[str], made: Mapping[str, Node]) -> list[Node]:
    """The Scans whose results are joined here, the backward one turned round first."""
    nodes = [made[name] for name in inputs if name in made]
    nodes = [made.get(node.inputs[0], node) if node.operator == "ReverseSequence" else node for node in nodes]
    return [node for node in nodes if node.operator == "Scan"]


def _hidden_weights(scan: Node) -> str:
    if [node.operator for node in scan.body] != BODY:
        raise ModelError(
            f"expected a Scan of the LSTM without forget gate, got one of {len(scan.body)} other nodes; inspect a "
            "file that tagger.export wrote"
        )
    return scan.body[0].inputs[1]

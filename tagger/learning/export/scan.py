"""Cells that ONNX has no operator for: one step as the body of an ONNX Scan, made from small operators."""

from collections.abc import Callable, Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper


class Body:
    """The nodes of a Scan's body. Names begin with `prefix`, so that they are unique in the whole graph."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one result; returns the result's name."""
        [name] = self.nodes_of(operator, inputs, 1, **attributes)
        return name

    def nodes_of(self, operator: str, inputs: Sequence[str], n_results: int, **attributes: Any) -> list[str]:
        """Add a node with several results; returns their names."""
        names = [f"{self.prefix}_{operator.lower()}{len(self.nodes)}_{i}" for i in range(n_results)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names


# From the body, the gates before their activation and the states, each `[batch, hidden]`, to the new states, of which
# the hidden state is the first: the twin of `nets.cells.Steps.step`.
Step = Callable[[Body, Sequence[str], Sequence[str]], Sequence[str]]


def scan_body(
    prefix: str, hidden_weights: str, step: Step, *, hidden_size: int, n_gates: int, n_states: int
) -> onnx.GraphProto:
    """One step of a cell: its states `[batch, hidden]` and the input's part of the gates `[batch, n_gates * hidden]` to
    the new states, and the new hidden state once more as the output.

    `hidden_weights` names a value `[hidden, n_gates * hidden]` of the graph around the Scan.
    """
    body = Body(prefix)
    states, x = [f"{prefix}_state{i}" for i in range(n_states)], f"{prefix}_x"
    z = body.node("Add", x, body.node("MatMul", states[0], hidden_weights))  # shape: [batch, n_gates * hidden]
    gates = body.nodes_of("Split", [z], n_gates, axis=1) if n_gates > 1 else [z]
    new_states = list(step(body, gates, states))
    output = body.node("Identity", new_states[0])
    sizes = dict.fromkeys((*states, *new_states, output), hidden_size) | {x: n_gates * hidden_size}
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in sizes.items()
    }
    inputs, outputs = ([values[name] for name in names] for names in ((*states, x), (*new_states, output)))
    return helper.make_graph(body.nodes, prefix, inputs, outputs)


def step_without_forget(body: Body, gates: Sequence[str], states: Sequence[str]) -> Sequence[str]:
    """The LSTM without a forget gate (`nets.cells.LSTMWithoutForget`)."""
    (i, g, o), (_, c) = gates, states
    i, g, o = body.node("Sigmoid", i), body.node("Tanh", g), body.node("Sigmoid", o)
    c = body.node("Add", c, body.node("Mul", i, g))
    h = body.node("Mul", o, body.node("Tanh", c))
    return h, c

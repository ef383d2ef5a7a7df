"""The LSTM without a forget gate as the body of an ONNX Scan: ONNX has no operator for that cell."""

import onnx
from onnx import TensorProto, helper


def no_forget(prefix: str, hidden_weights: str, hidden_size: int) -> onnx.GraphProto:
    """One step: the states h and c `[batch, hidden]` and the input's part of the gates `[batch, 3 * hidden]` to the new
    states, and the new h once more as the output.

    `hidden_weights` names a value `[hidden, 3 * hidden]` of the graph around the Scan. Names of the body begin with
    `prefix`, which makes them unique.
    """
    names = "h c x product z i g o opened candidate shown entered new_c squashed new_h y"
    h, c, x, product, z, i, g, o, opened, candidate, shown, entered, new_c, squashed, new_h, y = (
        f"{prefix}_{name}" for name in names.split()
    )
    nodes = [
        helper.make_node("MatMul", [h, hidden_weights], [product]),
        helper.make_node("Add", [x, product], [z]),
        helper.make_node("Split", [z], [i, g, o], axis=1),
        helper.make_node("Sigmoid", [i], [opened]),
        helper.make_node("Tanh", [g], [candidate]),
        helper.make_node("Sigmoid", [o], [shown]),
        helper.make_node("Mul", [opened, candidate], [entered]),
        helper.make_node("Add", [c, entered], [new_c]),
        helper.make_node("Tanh", [new_c], [squashed]),
        helper.make_node("Mul", [shown, squashed], [new_h]),
        helper.make_node("Identity", [new_h], [y]),
    ]
    sizes = dict.fromkeys((h, c, new_h, new_c, y), hidden_size) | {x: 3 * hidden_size}
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in sizes.items()
    }
    inputs, outputs = ([values[name] for name in side] for side in ((h, c, x), (new_h, new_c, y)))
    return helper.make_graph(nodes, prefix, inputs, outputs)

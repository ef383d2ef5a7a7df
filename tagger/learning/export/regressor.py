"""A regressor as an ONNX file: vectors `[batch, time, columns]` and lengths `[batch]` to numbers `[batch]`.

The file is ONNX and nothing else: it has no metadata, and no command of this package reads it.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from ...errors import ExportError
from ...files.atomic import publishing
from ...modelfile.session import start_session
from ..checkpoint import check_exportable, load_regressor
from ..nets.regressor import SequenceRegressor
from .cells import encode, final_states
from .comparison import check_difference
from .graph import Graph, make_model, to_numpy


def build_regressor(net: SequenceRegressor) -> onnx.ModelProto:
    """The net as a checked ONNX model. Raises ExportError for a cell that has no graph."""
    graph = Graph(rounded=False)
    means, deviations = (graph.constant(to_numpy(part)) for part in (net.means, net.deviations))
    scaled = graph.node("Div", graph.node("Sub", "vectors", means), deviations)
    hidden = encode(graph, net.encoder, graph.node("Transpose", scaled, perm=[1, 0, 2]))
    weight, bias = map(to_numpy, (net.linear.weight, net.linear.bias))
    column = graph.linear(final_states(graph, net.encoder, hidden), weight, bias)
    number = graph.node("Squeeze", column, graph.constant([1], np.int64))
    target = net.scale.target
    unit, middle = (graph.constant(float(part[target]), np.float32) for part in (net.deviations, net.means))
    graph.node("Add", graph.node("Mul", number, unit), middle)
    inputs = [
        helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", "time", len(net.scale.means)]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    return make_model(graph, inputs, helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["batch"]))


def export_regressor(checkpoint: str | Path, output: str | Path) -> float:
    """Write the ONNX file of a regressor's checkpoint; returns the largest difference of numbers found, in deviations.

    Raises ModelError for a bad checkpoint and ExportError for a file that answers otherwise or cannot be written.
    """
    net = load_regressor(checkpoint).net
    check_exportable(net)
    proto = build_regressor(net)
    difference = _difference(net, proto)
    check_difference(difference)
    try:
        with publishing(output) as temporary:
            onnx.save(proto, temporary)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the file ({error}); choose another folder") from error
    return difference


def _difference(net: SequenceRegressor, proto: onnx.ModelProto) -> float:
    """The largest difference on random series of different lengths, in deviations of the target."""
    session, generator = start_session(proto.SerializeToString()), np.random.default_rng(0)
    means, deviations = to_numpy(net.means), to_numpy(net.deviations)
    lengths = np.array([1, 2, 7, 24, 24], np.int32)
    vectors = (generator.normal(size=(5, 24, len(means))) * deviations + means).astype(np.float32)
    with torch.inference_mode():
        wanted = net(torch.from_numpy(vectors), torch.from_numpy(lengths).long()).numpy()
    [found] = session.run(None, {"vectors": vectors, "lengths": lengths})
    return float(np.abs(found - wanted).max() / deviations[net.scale.target])

"""An ONNX graph, built node by node, and the model around it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from ... import __version__
from ...modelfile.metadata import METADATA_KEY, Metadata, to_json
from ...modelfile.session import ENTITY_SCORES
from .rounding import to_int8

OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and constants in the order they are added. Every method returns the name of its result.

    A `rounded` graph stores tables and matrices in fewer bits, as `rounding` describes.
    """

    def __init__(self, *, rounded: bool) -> None:
        self.rounded = rounded
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: ArrayLike, dtype: DTypeLike | None = None) -> str:
        """An array in the file."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype, order="C"), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """An operator with one result."""
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def table(self, weight: torch.Tensor, ids: str) -> str:
        """The rows `ids` of a table, which a rounded graph stores in int8 with a scale for each row; onnxruntime widens
        it when it opens the file."""
        if not self.rounded:
            return self.node("Gather", self.constant(to_numpy(weight)), ids)
        integers, scale = to_int8(to_numpy(weight))
        parts = (self.constant(integers), self.constant(scale, np.float16))
        widened = self.node("Mul", *(self.node("Cast", part, to=TensorProto.FLOAT) for part in parts))
        return self.node("Gather", widened, ids)

    def matrix(self, weight: NDArray[np.float32]) -> str:
        """A constant matrix, which a rounded graph stores in fp16; onnxruntime widens it when it opens the file."""
        if not self.rounded:
            return self.constant(weight)
        return self.node("Cast", self.constant(weight, np.float16), to=TensorProto.FLOAT)

    def linear(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """`x W^T + b`, the layer of torch with a weight `[outputs, inputs]`."""
        return self.node("Add", self.node("MatMul", x, self.constant(weight.T)), self.constant(bias))

    def slice(self, value: str, start: int, end: int, *, axis: int = 0) -> str:
        """The part of a value from `start` to before `end` of an axis; negative ones count from its end."""
        bounds = (self.constant([bound], np.int64) for bound in (start, end, axis))
        return self.node("Slice", value, *bounds)


def to_numpy(tensor: torch.Tensor) -> NDArray[np.float32]:
    """A weight as a constant."""
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array


class Interface(NamedTuple):
    """Dimensions of a model's inputs and output: names, or sizes that are fixed."""

    scores: Sequence[str | int]
    code_points: Sequence[str] = ("batch", "time")
    standards: bool = False  # whether an input says which standard each row follows
    entity_scores: Sequence[str | int] | None = None  # of a second output of that name


def finish(graph: Graph, interface: Interface, metadata: Metadata) -> onnx.ModelProto:
    """The graph as a checked model, whose output `scores` is the result of the last node; a node before it has the
    result `entity_scores`, if there is such an output."""
    dimensions: dict[str, Sequence[str | int]] = {"code_points": interface.code_points, "lengths": ["batch"]}
    if interface.standards:
        dimensions["standards"] = ["batch"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, shape) for name, shape in dimensions.items()]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, interface.scores)]
    if interface.entity_scores:
        outputs.append(helper.make_tensor_value_info(ENTITY_SCORES, TensorProto.FLOAT, interface.entity_scores))
    proto = make_model(graph, inputs, *outputs)
    set_metadata(proto, metadata)
    return proto


def make_model(graph: Graph, inputs: Sequence[onnx.ValueInfoProto], *outputs: onnx.ValueInfoProto) -> onnx.ModelProto:
    """The graph as a checked model without metadata, whose first output is the result of the last node; others are
    results of that name."""
    graph.nodes[-1].output[0] = outputs[0].name
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "tagger", list(inputs), list(outputs), graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tagger",
        producer_version=__version__,
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto


def set_metadata(proto: onnx.ModelProto, metadata: Metadata) -> None:
    """Make the metadata the one property of a model."""
    del proto.metadata_props[:]
    helper.set_model_props(proto, {METADATA_KEY: to_json(metadata)})

"""What is read from a model file without onnx is what onnx reads."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from tagger.modelfile.protobuf import add_outputs, read_nodes


def test_the_nodes_are_those_that_onnx_reads(small_model: Path) -> None:
    found = read_nodes(small_model.read_bytes())
    wanted = onnx.load(small_model).graph.node
    assert [(n.operator, n.inputs, n.outputs) for n in found] == [
        (n.op_type, tuple(n.input), tuple(n.output)) for n in wanted
    ]


def test_attributes_that_are_lists_of_strings() -> None:
    node = onnx.helper.make_node("RNN", ["x"], ["y"], activations=["Relu", "Relu"], hidden_size=300, axis=-1)
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [], []))
    assert read_nodes(model.SerializeToString())[0].strings == {"activations": ("Relu", "Relu")}


def test_a_node_has_the_nodes_of_its_body() -> None:
    body = onnx.helper.make_graph([onnx.helper.make_node("Tanh", ["a"], ["b"])], "body", [], [])
    node = onnx.helper.make_node("Scan", ["x"], ["y"], body=body, num_scan_inputs=1)
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [], []))
    assert [(n.operator, n.inputs) for n in read_nodes(model.SerializeToString())[0].body] == [("Tanh", ("a",))]


def test_more_outputs_are_what_onnx_would_add(small_model: Path) -> None:
    data = small_model.read_bytes()
    names = [node.outputs[0] for node in read_nodes(data) if node.operator == "LSTM"] + ["c0"]
    ours = onnx.load_from_string(add_outputs(data, names))
    theirs = onnx.load_from_string(data)
    theirs.graph.output.extend([onnx.ValueInfoProto(name=name) for name in names])
    assert ours == theirs
    session = ort.InferenceSession(ours.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {"code_points": np.full((1, 300), 25105, np.int32), "lengths": np.array([300], np.int32)}
    assert [len(value.shape) for value in session.run(names, feeds)] == [4, 0]

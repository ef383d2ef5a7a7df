from pathlib import Path

import models
import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ModelError
from tagger.modelfile.protobuf import nodes, with_outputs


def test_the_nodes_of_a_file() -> None:
    assert [(node.operator, node.inputs, node.outputs) for node in nodes(models.RELU.read_bytes())] == [
        ("Relu", ("x",), ("y",))
    ]


def test_more_outputs_come_out(small_model: Path) -> None:
    data = small_model.read_bytes()
    names = [node.outputs[0] for node in nodes(data) if node.operator == "LSTM"] + ["c0"]
    session = ort.InferenceSession(with_outputs(data, names), providers=["CPUExecutionProvider"])
    feeds = {"code_points": np.full((1, 300), 25105, np.int32), "lengths": np.array([300], np.int32)}
    assert [len(value.shape) for value in session.run(names, feeds)] == [4, 1]


@given(st.binary(max_size=60))
def test_what_is_no_model_has_no_nodes_or_is_an_error(data: bytes) -> None:
    try:
        found = nodes(data)
    except ModelError:
        return
    assert isinstance(found, list)


def test_a_file_cut_short_is_an_error(small_model: Path) -> None:
    with pytest.raises(ModelError, match="expected an ONNX file, cannot read its nodes"):
        nodes(small_model.read_bytes()[:5000])

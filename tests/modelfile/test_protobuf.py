"""ONNX files read and changed without the `onnx` package."""

from pathlib import Path

import models
import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ModelError
from tagger.modelfile.protobuf import add_outputs, read_nodes, read_property, replace_property
from tagger.modelfile.shipped import find, names


def test_the_nodes_of_a_file() -> None:
    assert [(node.operator, node.inputs, node.outputs) for node in read_nodes(models.RELU.read_bytes())] == [
        ("Relu", ("x",), ("y",))
    ]


def test_more_outputs_come_out(small_model: Path) -> None:
    data = small_model.read_bytes()
    names = [node.outputs[0] for node in read_nodes(data) if node.operator == "LSTM"] + ["c1"]
    session = ort.InferenceSession(add_outputs(data, names), providers=["CPUExecutionProvider"])
    feeds = {"code_points": np.full((1, 300), 25105, np.int32), "lengths": np.array([300], np.int32)}
    assert [len(value.shape) for value in session.run(names, feeds)] == [4, 1]


@given(st.binary(max_size=60))
def test_what_is_no_model_has_no_nodes_or_is_an_error(data: bytes) -> None:
    try:
        found = read_nodes(data)
    except ModelError:
        return
    assert isinstance(found, list)


def test_a_file_cut_short_is_an_error(small_model: Path) -> None:
    with pytest.raises(ModelError, match="expected an ONNX file, cannot read its nodes"):
        read_nodes(small_model.read_bytes()[:5000])


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("value", ["", "短", "long " * 5000])
def test_a_property_is_replaced_and_no_other_byte(name: str, value: str) -> None:
    model = find(name).read_bytes()
    before = read_property(model, "tagger").encode()
    changed = replace_property(model, "tagger", value)
    assert read_property(changed, "tagger") == value
    first = model.index(before)
    same_before, same_after = model[: first - 100], model[first + len(before) :]
    assert changed.startswith(same_before)
    assert changed.endswith(same_after)
    assert len(changed) - len(model) - len(value.encode()) + len(before) in range(-9, 10)  # lengths in bytes of 7 bits
    assert replace_property(changed, "tagger", before.decode()) == model
    session = ort.InferenceSession(changed, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map == {"tagger": value}


@given(st.text(max_size=300))
def test_a_property_holds_any_text(value: str) -> None:
    model = models.SMALL.read_bytes()
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    assert read_property(replace_property(model, "tagger", value), "tagger") == value


def test_a_property_that_is_not_there_is_an_error(small_model: Path) -> None:
    with pytest.raises(ModelError, match="expected one property 'tagger' in the model file, got 0; export it again"):
        replace_property(models.RELU.read_bytes(), "tagger", "{}")
    with pytest.raises(ModelError, match="got 2; export it again"):
        read_property(small_model.read_bytes() * 2, "tagger")
    with pytest.raises(ModelError, match="expected an ONNX file, cannot read its properties"):
        read_property(small_model.read_bytes()[:5000], "tagger")

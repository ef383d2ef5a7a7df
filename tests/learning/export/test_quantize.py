"""An int8 file computes in int8, says so, and appears whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from tagger.errors import ExportError
from tagger.learning.export import quantize
from tagger.modelfile.metadata import METADATA_KEY, Quantization, from_json
from tagger.modelfile.self_test import TOLERANCE, compare, read_inputs, self_test_of
from tagger.modelfile.session import open_file, run
from tagger.tagging.tagger import load

TEXTS = ["我喜欢北京。", "今天天气很好", "iPhone 15 卖 5999 元。"]


def test_an_int8_file(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "small8.onnx"
    quantize(small_model, output)
    operators = {node.op_type for node in onnx.load(output).graph.node}
    assert {"DynamicQuantizeLSTM", "MatMulInteger"} <= operators
    assert "LSTM" not in operators
    tagger = load(output)
    assert all(sentence.fault() is None for sentence in tagger.tag(TEXTS))
    wanted = replace(load(small_model).model.metadata, quantization=Quantization(weights="int8"))
    metadata = tagger.model.metadata
    assert metadata == replace(wanted, self_test=metadata.self_test)
    assert metadata.self_test != wanted.self_test
    file = open_file(output)
    test = self_test_of(file, output)
    assert compare(test, metadata, run(file.session, **read_inputs(test, metadata))).size <= TOLERANCE


def test_metadata_is_the_one_property_and_json(small_model: Path, tmp_path: Path) -> None:
    quantize(small_model, tmp_path / "8.onnx")
    [text] = [entry.value for entry in onnx.load(tmp_path / "8.onnx").metadata_props if entry.key == METADATA_KEY]
    assert json.loads(text)["quantization"] == {"weights": "int8"}
    assert from_json(text) == load(tmp_path / "8.onnx").model.metadata


def test_a_folder_that_is_not_there(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot write the model file"):
        quantize(small_model, tmp_path / "no" / "out.onnx")

"""Rounded weights: close to what they were, the same in net and file, and told apart from fp32."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tagger.errors import ExportError
from tagger.learning.checkpoint import Trained
from tagger.learning.export import build, describe, verify
from tagger.learning.export.rounding import round_weights, to_int8
from tagger.learning.nets import CharTagger
from tagger.modelfile.tagger import Model
from tagger.text.presegment import Presegmenter

FLOATS = st.floats(-100, 100, width=32, allow_subnormal=False)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, min_side=1), elements=FLOATS))
def test_integers_are_within_half_a_step(table: np.ndarray) -> None:
    integers, scale = to_int8(table)
    assert integers.dtype == np.int8
    assert scale.shape == (len(table), 1)
    assert (scale.astype(np.float16) == scale).all()
    assert np.abs(integers.astype(int)).max() <= 127
    assert (np.abs(integers * scale - table) <= scale * 0.501).all()


def test_a_row_of_zeros_stays_zero() -> None:
    integers, scale = to_int8(np.zeros((2, 3), np.float32))
    assert not integers.any()
    assert np.isfinite(scale).all()


@pytest.mark.parametrize("largest", [1e-12, 1e-6, 1e-4, 8e6])
def test_scales_hold_the_smallest_and_the_largest_rows(largest: float) -> None:
    table = np.array([[largest, -largest / 3]], np.float32)
    integers, scale = to_int8(table)
    assert np.isfinite(scale).all()
    assert np.abs(integers * scale - table).max() <= max(scale.max() * 0.501, 6e-8 * 127)


def test_a_row_too_large_for_its_scale_is_refused() -> None:
    with pytest.raises(ExportError, match=r"expected vectors of values up to 8,319,008, got 9e\+06; export without"):
        to_int8(np.array([[9e6]], np.float32))


def test_the_net_given_is_left_as_it_was(small_net: CharTagger) -> None:
    before = {name: weight.clone() for name, weight in small_net.state_dict().items()}
    copy = round_weights(small_net)
    assert all(torch.equal(weight, before[name]) for name, weight in small_net.state_dict().items())
    changed = {name for name, weight in copy.state_dict().items() if not torch.equal(weight, before[name])}
    parts = {name.split(".")[0] for name in changed}
    assert parts == {"embedding", "encoder"}


def test_the_file_answers_as_the_rounded_net(small_net: CharTagger, tmp_path: Path) -> None:
    path, copy = tmp_path / "rounded.onnx", round_weights(small_net)
    proto = build(copy, describe(Trained(copy, Presegmenter(), {})), rounded=True)
    onnx.save(proto, path)
    model = Model.open(path)
    assert verify(model, copy) < 1e-4
    with pytest.raises(ExportError, match="expected scores within"):
        verify(model, small_net)
    types = {tensor.data_type for tensor in proto.graph.initializer}
    assert {onnx.TensorProto.INT8, onnx.TensorProto.FLOAT16} <= types

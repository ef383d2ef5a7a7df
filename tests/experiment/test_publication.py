"""A smaller file is published with what it costs, measured on gold sentences, or not at all."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus import sample
from tagger.errors import ExportError
from tagger.evaluation.rounding import compare
from tagger.experiment.publication import publish_measured
from tagger.learning.export import quantize
from tagger.modelfile.metadata import Quantization, Rounding
from tagger.modelfile.rewrite import rewrite
from tagger.tagging.tagger import load

GOLD = list(corpus.read(Path(sample.__file__).with_name("dev.conllu"), tag="none"))[:20]


def test_the_file_says_what_rounding_changed(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "small8.onnx"
    effect = publish_measured(small_model, output, GOLD, partial(quantize, small_model))
    exact, smaller = load(small_model), load(output)
    assert effect == compare(exact, smaller, GOLD)
    metadata = smaller.model.metadata
    quantization = Quantization(weights="int8", dev=effect)
    assert metadata == replace(exact.model.metadata, quantization=quantization, self_test=metadata.self_test)
    assert metadata.self_test


def test_of_a_rounded_file_in_int8_the_last_step_is_measured(small_model: Path, tmp_path: Path) -> None:
    rounded, output = tmp_path / "rounded.onnx", tmp_path / "both.onnx"
    rounding = Rounding(tables="int8", encoder="fp16")
    rewrite(small_model, rounded, replace(load(small_model).model.metadata, rounding=rounding))
    effect = publish_measured(rounded, output, GOLD, partial(quantize, rounded))
    metadata = load(output).model.metadata
    assert (metadata.rounding, metadata.quantization) == (rounding, Quantization(weights="int8", dev=effect))


def test_without_gold_there_is_nothing_to_measure_on(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="give --dev GOLD"):
        publish_measured(small_model, tmp_path / "out.onnx", [], partial(quantize, small_model))
    with pytest.raises(ExportError, match="cannot write"):
        publish_measured(small_model, tmp_path / "no" / "out.onnx", GOLD, partial(quantize, small_model))
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_fails_publishes_nothing(small_model: Path, tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ExportError("expected something else")

    with pytest.raises(ExportError, match="expected something else"):
        publish_measured(small_model, tmp_path / "out.onnx", GOLD, fail)
    assert list(tmp_path.iterdir()) == []

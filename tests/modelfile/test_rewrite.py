"""Other metadata in a model file: the same answers, whole or not at all, without onnx and torch."""

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest

from tagger.errors import ExportError, ModelError
from tagger.modelfile.classifier import ClassifierModel
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.tagger import Model

CODES, LENGTHS = np.array([[25105, 21916, 27426], [21271, 20140, 0]], np.int32), np.array([3, 2], np.int32)


@pytest.mark.parametrize("path", [models.SMALL, models.TOPICS], ids=lambda path: path.stem)
def test_a_file_with_other_metadata_gives_the_same_scores(path: Path, tmp_path: Path) -> None:
    model, output = open_model(path), tmp_path / "other.onnx"
    metadata = replace(model.metadata, command="make it", attribution="learnt from 语料")
    rewrite(path, output, metadata)
    other = open_model(output)
    assert type(other) is type(model)
    assert other.metadata == metadata
    assert np.array_equal(other.scores(CODES, LENGTHS), model.scores(CODES, LENGTHS))
    rewrite(output, output, model.metadata)
    assert open_model(output).metadata == model.metadata


def test_metadata_that_does_not_open_is_not_published(tmp_path: Path) -> None:
    output = tmp_path / "small.onnx"
    output.write_bytes(b"an older file")
    with pytest.raises(ModelError, match=r"relu\.onnx: expected one property 'tagger'"):
        rewrite(models.RELU, output, Model.open(models.SMALL).metadata)
    with pytest.raises(ModelError, match=r"no\.onnx: expected a model file, cannot read it"):
        rewrite(tmp_path / "no.onnx", output, Model.open(models.SMALL).metadata)
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]
    assert output.read_bytes() == b"an older file"


@pytest.mark.parametrize("place", [(os, "fsync"), (Path, "replace")], ids=lambda place: place[1])
def test_a_full_disk_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    output = tmp_path / "small.onnx"
    output.write_bytes(b"an older file")
    monkeypatch.setattr(*place, full)
    with pytest.raises(ExportError, match=r"small\.onnx: cannot write the model file .*No space left on device"):
        rewrite(models.SMALL, output, Model.open(models.SMALL).metadata)
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]
    assert output.read_bytes() == b"an older file"


def test_a_classifier_and_a_tagger_open_as_what_they_are() -> None:
    assert isinstance(open_model(models.TOPICS), ClassifierModel)
    assert isinstance(open_model(models.WORDS), Model)


def test_calibrating_needs_neither_onnx_nor_torch() -> None:
    code = "import sys, tagger.calibrate; sys.exit(any(name in sys.modules for name in ('onnx', 'torch', 'hydra')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

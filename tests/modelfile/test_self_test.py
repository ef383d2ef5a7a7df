"""The self-test of a model file: its scores are those of onnxruntime, and others are found out."""

from dataclasses import replace
from pathlib import Path

import models
import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.modelfile.metadata import SelfTest, from_json, to_json
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.self_test import TOLERANCE, add_self_test, compare, join_outputs, read_inputs, self_test_of
from tagger.modelfile.session import ModelFile, open_file, run_all

FILES = sorted(set(models.FOLDER.glob("*.onnx")) - {models.RELU})


def scores_of(file: ModelFile, test: SelfTest) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return join_outputs(run_all(file.session, **read_inputs(test, file.metadata))).copy()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_onnxruntime_gives_the_scores_that_the_file_carries(path: Path, tmp_path: Path) -> None:
    if path == models.INT8:  # what it computes depends on the processor
        path = Path(tmp_path, path.name)
        path.write_bytes(models.INT8.read_bytes())
        add_self_test(path)
    file = open_file(path)
    test = self_test_of(file, path)
    scores = scores_of(file, test)
    assert compare(test, file.metadata, scores).size <= TOLERANCE
    worst = (1, 0) if scores.ndim == 2 else (1, 0, 0)
    scores[worst] += 0.5
    size, row, place = compare(test, file.metadata, scores)
    assert (round(size, 3), row, place) == (0.5, 1, 0)
    scores[worst] = np.nan
    assert compare(test, file.metadata, scores) == (np.inf, 1, 0)


def test_the_rows_follow_all_standards_and_have_unequal_lengths() -> None:
    file = open_file(models.STANDARDS)
    test = self_test_of(file, models.STANDARDS)
    assert test.standards == (0, 1, 0)
    assert len(set(read_inputs(test, file.metadata)["lengths"].tolist())) == 3
    assert self_test_of(open_file(models.SMALL), models.SMALL).standards == ()


def test_other_metadata_leaves_the_self_test(tmp_path: Path) -> None:
    model, output = open_model(models.SMALL), tmp_path / "small.onnx"
    rewrite(models.SMALL, output, replace(model.metadata, command="make it"))
    assert open_model(output).metadata.self_test == model.metadata.self_test is not None
    assert from_json(to_json(model.metadata)) == model.metadata


def test_a_file_of_an_earlier_version_opens_and_has_no_self_test(tmp_path: Path) -> None:
    output = tmp_path / "small.onnx"
    rewrite(models.SMALL, output, replace(open_model(models.SMALL).metadata, self_test=None))
    with pytest.raises(ModelError, match=r"small\.onnx: expected a model file with a self-test, .*; export it again"):
        self_test_of(open_file(output), output)
    add_self_test(output)
    assert open_model(output).metadata == open_model(models.SMALL).metadata


@pytest.mark.parametrize(("scores", "error"), [("?", "scores of a self-test"), ("AAAA" * 4 * 4, "rows")])
def test_a_self_test_that_cannot_be_read(scores: str, error: str) -> None:
    file = open_file(models.TOPICS)
    test = self_test_of(file, models.TOPICS)
    with pytest.raises(ModelError, match=f"^expected .*{error}.*export the model again"):
        compare(replace(test, scores=scores), file.metadata, scores_of(file, test))

"""The committed model files are what `tests/models/make.py` makes today: the same metadata and the same scores."""

import json
from pathlib import Path
from typing import Any

import models
import numpy as np
import onnxruntime
import pytest
from models import make


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make.make(folder)
    return folder


def metadata(session: onnxruntime.InferenceSession) -> Any:
    """The metadata, without the time and the versions of an export, and without the scores of the self-test."""
    values = session.get_modelmeta().custom_metadata_map
    parsed = {key: json.loads(value) for key, value in values.items()}
    for value in parsed.values():
        value.pop("exported")
        value.pop("versions")
        value["self_test"].pop("scores")
    return parsed


def inputs(session: onnxruntime.InferenceSession) -> dict[str, Any]:
    """Random characters of two sentences, the second one shorter."""
    generator = np.random.default_rng(0)
    alphabet = [ord(char) for text in models.TEXTS for char in f"{text}the dog runs"]
    values: dict[str, Any] = {"lengths": np.array([9, 5], np.int32), "standards": np.array([1, 0], np.int32)}
    for node in session.get_inputs():
        if node.name not in values:
            shape = [
                {0: 2, 1: 9}.get(axis, size if isinstance(size, int) else 4) for axis, size in enumerate(node.shape)
            ]
            values[node.name] = generator.choice(alphabet, shape).astype(np.int32)
    return {node.name: values[node.name] for node in session.get_inputs()}


@pytest.mark.parametrize("path", sorted(set(models.FOLDER.glob("*.onnx")) - {models.RELU}), ids=lambda path: path.stem)
def test_the_script_makes_the_file(path: Path, fresh: Path) -> None:
    ours, made = (onnxruntime.InferenceSession(folder / path.name) for folder in (models.FOLDER, fresh))
    assert metadata(ours) == metadata(made)
    values = inputs(ours)
    for wanted, found in zip(ours.run(None, values), made.run(None, values), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_every_file_is_made(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == {path.name for path in models.FOLDER.glob("*.onnx")}

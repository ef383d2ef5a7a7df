"""The shipped models, each with a self-test."""

from pathlib import Path

import pytest

from tagger.modelfile.opening import open_model
from tagger.modelfile.self_test import add_self_test
from tagger.modelfile.shipped import find, names


@pytest.fixture(scope="session")
def shipped_models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of the package; of one of a version that wrote no self-test a copy that has it."""
    paths = [find(name) for name in names()]
    for i, path in enumerate(paths):
        if open_model(path).metadata.self_test is None:
            paths[i] = tmp_path_factory.mktemp("models") / path.name
            paths[i].write_bytes(path.read_bytes())
            add_self_test(paths[i])
    return paths

"""Hypothesis without deadlines, one thread, the order of the test files, and the model files of `tests/models`.

Nothing here imports torch, lightning, onnx or hydra, because the tests of the tagging half run without them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import models
import pytest
from hypothesis import settings

from tagger.tagging.tagger import Tagger, load

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("tagger", deadline=None, max_examples=50)
settings.load_profile("tagger")
os.environ["OMP_NUM_THREADS"] = "1"  # what torch reads when it is imported, here and in processes that tests start

# The files that take longest, which begin first so that both workers end together.
LONG = (
    "test_training_page.py",
    "test_readme.py",
    "test_cluster.py",
    "test_bench.py",
    "test_train.py",
    "test_lexicon.py",
    "test_tutorial.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def small_model() -> Path:
    return models.SMALL


@pytest.fixture(scope="session")
def small_tagger(small_model: Path) -> Tagger:
    return load(small_model)


@pytest.fixture(scope="session")
def small_classifier() -> Path:
    return models.TOPICS


@pytest.fixture(params=models.HEADS, scope="session")
def head_tagger(request: pytest.FixtureRequest) -> Tagger:
    """A tagger of each head, with the tags A and B."""
    return load(models.head_model(request.param))


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for all tests of a process: a second one cannot be started beside it."""
    from browsing import launched

    with launched() as browser:
        yield browser

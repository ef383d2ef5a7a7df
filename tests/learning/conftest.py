"""The net of `tests/models/small.onnx`."""

import pytest
from models import make

from tagger.learning.nets import CharTagger


@pytest.fixture(scope="session")
def small_net() -> CharTagger:
    return make.small_net()

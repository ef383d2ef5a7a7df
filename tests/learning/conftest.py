"""The net of `tests/models/small.onnx`."""

import pytest
from models import make

from tagger.learning.nets.tagger import BiLSTM


@pytest.fixture(scope="session")
def small_net() -> BiLSTM:
    return make.small_net()

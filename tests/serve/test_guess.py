from pathlib import Path

import models
import pytest

from serve.engine import ALTERNATIVES, BatchKey
from serve.inference import TagOptions
from serve.models import ServedModel
from tagger.tagging.output import OutputOptions
from tagger.tagging.tagger import load


@pytest.mark.parametrize(
    ("output", "seconds"),
    [
        (OutputOptions(), 1e-6),
        (OutputOptions(confidence=True), 1.5e-6),
        (OutputOptions(search=0.1), 2e-6),
        (OutputOptions(nbest=1), 2e-6 + ALTERNATIVES),  # the search for them is as slow beside a fast kernel
        (OutputOptions(nbest=10), 20e-6 + ALTERNATIVES),
    ],
)
def test_what_a_character_takes_as_guessed_before_any_work_of_its_kind(output: OutputOptions, seconds: float) -> None:
    model = ServedModel("small", Path(models.SMALL), "1", load(models.SMALL), seconds_per_char=1e-6)
    assert BatchKey(model, TagOptions(output=output)).guess == pytest.approx(seconds)

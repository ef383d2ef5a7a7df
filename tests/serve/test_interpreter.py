"""How a process that serves sets its interpreter."""

import gc
import sys
from collections.abc import Iterator

import pytest

from serve.interpreter import SWITCH, YOUNG, tune


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    seconds, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(seconds)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.parametrize(
    ("seconds", "young", "wanted_seconds", "wanted_young"),
    [
        (0.005, 700, SWITCH, YOUNG),  # Python's own
        (SWITCH / 2, 2 * YOUNG, SWITCH / 2, 2 * YOUNG),  # a program that goes further
        (0.005, 0, SWITCH, 0),  # one that has switched the collector off
    ],
)
def test_what_goes_further_stays(seconds: float, young: int, wanted_seconds: float, wanted_young: int) -> None:
    sys.setswitchinterval(seconds)
    gc.set_threshold(young, 9, 8)
    tune()
    assert sys.getswitchinterval() == pytest.approx(wanted_seconds)
    assert gc.get_threshold() == (wanted_young, 9, 8)
    assert gc.get_freeze_count() > 0

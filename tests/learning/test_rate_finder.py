import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tagger.learning.rate_finder import RateFinder, suggest


@pytest.mark.parametrize("steepest", [1e-4, 1e-3, 1e-1])
def test_the_rate_is_that_of_the_steepest_descent(steepest: float) -> None:
    rates = (10.0 ** np.arange(-6, 1.01, 0.25)).tolist()
    losses = [float(-np.arctan(np.log(rate / steepest))) for rate in rates]
    assert suggest(rates, losses) == pytest.approx(steepest)
    assert suggest(np.repeat(rates, 2).tolist(), np.repeat(losses, 2).tolist()) == pytest.approx(steepest)
    assert suggest(rates, losses[::-1]) is None
    assert suggest(rates[:2], losses[:2]) is None


@pytest.mark.parametrize(("losses", "n_steps"), [([2.0, 1.0, 0.5, 90.0, 1.0], 4), ([2.0, 1.0, float("nan"), 1.0], 3)])
def test_it_stops_when_the_loss_rises(losses: list[float], n_steps: int, caplog: pytest.LogCaptureFixture) -> None:
    finder, module = RateFinder(), SimpleNamespace(unchecked_losses=[(0, 1.0)])
    trainer: Any = SimpleNamespace(should_stop=False)
    for step, loss in enumerate(losses):
        if trainer.should_stop:
            break
        trainer.optimizers = [SimpleNamespace(param_groups=[{"lr": 10.0**step}])]
        finder.on_train_batch_start(trainer)
        finder.on_train_batch_end(trainer, module, {"loss": loss})  # type: ignore[arg-type]
    assert step == n_steps
    with caplog.at_level(logging.INFO):
        finder.on_train_end(trainer, module)  # type: ignore[arg-type]
    assert caplog.messages[1].split() == ["1", "2.0000"]
    assert len(finder.rates) == len(finder.losses)

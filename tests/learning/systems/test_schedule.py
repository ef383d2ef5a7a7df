import math
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR, ReduceLROnPlateau, StepLR

from tagger.errors import ModelError
from tagger.learning.systems import schedule


def rates(make: Any, n: int, **options: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler, found = make(optimizer, n, **options), []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_shapes() -> None:
    assert rates(schedule.constant, 4, warmup=0.5) == [1.0, 2.0, 2.0, 2.0]
    assert rates(schedule.linear, 4) == pytest.approx([2.0, 1.5, 1.0, 0.5])
    assert rates(schedule.linear, 6, warmup=1 / 3, final=0.5) == pytest.approx([1.0, 2.0, 2.0, 1.75, 1.5, 1.25])
    assert rates(schedule.cosine, 6, warmup=1 / 3, final=0.5)[:3] == [1.0, 2.0, 2.0]
    wanted = [1 + math.cos(math.pi * i / 4) for i in range(4)]
    assert rates(schedule.cosine, 4) == pytest.approx(wanted)


SHARE = st.floats(0, 1)


@given(st.sampled_from([schedule.linear, schedule.cosine]), st.integers(1, 60), SHARE, SHARE)
def test_up_to_the_full_rate_then_down_to_the_final_one(make: Any, n: int, warmup: float, final: float) -> None:
    n_warmup = round(warmup * n)
    found = rates(make, n, warmup=warmup, final=final)
    up, down = found[:n_warmup], found[n_warmup:]
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert max(found) == 2.0
    assert all(rate > 0 for rate in up)
    assert all(2 * final - 1e-9 <= rate for rate in down)


@given(st.sampled_from([schedule.linear, schedule.cosine]), st.integers(1, 60), st.floats(0, 0.9), SHARE)
def test_after_the_last_step_the_rate_stays(make: Any, n: int, warmup: float, final: float) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    factor = make(optimizer, n, warmup=warmup, final=final).lr_lambdas[0]
    wanted = final if round(warmup * n) < n else 1.0
    assert [factor(n), factor(n + 1), factor(10 * n)] == pytest.approx([wanted, final, final], abs=1e-9)


@pytest.mark.parametrize(
    ("make", "total", "by", "after"),
    [
        (partial(StepLR, step_size=1, gamma=0.5), 4, "epoch", [1.0, 0.5, 0.25]),
        (partial(ExponentialLR, gamma=0.1), 4, "epoch", [1.0, 0.1, 0.01]),
        (partial(OneCycleLR, pct_start=0.5, anneal_strategy="linear", div_factor=4), 6, "step", [0.25, 0.625, 1.0]),
        (partial(schedule.linear, warmup=0.0), 4, "step", [1.0, 0.75, 0.5]),
    ],
)
def test_schedules_of_torch_get_what_they_need(make: Any, total: int, by: str, after: list[float]) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    made = schedule.make_schedule(make, optimizer, total, "max")
    assert schedule.steps_by(make) == by
    found = []
    for _ in after:
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        made.step()
    assert found == pytest.approx(after)


def test_a_plateau_is_one_of_the_dev_score_and_an_end_is_needed() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    assert vars(schedule.make_schedule(ReduceLROnPlateau, optimizer, math.inf, "max"))["mode"] == "max"
    with pytest.raises(ModelError, match=r"expected trainer\.max_epochs or max_steps for a schedule over all steps"):
        schedule.make_schedule(schedule.linear, optimizer, math.inf, "max")

import math
from typing import Any

import pytest
import torch

from tagger import schedule


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
    wanted = [1 + math.cos(math.pi * i / 4) for i in range(4)]
    assert rates(schedule.cosine, 4) == pytest.approx(wanted)

"""Learning rate over a run: our schedules, a factor that warms up from zero and then falls to `final`, and torch's."""

import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau

from ...errors import ModelError


def _schedule(optimizer: Optimizer, total_steps: int, warmup: float, shape: str, final: float) -> LambdaLR:
    n_warmup = round(warmup * total_steps)

    def factor(step: int) -> float:
        if step < n_warmup:
            return (step + 1) / n_warmup
        done = min(1.0, (step - n_warmup) / max(1, total_steps - n_warmup))
        if shape == "linear":
            return 1.0 - (1.0 - final) * done
        if shape == "cosine":
            return final + (1.0 - final) * (1.0 + math.cos(math.pi * done)) / 2
        return 1.0

    return LambdaLR(optimizer, factor)


def constant(optimizer: Optimizer, total_steps: int, *, warmup: float = 0.0) -> LambdaLR:
    """Full rate after `warmup`, a share of the steps."""
    return _schedule(optimizer, total_steps, warmup, "constant", 1.0)


def linear(optimizer: Optimizer, total_steps: int, *, warmup: float = 0.0, final: float = 0.0) -> LambdaLR:
    """A straight line from the full rate to `final` times it at the last step."""
    return _schedule(optimizer, total_steps, warmup, "linear", final)


def cosine(optimizer: Optimizer, total_steps: int, *, warmup: float = 0.0, final: float = 0.0) -> LambdaLR:
    """Half a cosine from the full rate to `final` times it (Loshchilov and Hutter 2017, no restarts)."""
    return _schedule(optimizer, total_steps, warmup, "cosine", final)


def rising(optimizer: Optimizer, total_steps: int, *, first: float = 1e-3, last: float = 1e3) -> LambdaLR:
    """From `first` to `last` times the rate, each step by the same factor, to find a rate (Smith 2017)."""
    ratio = last / first
    return LambdaLR(optimizer, lambda step: first * ratio ** (step / max(1, total_steps - 1)))


def make_schedule(make: Callable[..., LRScheduler], optimizer: Optimizer, total_steps: float, mode: str) -> LRScheduler:
    """The schedule of an optimizer. What `make` has an argument for, and no value, is given to it: `total_steps`; as
    `max_lr` the rates of the optimizer's groups; and as the `mode` of a `ReduceLROnPlateau` that of the dev score.

    Raises ModelError when it takes `total_steps` and the training has no end.
    """
    options: dict[str, Any] = {}
    free = _free_arguments(make)
    if "total_steps" in free:
        if math.isinf(total_steps):
            raise ModelError(
                "expected trainer.max_epochs or max_steps for a schedule over all steps, got neither; give one, or "
                "scheduler=step or plateau"
            )
        options["total_steps"] = int(total_steps)
    if "max_lr" in free:
        options["max_lr"] = [group["lr"] for group in optimizer.param_groups]
    if getattr(make, "func", make) is ReduceLROnPlateau and "mode" in free:
        options["mode"] = mode
    return make(optimizer, **options)


def steps_by(make: Callable[..., LRScheduler]) -> str:
    """Does a schedule go on at each `step`, as those that take `total_steps` do, or at each `epoch`?"""
    func = make.func if isinstance(make, partial) else make
    return "step" if "total_steps" in inspect.signature(func).parameters else "epoch"


def _free_arguments(make: Callable[..., LRScheduler]) -> set[str]:
    """The names of the arguments that have no value yet."""
    given = make.keywords if isinstance(make, partial) else {}
    return set(inspect.signature(make).parameters) - set(given)

"""Learning rate over the steps of a run: a factor that warms up from zero, then falls to `final`."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


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

"""Counts what would make a processor wait for a card, on a CPU too: values that steps of training read from tensors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

# Operators whose results have a size, or are a number, that depends on the values of a tensor.
READING = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "item", "unique", "_unique2"}
# Methods that copy a tensor to the processor's memory: on a CPU they call no operator.
COPYING = {"cpu", "numpy", "tolist"}


class Operators(TorchDispatchMode):
    """Counts operators by name in `calls`, and those that wait for values in `reads`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        self.calls[name] += 1
        masks = args[1] if name in ("index", "index_put", "index_put_") else ()
        if name in READING or any(isinstance(mask, Tensor) and mask.dtype == torch.bool for mask in masks):
            self.reads[name] += 1
        return func(*args, **(kwargs or {}))


class Copies(TorchFunctionMode):
    """Counts methods that copy a tensor to the processor in `reads`."""

    def __init__(self) -> None:
        self.reads: Counter[str] = Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in COPYING:
            self.reads[name] += 1
        return func(*args, **(kwargs or {}))


class StepCounter(Callback):
    """Counts in every step of a training, from its batch to the optimizer's step; `last` is the newest counter."""

    last: ClassVar["StepCounter"]

    def __init__(self) -> None:
        StepCounter.last = self
        self.reads: Counter[str] = Counter()
        self.n_steps = 0
        self._modes: list[Operators | Copies] = []

    def on_train_batch_start(self, *_: Any) -> None:
        self._modes = [Operators(), Copies()]
        for mode in self._modes:
            mode.__enter__()

    def on_train_batch_end(self, *_: Any) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(None, None, None)
            self.reads += mode.reads
        self.n_steps += 1

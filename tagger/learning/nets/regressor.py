"""Vectors in, a number out: recurrent layers over a series, and one linear output of the last state."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from ...corpus.series import Scale
from ..stored import StoredRegressor
from .encoder import Encoder
from .parts import Architecture, check_restorable, describe_parts, with_settings


class SequenceRegressor(nn.Module):
    """Vectors `[batch, time, columns]` and lengths `[batch]` to numbers `[batch]`.

    Layers read each column less its mean, divided by its deviation; numbers are in the units of the target column.
    """

    def __init__(self, encoder: Encoder, scale: Scale) -> None:
        super().__init__()
        self.encoder, self.scale = encoder, scale
        self.linear = nn.Linear(encoder.size, 1)
        self.register_buffer("means", torch.tensor(scale.means), persistent=False)
        self.register_buffer("deviations", torch.tensor(scale.deviations), persistent=False)
        self.means: Tensor
        self.deviations: Tensor

    @classmethod
    def build(cls, scale: Scale, *, encoder: Callable[[int], Encoder]) -> Self:
        """The net for a series of so many columns."""
        return cls(encoder(len(scale.means)), scale)

    @classmethod
    def restore(cls, stored: StoredRegressor) -> Self:
        """The net that a checkpoint describes, with random weights. Raises ModelError for parts from outside."""
        check_restorable(stored.architecture, (), Encoder)
        scale = Scale(stored.means, stored.deviations, stored.target)
        return cls.build(scale, encoder=with_settings(Encoder, stored.architecture))

    @property
    def architecture(self) -> Architecture:
        return describe_parts({"encoder": self.encoder}, (Encoder,))

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        hidden = self.encoder((vectors - self.means) / self.deviations, lengths)
        number: Tensor = self.linear(self.encoder.final_states(hidden, lengths))[:, 0].float()
        return number * self.deviations[self.scale.target] + self.means[self.scale.target]

    def describe(self, metadata: Mapping[str, Any]) -> StoredRegressor:
        """What a checkpoint of this net says beside its weights."""
        means, deviations, target = self.scale
        return StoredRegressor(self.architecture, tuple(means), tuple(deviations), target, metadata)

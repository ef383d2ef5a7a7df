"""Vectors to hidden states: stacked recurrent layers."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ModelError
from . import cells
from .recurrent import LockedDropout, MakeCell, Recurrent, pad_inputs

# What each layer remembers after the last step: the hidden state, of an LSTM then the cell state, each
# `[directions, batch, size]`.
States = list[cells.State]


class Encoder(nn.Module):
    """Recurrent layers, each of its own size, with dropout before and after each.

    `cell` is a name of `CELLS` or a class of one's own (see `Recurrent`). `forget_bias` is the initial bias of
    an LSTM's forget gate; without `bias` no gate has one. With `reset_after` false a GRU resets before the matrix (see
    `cells.GRUResetFirst`). `projection` is the size that an LSTM's hidden state is projected to; 0: none.
    `layer_dropout` drops single values between layers, `variational_dropout` the same units at all steps of the input
    and output of each layer. Raises ModelError for an unknown cell and for sizes that make no encoder.
    """

    def __init__(
        self,
        input_size: int,
        *,
        cell: str | MakeCell = "lstm",
        hidden_sizes: Sequence[int] = (200,),
        bidirectional: bool = True,
        forget_bias: float = 1.0,
        bias: bool = True,
        reset_after: bool = True,
        projection: int = 0,
        layer_dropout: float = 0.0,
        variational_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes: object = hidden_sizes  # whatever a configuration says
        if not isinstance(sizes, Sequence) or not sizes or not all(isinstance(n, int) and n > 0 for n in sizes):
            raise ModelError(
                "expected net.encoder.hidden_sizes to be a list with a size of 1 or more for each layer, "
                f"got {hidden_sizes}; write for example net.encoder.hidden_sizes=[128,64]"
            )
        self.cell, self.hidden_sizes, self.bidirectional = cell, tuple(hidden_sizes), bidirectional
        self.forget_bias, self.bias = forget_bias, bias
        self.reset_after, self.projection = reset_after, projection
        self.layer_dropout, self.variational_dropout = layer_dropout, variational_dropout
        self.layers = nn.ModuleList()
        for size in hidden_sizes:
            layer = Recurrent(
                cell,
                input_size,
                size,
                bidirectional=bidirectional,
                forget_bias=forget_bias,
                bias=bias,
                reset_after=reset_after,
                projection=projection,
            )
            self.layers.append(layer)
            input_size = layer.size
        self.size = input_size
        self.between = nn.Dropout(layer_dropout)
        self.locked = LockedDropout(variational_dropout)

    def load_pretrained(self, weights: Mapping[str, NDArray[np.float32]], *, n_new: int = 0) -> None:
        """Set the first layer's weights; the last `n_new` inputs, which the weights do not know, get zeros.

        Raises ModelError when they are the weights of another layer.
        """
        layer = self.layers[0].state_dict()
        padded = {name: pad_inputs(torch.from_numpy(weight), n_new, name) for name, weight in weights.items()}
        wanted, got = ({name: tuple(weight.shape) for name, weight in w.items()} for w in (layer, padded))
        if wanted != got:
            raise ModelError(
                f"expected a pretrained first layer of this net's shapes, {wanted}, got {got}; "
                "give net.encoder.hidden_sizes that begin with its size"
            )
        self.layers[0].load_state_dict(padded)

    def copy_weights(self, old: "Encoder", *, n_new: int) -> None:
        """Set the weights to those of a trained encoder of the same sizes but for `n_new` fewer inputs."""
        with torch.no_grad():
            for name, value in old.named_parameters():
                new = self.get_parameter(name)
                new.copy_(pad_inputs(value, n_new, name) if name.startswith("layers.0.") else value)

    def shift_inputs(self, vector: Tensor) -> None:
        """Answer from now on as if `vector [input_size]` were added to every input: it becomes part of the biases.

        Raises ModelError for an encoder without any.
        """
        if not self.bias:
            raise ModelError(
                "expected net.encoder.bias=true, to hold the vector of a standard, got false; set it to true"
            )
        with torch.no_grad():
            for name, weight in self.layers[0].named_parameters():
                if "weight_ih" in name:
                    bias = self.layers[0].get_parameter(name.replace("weight_ih", "bias_ih"))
                    bias.add_(weight @ vector)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """`[batch, time, input_size]` to `[batch, time, size]`."""
        steps = torch.arange(x.shape[1], device=x.device)
        backward = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        for i, layer in enumerate(self.layers):
            x = layer(self.locked(self.between(x) if i else x), backward)
        hidden: Tensor = self.locked(x)
        return hidden

    def advance(self, x: Tensor, states: States | None = None, lengths: Tensor | None = None) -> tuple[Tensor, States]:
        """Hidden states `[batch, time, size]` of an encoder that begins in `states` (None: zeros), and the states of
        each layer after the last step of each row, from which the next call continues (see `Recurrent.advance`)."""
        states_after: States = []
        for i, layer in enumerate(self.layers):
            x = self.locked(self.between(x) if i else x)
            assert isinstance(layer, Recurrent)
            x, state = layer.advance(x, None if states is None else states[i], lengths)
            states_after.append(state)
        return self.locked(x), states_after

    def final_states(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """The last state of each direction `[batch, size]` out of hidden states `[batch, time, size]`: that of the
        backward direction is at the first character."""
        last = hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]  # shape: [batch, size]
        if not self.bidirectional:
            return last
        half = hidden.shape[2] // 2
        return torch.cat([last[:, :half], hidden[:, 0, half:]], 1)

"""Vectors to hidden states: stacked recurrent layers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ModelError
from . import cells

Cell = Literal[
    "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_no_forget",
    "reference_lstm", "reference_gru", "reference_rnn_tanh", "reference_rnn_relu",
]  # fmt: skip
# What makes a layer of each kind, and how many gates share its weight matrices. Those of `cells` go step by step.
CELLS: dict[str, tuple[Callable[..., nn.Module], int]] = {
    "lstm": (nn.LSTM, 4),
    "gru": (nn.GRU, 3),
    "rnn_tanh": (partial(nn.RNN, nonlinearity="tanh"), 1),
    "rnn_relu": (partial(nn.RNN, nonlinearity="relu"), 1),
    "lstm_no_forget": (cells.LSTMWithoutForget, 3),
    "reference_lstm": (cells.LSTM, 4),
    "reference_gru": (cells.GRU, 3),
    "reference_rnn_tanh": (partial(cells.SimpleRNN, nonlinearity="tanh"), 1),
    "reference_rnn_relu": (partial(cells.SimpleRNN, nonlinearity="relu"), 1),
}


class LockedDropout(nn.Module):
    """Variational dropout (Gal and Ghahramani 2016): one mask per sentence, the same at every step."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """`[batch, time, size]` to the same."""
        if not self.training or not self.p:
            return x
        return x * nn.functional.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), self.p)


class Recurrent(nn.Module):
    """One recurrent layer in one or two directions over sentences of different lengths.

    The backward direction runs over the sentence reversed within its length, which is what packing
    does, at 2.7 times the speed on a CPU (torch's fast kernels do not take packed input).
    """

    def __init__(
        self, cell: Cell, input_size: int, hidden_size: int, *, bidirectional: bool, forget_bias: float
    ) -> None:
        super().__init__()
        make, n_gates = CELLS[cell]
        self.directions = nn.ModuleList(
            make(input_size, hidden_size, batch_first=True) for _ in range(1 + bidirectional)
        )
        self.size = hidden_size * (1 + bidirectional)
        for name, weight in self.named_parameters():
            if "weight_hh" in name:
                for gate in weight.chunk(n_gates):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                for gate in weight.chunk(n_gates):
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.zeros_(weight)
                if cell in ("lstm", "reference_lstm") and "bias_ih" in name:
                    nn.init.constant_(weight[hidden_size : 2 * hidden_size], forget_bias)

    def forward(self, x: Tensor, backward: Tensor) -> Tensor:
        """`[batch, time, input_size]` and the reversing index `[batch, time]` to `[batch, time, size]`."""
        outputs = [self.directions[0](x)[0]]
        if len(self.directions) > 1:
            y = self.directions[1](_take(x, backward))[0]
            outputs.append(_take(y, backward))
        return torch.cat(outputs, 2)


def widened(weight: Tensor, n_new: int, name: str) -> Tensor:
    """A weight of a recurrent layer, by its name, for so many more inputs, which it leaves out of account."""
    return nn.functional.pad(weight, (0, n_new)) if "weight_ih" in name else weight


def _take(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index[:, :, None].expand(-1, -1, x.shape[2]))


class Encoder(nn.Module):
    """Recurrent layers, each of its own size, with dropout before and after each."""

    def __init__(
        self,
        input_size: int,
        *,
        cell: Cell,
        hidden_sizes: Sequence[int],
        bidirectional: bool,
        forget_bias: float,
        layer_dropout: float,
        variational_dropout: float,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for size in hidden_sizes:
            layer = Recurrent(cell, input_size, size, bidirectional=bidirectional, forget_bias=forget_bias)
            self.layers.append(layer)
            input_size = layer.size
        self.size = input_size
        self.between = nn.Dropout(layer_dropout)
        self.locked = LockedDropout(variational_dropout)

    def load_pretrained(self, weights: Mapping[str, NDArray[np.float32]], *, n_new: int = 0) -> None:
        """Set the first layer's weights, 0 for its last `n_new` inputs, which they know nothing of. Raises ModelError
        when they are those of another layer."""
        layer = self.layers[0].state_dict()
        given = {name: widened(torch.from_numpy(weight), n_new, name) for name, weight in weights.items()}
        shapes = [{name: tuple(weight.shape) for name, weight in each.items()} for each in (layer, given)]
        if shapes[0] != shapes[1]:
            raise ModelError(f"expected a pretrained first layer of this net's shapes, {shapes[0]}, got {shapes[1]}")
        self.layers[0].load_state_dict(given)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """`[batch, time, input_size]` to `[batch, time, size]`."""
        steps = torch.arange(x.shape[1], device=x.device)
        backward = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        for i, layer in enumerate(self.layers):
            x = layer(self.locked(self.between(x) if i else x), backward)
        hidden: Tensor = self.locked(x)
        return hidden

"""Vectors to hidden states: stacked recurrent layers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple

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
MakeCell = Callable[..., nn.Module]  # (input_size, hidden_size, batch_first=True) to one direction of a layer
States = list[cells.State | Tensor]  # what the cell of each layer remembers after the last step


class CellKind(NamedTuple):
    """How one direction of a layer is made, how many gates share its weight matrices, and which of them is the forget
    gate, if there is one."""

    make: MakeCell
    n_gates: int
    forget_gate: int | None = None


# To add a cell, add it here. Those of `cells` go step by step.
CELLS: dict[str, CellKind] = {
    "lstm": CellKind(nn.LSTM, 4, forget_gate=1),
    "gru": CellKind(nn.GRU, 3),
    "rnn_tanh": CellKind(partial(nn.RNN, nonlinearity="tanh"), 1),
    "rnn_relu": CellKind(partial(nn.RNN, nonlinearity="relu"), 1),
    "lstm_no_forget": CellKind(cells.LSTMWithoutForget, 3),
    "reference_lstm": CellKind(cells.LSTM, 4, forget_gate=1),
    "reference_gru": CellKind(cells.GRU, 3),
    "reference_rnn_tanh": CellKind(partial(cells.SimpleRNN, nonlinearity="tanh"), 1),
    "reference_rnn_relu": CellKind(partial(cells.SimpleRNN, nonlinearity="relu"), 1),
}


def cell_kind(cell: str) -> CellKind:
    """The kind of a cell by its name. Raises ModelError for an unknown name."""
    if cell not in CELLS:
        raise ModelError(f"expected net.encoder.cell to be one of {', '.join(CELLS)}, got {cell!r}; choose one of them")
    return CELLS[cell]


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

    The backward direction runs over each sentence reversed within its length. Packing gives the same, but torch's fast
    CPU kernels do not take packed input: this is 2.7 times as fast. `cell` is a name of `CELLS`, or a class of one's
    own, which keeps the weights that it begins with.
    """

    def __init__(
        self, cell: str | MakeCell, input_size: int, hidden_size: int, *, bidirectional: bool, forget_bias: float
    ) -> None:
        super().__init__()
        kind = cell_kind(cell) if isinstance(cell, str) else None
        make = kind.make if kind else cell
        assert callable(make)
        self.directions = nn.ModuleList(
            make(input_size, hidden_size, batch_first=True) for _ in range(1 + bidirectional)
        )
        self.size = hidden_size * (1 + bidirectional)
        if kind:
            self._initialise(kind, forget_bias)

    def _initialise(self, kind: CellKind, forget_bias: float) -> None:
        """Orthogonal matrices for the hidden state, Xavier's for the input, gate by gate, and biases of 0."""
        for name, weight in self.named_parameters():
            gates = weight.chunk(kind.n_gates)
            if "weight_hh" in name:
                for gate in gates:
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                for gate in gates:
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.zeros_(weight)
                if kind.forget_gate is not None and "bias_ih" in name:
                    nn.init.constant_(gates[kind.forget_gate], forget_bias)

    def forward(self, x: Tensor, backward: Tensor) -> Tensor:
        """`[batch, time, input_size]` and the reversing index `[batch, time]` to `[batch, time, size]`."""
        outputs = [self.directions[0](x)[0]]
        if len(self.directions) > 1:
            y = self.directions[1](_take(x, backward))[0]
            outputs.append(_take(y, backward))
        return torch.cat(outputs, 2)


def pad_inputs(weight: Tensor, n_new: int, name: str) -> Tensor:
    """A weight of a recurrent layer, with `n_new` columns of zeros appended if its `name` says that it multiplies the
    input: new inputs then have no effect."""
    return nn.functional.pad(weight, (0, n_new)) if "weight_ih" in name else weight


def _take(x: Tensor, index: Tensor) -> Tensor:
    """Rows of `x [batch, time, size]` in the order of `index [batch, time]`."""
    return x.gather(1, index[:, :, None].expand(-1, -1, x.shape[2]))


class Encoder(nn.Module):
    """Recurrent layers, each of its own size, with dropout before and after each.

    `cell` is a name of `CELLS` or a class of one's own (see `Recurrent`). `forget_bias` is the initial bias of an
    LSTM's forget gate. `layer_dropout` drops single values between layers, `variational_dropout` the same units at all
    steps of the input and output of each layer. Raises ModelError for an unknown cell and for sizes that make no
    encoder.
    """

    def __init__(
        self,
        input_size: int,
        *,
        cell: str | MakeCell = "lstm",
        hidden_sizes: Sequence[int] = (200,),
        bidirectional: bool = True,
        forget_bias: float = 1.0,
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
        self.forget_bias = forget_bias
        self.layer_dropout, self.variational_dropout = layer_dropout, variational_dropout
        self.layers = nn.ModuleList()
        for size in hidden_sizes:
            layer = Recurrent(cell, input_size, size, bidirectional=bidirectional, forget_bias=forget_bias)
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
        """Answer from now on as if `vector [input_size]` were added to every input: it becomes part of the biases."""
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

    def advance(self, x: Tensor, states: States | None) -> tuple[Tensor, States]:
        """Hidden states `[batch, time, size]` of an encoder of one direction that begins in `states` (None: the start
        of a text), and the states after the last step, from which the next call continues."""
        states_after: States = []
        for i, layer in enumerate(self.layers):
            x = self.locked(self.between(x) if i else x)
            assert isinstance(layer, Recurrent)
            x, state = layer.directions[0](x, None if states is None else states[i])
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

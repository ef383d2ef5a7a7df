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
# (input_size, hidden_size, batch_first=True), and bias=False and proj_size=N where they are set, to one direction of a
# layer.
MakeCell = Callable[..., nn.Module]
# What each layer remembers after the last step: the hidden state, of an LSTM then the cell state, each
# `[directions, batch, size]`.
States = list[cells.State]


class CellKind(NamedTuple):
    """How one direction of a layer is made, how many gates share its weight matrices, which of them is the forget gate,
    if there is one, what makes the cell that resets before the matrix, and whether the cell can project its state."""

    make: MakeCell
    n_gates: int
    forget_gate: int | None = None
    make_reset_first: MakeCell | None = None
    projects: bool = False


# To add a cell, add it here. Those of `cells` go step by step.
CELLS: dict[str, CellKind] = {
    "lstm": CellKind(nn.LSTM, 4, forget_gate=1, projects=True),
    "gru": CellKind(nn.GRU, 3, make_reset_first=cells.GRUResetFirst),
    "rnn_tanh": CellKind(partial(nn.RNN, nonlinearity="tanh"), 1),
    "rnn_relu": CellKind(partial(nn.RNN, nonlinearity="relu"), 1),
    "lstm_no_forget": CellKind(cells.LSTMWithoutForget, 3),
    "reference_lstm": CellKind(cells.LSTM, 4, forget_gate=1, projects=True),
    "reference_gru": CellKind(cells.GRU, 3, make_reset_first=cells.GRUResetFirst),
    "reference_rnn_tanh": CellKind(partial(cells.SimpleRNN, nonlinearity="tanh"), 1),
    "reference_rnn_relu": CellKind(partial(cells.SimpleRNN, nonlinearity="relu"), 1),
}


def cell_kind(cell: str) -> CellKind:
    """The kind of a cell by its name. Raises ModelError for an unknown name."""
    if cell not in CELLS:
        raise ModelError(f"expected net.encoder.cell to be one of {', '.join(CELLS)}, got {cell!r}; choose one of them")
    return CELLS[cell]


def make_cell(cell: str | MakeCell, *, bias: bool, reset_after: bool, projection: int) -> MakeCell:
    """What makes one direction of a layer, with options of its cell. Raises ModelError for options that the cell does
    not have."""
    kind = cell_kind(cell) if isinstance(cell, str) else None
    make = kind.make if kind else cell
    assert callable(make)
    if not reset_after:
        if kind is None or kind.make_reset_first is None:
            raise ModelError(f"expected net.encoder.cell=gru with net.encoder.reset_after=false, got {cell}; set one")
        make = kind.make_reset_first
    if projection and (kind is None or not kind.projects or projection < 0):
        raise ModelError(
            "expected net.encoder.cell=lstm and a size below hidden_sizes for net.encoder.projection, got "
            f"{cell} and {projection}; 0 is for none"
        )
    options: dict[str, bool | int] = {} if bias else {"bias": False}
    return partial(make, **options | ({"proj_size": projection} if projection else {}))


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
        self,
        cell: str | MakeCell,
        input_size: int,
        hidden_size: int,
        *,
        bidirectional: bool,
        forget_bias: float,
        bias: bool = True,
        reset_after: bool = True,
        projection: int = 0,
        batch_first: bool = True,
    ) -> None:
        super().__init__()
        make = make_cell(cell, bias=bias, reset_after=reset_after, projection=projection)
        if projection >= hidden_size:
            raise ModelError(f"expected net.encoder.projection below {hidden_size} units, got {projection}; lower it")
        self.directions = nn.ModuleList(
            make(input_size, hidden_size, batch_first=True) for _ in range(1 + bidirectional)
        )
        self.size = (projection or hidden_size) * (1 + bidirectional)
        self.batch_first = batch_first
        if isinstance(cell, str):
            self._initialise(cell_kind(cell), forget_bias)

    def _initialise(self, kind: CellKind, forget_bias: float) -> None:
        """Orthogonal matrices for the hidden state, Xavier's for the input, gate by gate, and biases of 0."""
        for name, weight in self.named_parameters():
            gates = weight.chunk(kind.n_gates)  # but for a projection, which has none
            if "weight_hh" in name:
                for gate in gates:
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                for gate in gates:
                    nn.init.xavier_uniform_(gate)
            elif "weight_hr" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.zeros_(weight)
                if kind.forget_gate is not None and "bias_ih" in name:
                    nn.init.constant_(gates[kind.forget_gate], forget_bias)

    def forward(self, x: Tensor, backward: Tensor) -> Tensor:
        """`[batch, time, input_size]` and the reversing index `[batch, time]` to `[batch, time, size]`."""
        x = x if self.batch_first else x.transpose(0, 1)
        outputs = [self.directions[0](x)[0]]
        if len(self.directions) > 1:
            y = self.directions[1](_take(x, backward))[0]
            outputs.append(_take(y, backward))
        hidden = torch.cat(outputs, 2)
        return hidden if self.batch_first else hidden.transpose(0, 1)

    def advance(
        self, x: Tensor, before: cells.State | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, cells.State]:
        """Hidden states `[batch, time, size]` of a layer that begins in the states `before` (None: zeros), and the
        states after the last step of each row, each part `[directions, batch, size]`.

        The backward direction begins at the end of a row and its last step is the first one. With `lengths [batch]`
        hidden states of padding are 0, as those of packed rows are in torch. Without `batch_first` x and the hidden
        states are `[time, batch, …]`.
        """
        x = x if self.batch_first else x.transpose(0, 1)
        if lengths is None:
            hidden, after = self._advance(x, before)
        else:
            hidden, after = self._advance_rows(x, before, lengths)
        return hidden if self.batch_first else hidden.transpose(0, 1), after

    def _advance_rows(self, x: Tensor, before: cells.State | None, lengths: Tensor) -> tuple[Tensor, cells.State]:
        """The same for rows of different lengths: those of one length are read together."""
        order, outputs, states = [], [], []
        for length in sorted(set(lengths.tolist())):
            rows = (lengths == length).nonzero()[:, 0]
            begin = None if before is None else tuple(part[:, rows] for part in before)
            hidden, after = self._advance(x[rows, :length], begin)
            order.append(rows)
            outputs.append(nn.functional.pad(hidden, (0, 0, 0, x.shape[1] - length)))
            states.append(after)
        places = torch.cat(order).argsort()
        return torch.cat(outputs)[places], tuple(torch.cat(parts, 1)[:, places] for parts in zip(*states, strict=True))

    def _advance(self, x: Tensor, before: cells.State | None) -> tuple[Tensor, cells.State]:
        """The same for rows without padding, `[batch, time, input_size]`."""
        outputs, states = [], []
        for number, cell in enumerate(self.directions):
            begin = None if before is None else tuple(part[number : number + 1] for part in before)
            # torch takes the state of a cell that has one part as a tensor.
            given = begin if begin is None or len(begin) > 1 else begin[0]
            hidden, after = cell(x.flip(1) if number else x, given)
            outputs.append(hidden.flip(1) if number else hidden)
            states.append(after if isinstance(after, tuple) else (after,))
        return torch.cat(outputs, 2), tuple(torch.cat(parts) for parts in zip(*states, strict=True))


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
    LSTM's forget gate; without `bias` no gate has one. With `reset_after` false a GRU resets before the matrix (see
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

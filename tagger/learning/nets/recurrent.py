"""One recurrent layer in one or two directions, and the cells that it can be made of."""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from ...errors import ModelError
from . import cells

Cell = Literal[
    "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_no_forget",
    "reference_lstm", "reference_gru", "reference_rnn_tanh", "reference_rnn_relu",
]  # fmt: skip
# Where layers leave autocast and compute in float32: cuDNN runs them in fp16 under bf16 too, without scaled gradients.
FLOAT32_ON = {"cuda"}
# (input_size, hidden_size, batch_first=True), and bias=False and proj_size=N where they are set, to one direction of a
# layer.
MakeCell = Callable[..., nn.Module]


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
        if x.device.type in FLOAT32_ON and torch.is_autocast_enabled(x.device.type):
            with torch.autocast(x.device.type, enabled=False):
                return self._read(x.float(), backward)
        return self._read(x, backward)

    def _read(self, x: Tensor, backward: Tensor) -> Tensor:
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

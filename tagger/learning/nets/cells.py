"""The recurrent cells as they are taught, one step after the other, to read beside their formulas.

In the formulas `x` is the input of a step, `h` the hidden state and `c` the cell state; `σ` is the logistic
function and `*` goes element by element. A gate `a` has the matrices `Wa [hidden, input]` and `Ua [hidden, hidden]` and
the biases `ba` and `da`. torch stacks those of all gates into `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0` and
`bias_hh_l0`, and so do these, in the same order: weights fit a cell here and its fast twin in `torch.nn` alike.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

State = tuple[Tensor, ...]


class Steps(nn.Module):
    """A layer in one direction over `[batch, time, input]`: what all cells share is that they go step by step.

    Parameters begin as torch's do, uniform within `1 / sqrt(hidden)`. Without `bias` gates are products alone.
    """

    n_gates: int
    n_states = 1

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True, batch_first: bool = True) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.batch_first = input_size, hidden_size, batch_first
        self._add_weights(self.state_sizes[0], bias=bias)

    def _add_weights(self, shown_size: int, *, bias: bool) -> None:
        """The parameters of a cell whose hidden state has `shown_size` values."""
        n = self.n_gates * self.hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(n, self.input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(n, shown_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(n)) if bias else None
        self.bias_hh_l0 = nn.Parameter(torch.empty(n)) if bias else None
        for weight in self.parameters():
            nn.init.uniform_(weight, -(self.hidden_size**-0.5), self.hidden_size**-0.5)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The size of each part of the state, hidden state first."""
        return (self.hidden_size,) * self.n_states

    def from_input(self, x: Tensor) -> tuple[Tensor, ...]:
        """`Wa x + ba` of every gate, each `[batch, hidden]`."""
        return linear(x, self.weight_ih_l0, self.bias_ih_l0).chunk(self.n_gates, -1)

    def from_hidden(self, h: Tensor) -> tuple[Tensor, ...]:
        """`Ua h + da` of every gate, each `[batch, hidden]`."""
        return linear(h, self.weight_hh_l0, self.bias_hh_l0).chunk(self.n_gates, -1)

    def gates(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """`Wa x + ba + Ua h + da` of every gate, each `[batch, hidden]`."""
        return tuple(a + b for a, b in zip(self.from_input(x), self.from_hidden(h), strict=True))

    def step(self, x: Tensor, state: State) -> State:
        """The state after one step, hidden state first; all `[batch, size]`."""
        raise NotImplementedError

    def forward(self, x: Tensor, before: State | Tensor | None = None) -> tuple[Tensor, State]:
        """Hidden states of all steps `[batch, time, hidden]`, and the last state, each part `[1, batch, hidden]`:
        what a call that goes on from there takes as `before`. A state of one part may be a tensor, as torch has it.

        Without `batch_first` time comes first: `[time, batch, …]`.
        """
        steps = x.unbind(1 if self.batch_first else 0)
        if before is None:
            before = tuple(x.new_zeros(1, len(steps[0]), size) for size in self.state_sizes)
        state: State = tuple(part[0] for part in ((before,) if isinstance(before, Tensor) else before))
        hidden = []
        for step in steps:
            state = self.step(step, state)
            hidden.append(state[0])
        return torch.stack(hidden, 1 if self.batch_first else 0), tuple(part[None] for part in state)


class SimpleRNN(Steps):
    """The simple recurrent net (Elman 1990): `h' = φ(W x + b + U h + d)`, with `φ` tanh or relu."""

    n_gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, bias=bias, batch_first=batch_first)
        self.activation: Callable[[Tensor], Tensor] = {"tanh": torch.tanh, "relu": torch.relu}[nonlinearity]

    def step(self, x: Tensor, state: State) -> State:
        (h,) = state
        (z,) = self.gates(x, h)
        return (self.activation(z),)


class LSTM(Steps):
    """The LSTM (Hochreiter and Schmidhuber 1997) with the forget gate of Gers et al. (2000), no peepholes.

    ```
    i  = σ(Wi x + bi + Ui h + di)        input gate: what of the candidate enters the cell
    f  = σ(Wf x + bf + Uf h + df)        forget gate: what the cell keeps
    g  = tanh(Wg x + bg + Ug h + dg)     candidate
    o  = σ(Wo x + bo + Uo h + do)        output gate: what of the cell is shown
    c' = f * c + i * g                   cell state
    h' = o * tanh(c')                    hidden state
    ```

    With a projection (Sak et al. 2014) the hidden state has `proj_size` values: `h' = P (o * tanh(c'))`, where
    `P [proj_size, hidden]` is torch's `weight_hr_l0`.
    """

    n_gates = 4
    n_states = 2

    def __init__(
        self, input_size: int, hidden_size: int, *, bias: bool = True, batch_first: bool = True, proj_size: int = 0
    ) -> None:
        self.proj_size = proj_size
        super().__init__(input_size, hidden_size, bias=bias, batch_first=batch_first)

    def _add_weights(self, shown_size: int, *, bias: bool) -> None:
        super()._add_weights(shown_size, bias=bias)
        if self.proj_size:
            bound = self.hidden_size**-0.5
            self.weight_hr_l0 = nn.Parameter(torch.empty(self.proj_size, self.hidden_size).uniform_(-bound, bound))

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return self.proj_size or self.hidden_size, self.hidden_size

    def step(self, x: Tensor, state: State) -> State:
        h, c = state
        i, f, g, o = self.gates(x, h)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return (linear(h, self.weight_hr_l0) if self.proj_size else h), c


class LSTMWithoutForget(Steps):
    """The LSTM as it was before the forget gate: the cell keeps all that ever entered, `c' = c + i * g`.

    Gates in the order i, g, o; the rest is as in `LSTM`.
    """

    n_gates = 3
    n_states = 2

    def step(self, x: Tensor, state: State) -> State:
        h, c = state
        i, g, o = self.gates(x, h)
        i, g, o = torch.sigmoid(i), torch.tanh(g), torch.sigmoid(o)
        c = c + i * g
        h = o * torch.tanh(c)
        return h, c


class GRU(Steps):
    """The gated recurrent unit (Cho et al. 2014).

    ```
    r  = σ(Wr x + br + Ur h + dr)              reset gate: what of the old state the candidate sees
    z  = σ(Wz x + bz + Uz h + dz)              update gate: what of the old state stays
    n  = tanh(Wn x + bn + r * (Un h + dn))     candidate
    h' = (1 - z) * n + z * h                   hidden state
    ```

    The paper resets before the matrix (`GRUResetFirst`); torch, cuDNN and this cell after it, which is one product a
    step.
    """

    n_gates = 3

    def step(self, x: Tensor, state: State) -> State:
        (h,) = state
        (rx, zx, nx), (rh, zh, nh) = self.from_input(x), self.from_hidden(h)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        n = torch.tanh(nx + r * nh)
        return ((1 - z) * n + z * h,)


class GRUResetFirst(GRU):
    """The GRU as the paper has it, which resets before the matrix: `n = tanh(Wn x + bn + Un (r * h) + dn)`.

    Everything else, and the names and shapes of the weights, are those of `GRU`. torch has no such cell.
    """

    def step(self, x: Tensor, state: State) -> State:
        (h,) = state
        (rx, zx, nx), (rh, zh, _) = self.from_input(x), self.from_hidden(h)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        *_, from_reset = self.from_hidden(r * h)
        n = torch.tanh(nx + from_reset)
        return ((1 - z) * n + z * h,)

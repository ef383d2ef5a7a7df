"""A linear-chain CRF (Lafferty et al. 2001) over the legal tag sequences of a scheme.

The same four tables as `decoding.Transitions`, as parameters. Illegal sequences have no parameter and
no probability mass, so nothing needs a mask of minus infinities.
"""

import torch
from torch import Tensor, nn

from ...decoding.transitions import FORBIDDEN, Transitions


def log_partition(
    scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Log of the summed exponentiated scores of all legal tag sequences, `[batch]`.

    Word boundaries are summed by a matrix product of exponentials, scaled by the largest: every
    closed tag may be followed by every starting one, so the largest never has weight zero.
    """
    n = (scores.shape[2] - 1) // 4
    middles, ends = (scores[:, :, 1 + k * n : 1 + (k + 1) * n].unbind(1) for k in (1, 2))
    starting = torch.cat([scores[:, :, :1], scores[:, :, 1 : 1 + n], scores[:, :, 1 + 3 * n :]], 2).unbind(1)
    weights = boundary.exp()
    first = start + starting[0]
    nothing = first.new_full(first[:, 1 : 1 + n].shape, -1e30)
    begin, middle = first[:, 1 : 1 + n], nothing
    closed = torch.cat([first[:, :1], nothing, first[:, 1 + n :]], 1)
    total = closed
    for t in range(1, scores.shape[1]):
        largest = closed.max(1, keepdim=True).values.detach()
        first = ((closed - largest).exp() @ weights).log() + largest + starting[t]
        ended = torch.logaddexp(begin + inside[1], middle + inside[3]) + ends[t]
        middle = torch.logaddexp(begin + inside[0], middle + inside[2]) + middles[t]
        begin = first[:, 1 : 1 + n]
        closed = torch.cat([first[:, :1], ended, first[:, 1 + n :]], 1)
        total = torch.where((t < lengths)[:, None], closed, total)
    return torch.logsumexp(total + end, 1)


class CRF(nn.Module):
    """Transition scores over `n_pos` kinds of word; `forward` gives the negative log-likelihood."""

    def __init__(self, n_pos: int) -> None:
        super().__init__()
        n = 2 * n_pos + 1
        self.boundary = nn.Parameter(torch.empty(n, n))
        self.inside = nn.Parameter(torch.empty(4, n_pos))
        self.start = nn.Parameter(torch.empty(n))
        self.end = nn.Parameter(torch.empty(n))
        for table in self.parameters():
            nn.init.uniform_(table, -0.1, 0.1)
        tag = torch.arange(1 + 4 * n_pos)
        letter, pos = torch.div(tag - 1, n_pos, rounding_mode="floor"), (tag - 1) % n_pos
        # Row and column of every tag in `boundary`; 0 where it has none.
        closed = torch.where(letter < 2, 0, 1 + (letter - 2) * n_pos + pos)
        starting = torch.where(letter == 3, 1 + n_pos + pos, torch.where(letter == 0, 1 + pos, 0))
        self.register_buffer("closed", closed, persistent=False)
        self.register_buffer("starting", starting, persistent=False)
        self.n_pos = n_pos
        self.closed: Tensor
        self.starting: Tensor

    def score(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Score of given legal tags `[batch, time]`, `[batch]`; with `shares [batch, time, n_tags]` of the tags at
        each character, what its own score is expected to be stands for it."""
        steps = torch.arange(scores.shape[1], device=scores.device)
        real = steps < lengths[:, None]
        own = scores.gather(2, tags[:, :, None])[:, :, 0] if soft_targets is None else (scores * soft_targets).sum(2)
        emitted = own.masked_fill(~real, 0.0).sum(1)
        before, after = tags[:, :-1], tags[:, 1:]
        letter = torch.div(after - 1, self.n_pos, rounding_mode="floor")
        continues = (letter == 1) | (letter == 2)
        between = self.boundary[self.closed[before], self.starting[after]]
        came_from_middle = torch.div(before - 1, self.n_pos, rounding_mode="floor") == 1
        within = self.inside[2 * came_from_middle.long() + (letter == 2).long(), (after - 1) % self.n_pos]
        moved = torch.where(continues, within, between).masked_fill(~real[:, 1:], 0.0).sum(1)
        last = tags.gather(1, (lengths - 1)[:, None])[:, 0]
        return emitted + moved + self.start[self.starting[tags[:, 0]]] + self.end[self.closed[last]]

    def forward(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Negative log-likelihood of the tags of each sentence, `[batch]`; with `shares`, as `score` takes them."""
        total = log_partition(scores, lengths, self.boundary, self.inside, self.start, self.end)
        return total - self.score(scores, tags, lengths, soft_targets)

    def marginal(self, scores: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-probability of all sequences of tags in `possible [batch, time, n_tags]` together, `[batch]`:
        the loss of partial annotation (Tsuboi et al. 2008)."""
        tables = (self.boundary, self.inside, self.start, self.end)
        left = scores.masked_fill(~allowed_tags, FORBIDDEN)
        return log_partition(scores, lengths, *tables) - log_partition(left, lengths, *tables)

    def transitions(self) -> Transitions:
        """The tables as numpy arrays, for decoding."""
        tables = (self.boundary, self.inside, self.start, self.end)
        return Transitions(*(table.detach().float().cpu().numpy() for table in tables))

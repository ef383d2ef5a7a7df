"""A linear-chain CRF (Lafferty et al. 2001) over the legal tag sequences of a scheme.

Its parameters are the four tables of `decoding.transitions.Transitions`. Illegal sequences have no parameter and no
probability, so that nothing needs a mask of minus infinities.
"""

import torch
from torch import Tensor, nn

from ...decoding.transitions import BEGIN_END, BEGIN_MIDDLE, FORBIDDEN, MIDDLE_END, MIDDLE_MIDDLE, Transitions
from ...text.scheme import END, MIDDLE, Blocks
from .partition import log_partition, log_paths


def in_blocks(shares: Tensor, n_blocks: int, n_first: int = 1) -> Tensor:
    """The shares of kinds of word in each other, `[n_pos, n_old_pos]`, as those of columns: `n_first` that stay as they
    are, then blocks of a column for each kind."""
    columns = nn.functional.pad(torch.kron(torch.eye(n_blocks), shares), (n_first, 0, n_first, 0))
    columns[:n_first, :n_first] = torch.eye(n_first)
    return columns


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
        self.n_pos = n_pos
        blocks = Blocks(n_pos)
        # Row and column of every tag in `boundary`; 0 where it has none.
        for name, ids in (("closing", blocks.closing), ("starting", blocks.starting)):
            numbers = torch.zeros(blocks.n_tags, dtype=torch.int64)
            numbers[torch.from_numpy(ids)] = torch.arange(n)
            self.register_buffer(name, numbers, persistent=False)
        self.closing: Tensor
        self.starting: Tensor

    def copy_weights(self, old: "CRF", shares: Tensor) -> None:
        """Begin with the tables of a trained chain over other kinds of word; `shares [n_pos, n_old_pos]` say what part
        each old kind has in each kind."""
        groups = in_blocks(shares, 2)  # of O, E…, S… and of O, B…, S…
        with torch.no_grad():
            self.boundary.copy_(groups @ old.boundary @ groups.T)
            self.inside.copy_(old.inside @ shares.T)
            self.start.copy_(groups @ old.start)
            self.end.copy_(groups @ old.end)

    def score(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Score of legal tags `[batch, time]`, `[batch]`; with `soft_targets [batch, time, n_tags]`, probabilities of
        the tags at each character, their expected score takes the place of the score of the tag."""
        inside = torch.arange(scores.shape[1], device=scores.device) < lengths[:, None]
        if soft_targets is None:
            of_tags = scores.gather(2, tags[:, :, None])[:, :, 0]
        else:
            of_tags = (scores * soft_targets).sum(2)
        emitted = of_tags.masked_fill(~inside, 0.0).sum(1)
        before, after = tags[:, :-1], tags[:, 1:]
        letter, letter_before = self._letters(after), self._letters(before)
        continues = (letter == MIDDLE) | (letter == END)
        between = self.boundary[self.closing[before], self.starting[after]]
        step = MIDDLE_MIDDLE * (letter_before == MIDDLE).long() + (letter == END).long()  # the row of `inside`
        within = self.inside[step, (after - 1) % self.n_pos]
        moved = torch.where(continues, within, between).masked_fill(~inside[:, 1:], 0.0).sum(1)
        last = tags.gather(1, (lengths - 1)[:, None])[:, 0]
        return emitted + moved + self.start[self.starting[tags[:, 0]]] + self.end[self.closing[last]]

    def _letters(self, tags: Tensor) -> Tensor:
        return torch.div(tags + (self.n_pos - 1), self.n_pos, rounding_mode="floor")

    def forward(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Negative log-likelihood of the tags of each sentence, `[batch]`; for `soft_targets` see `score`."""
        total = log_partition(scores, lengths, self.boundary, self.inside, self.start, self.end)
        return total - self.score(scores, tags, lengths, soft_targets)

    def marginal(self, scores: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-probability of all sequences of tags in `allowed_tags [batch, time, n_tags]` together: the loss
        of partial annotation (Tsuboi et al. 2008), `[batch]`."""
        tables = (self.boundary, self.inside, self.start, self.end)
        masked = scores.masked_fill(~allowed_tags, FORBIDDEN)
        return log_partition(scores, lengths, *tables) - log_partition(masked, lengths, *tables)

    def log_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """Log-probability of each tag at each character given the whole text, `[batch, time, n_tags]`: the paths that
        lead to it and, of the text read backwards, those that come from it (Rabiner 1989)."""
        places = torch.arange(scores.shape[1], device=scores.device)
        mirrored = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)[:, :, None]
        outside, begin, middle, end, single = scores.split_with_sizes((1, *[self.n_pos] * 4), 2)
        backwards = torch.cat([outside, end, middle, begin, single], 2).gather(1, mirrored.expand_as(scores))
        inside = self.inside[[MIDDLE_END, BEGIN_END, MIDDLE_MIDDLE, BEGIN_MIDDLE]]
        before = log_paths(scores, lengths, self.boundary, self.inside, self.start, self.end)
        after = log_paths(backwards, lengths, self.boundary.T, inside, self.end, self.start)
        after = after.gather(1, mirrored.expand_as(scores))
        outside, end, middle, begin, single = after.split_with_sizes((1, *[self.n_pos] * 4), 2)
        return (before + torch.cat([outside, begin, middle, end, single], 2) - scores).log_softmax(2)

    def transitions(self) -> Transitions:
        """The tables as numpy arrays, for decoding."""
        tables = (self.boundary, self.inside, self.start, self.end)
        return Transitions(*(table.detach().float().cpu().numpy() for table in tables))

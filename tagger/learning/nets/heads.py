"""The three heads: from hidden states to scores, the loss over them, and the decoder that reads them."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import torch
from torch import Tensor, nn

from ...decoding.decoders import Decoder, decoder
from ...decoding.transitions import FORBIDDEN, Transitions
from ...text.scheme import Scheme
from .crf import CRF, log_partition


class Head(nn.Module):
    """A linear layer to scores, a loss over them, and the decoder that reads them."""

    kind: str

    def __init__(self, input_size: int, n_scores: int, scheme: Scheme) -> None:
        super().__init__()
        self.linear = nn.Linear(input_size, n_scores)
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.scheme = scheme

    def allowed(self) -> Tensor:
        """Which scores a character keeps, `[2, n_scores]`: row 0 ordinary, row 1 whitespace."""
        return torch.from_numpy(self.scheme.allowed())

    def forward(self, hidden: Tensor) -> Tensor:
        """`[batch, time, input_size]` to scores `[batch, time, n_scores]`."""
        scores: Tensor = self.linear(hidden)
        return scores

    def join(self, scores: Tensor, joined: Tensor) -> Tensor:
        """Scores under which no word begins at the characters `joined [batch, time]`, or ends before them."""
        n, ids = self.decoder().n_pos, torch.arange(scores.shape[2], device=scores.device)
        starting = (ids < 1 + n) | ((ids > 3 * n) & (ids <= 4 * n))  # O, B and S
        ending = (ids > 2 * n) & (ids <= 4 * n)  # E and S
        before = nn.functional.pad(joined[:, 1:], (0, 1))
        return scores.masked_fill((joined[..., None] & starting) | (before[..., None] & ending), FORBIDDEN)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        """Loss of tags `[batch, time]`, summed over each sentence: `[batch]`.

        `shares [batch, time, n_tags]` are a teacher's probabilities of the tags at each character (Hinton et al.
        2015), of which `tags` is the best legal sequence: what the tags cost is then what they are expected to cost,
        but for the transitions of a CRF, which follow the best sequence.
        """
        raise NotImplementedError

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-probability of what is known of each sentence, `[batch]`.

        `possible [batch, time, n_tags]` are the tags that are left; `tags [batch, time]` those of words known
        whole, 0 elsewhere. Equal to `loss` where everything is known.
        """
        raise NotImplementedError

    def parameters_of_decoder(self) -> dict[str, Any]:
        return {}

    def decoder(self) -> Decoder:
        return decoder(self.kind, self.parameters_of_decoder(), self.scheme)


class SoftmaxHead(Head):
    """Every character for itself; decoding keeps to legal tags."""

    kind = "softmax"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        super().__init__(input_size, scheme.n_tags, scheme)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        target = tags if soft_targets is None else soft_targets.transpose(1, 2)
        losses = nn.functional.cross_entropy(scores.transpose(1, 2), target, reduction="none")
        return losses.masked_fill(torch.arange(tags.shape[1], device=tags.device) >= lengths[:, None], 0.0).sum(1)

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        left = scores.log_softmax(2).masked_fill(~allowed_tags, FORBIDDEN)
        tables = (torch.from_numpy(t).to(scores) for t in astuple(Transitions.zeros(self.scheme.n_pos)))
        return -log_partition(left, lengths, *tables)


class CRFHead(Head):
    """A CRF over the joint tags."""

    kind = "crf"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        super().__init__(input_size, scheme.n_tags, scheme)
        self.crf = CRF(scheme.n_pos)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        nll: Tensor = self.crf(scores, tags, lengths, soft_targets)
        return nll

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        return self.crf.marginal(scores, allowed_tags, lengths)

    def parameters_of_decoder(self) -> dict[str, Any]:
        return self.crf.transitions().to_dict()


class FactoredHead(Head):
    """A CRF over the five segmentation tags, and a POS score per word from its first and last character."""

    kind = "factored"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        super().__init__(input_size, 5 + 2 * scheme.n_pos, scheme)
        self.crf = CRF(1)

    def allowed(self) -> Tensor:
        letters = torch.from_numpy(Scheme(inner_spaces=self.scheme.inner_spaces).allowed())
        return torch.cat([letters, letters.new_ones(2, 2 * self.scheme.n_pos)], 1)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        letters = self._letters(tags, lengths)
        split = None if soft_targets is None else soft_targets[:, :, 1:].reshape(*tags.shape, 4, -1)
        of_letters = (
            None if soft_targets is None or split is None else torch.cat([soft_targets[:, :, :1], split.sum(3)], 2)
        )
        nll = self.crf(scores[:, :, :5], letters, lengths, of_letters)
        return self._add_pos(nll, scores, tags, letters, split)

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """The same, but that only words known whole count for their POS."""
        words = allowed_tags[:, :, 1:].reshape(*allowed_tags.shape[:2], 4, -1).any(3)
        letters = torch.cat([allowed_tags[:, :, :1], words], 2)
        nll = self.crf.marginal(scores[:, :, :5], letters, lengths)
        return self._add_pos(nll, scores, tags, self._letters(tags, lengths))

    def _letters(self, tags: Tensor, lengths: Tensor) -> Tensor:
        real = torch.arange(tags.shape[1], device=tags.device) < lengths[:, None]
        return torch.where((tags > 0) & real, 1 + torch.div(tags - 1, self.scheme.n_pos, rounding_mode="floor"), 0)

    def _add_pos(
        self, nll: Tensor, scores: Tensor, tags: Tensor, letters: Tensor, split: Tensor | None = None
    ) -> Tensor:
        """Add to each sentence's loss that of the POS of its words; `split [batch, time, 4, n_pos]` are a teacher's."""
        n = self.scheme.n_pos
        sentence, start = torch.nonzero((letters == 1) | (letters == 4), as_tuple=True)
        end = torch.nonzero((letters == 3) | (letters == 4), as_tuple=True)[1]
        words = scores[sentence, start, 5 : 5 + n] + scores[sentence, end, 5 + n :]
        gold = (tags[sentence, start] - 1) % n
        if split is not None:  # of the POS, given the letter
            given = split[sentence, start, letters[sentence, start] - 1]
            whole = given.sum(1, keepdim=True)  # 0 where the best sequence has a letter that got no share
            certain = nn.functional.one_hot(gold, n).to(given)
            gold = torch.where(whole > 0, given / whole.clamp_min(1e-9), certain)
        return nll.index_add(0, sentence, nn.functional.cross_entropy(words, gold, reduction="none"))

    def parameters_of_decoder(self) -> dict[str, Any]:
        return self.crf.transitions().to_dict()


HEADS: dict[str, Callable[[int, Scheme], Head]] = {h.kind: h for h in (SoftmaxHead, CRFHead, FactoredHead)}

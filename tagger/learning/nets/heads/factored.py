"""The factored head: segmentation first, then a POS for each word."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ....decoding.factored import Columns
from ....text.scheme import BEGIN, END, LETTERS, SINGLE, Blocks, Scheme
from ..crf import CRF, in_blocks
from .head import Head


class FactoredHead(Head):
    """A CRF over the five segmentation tags, and a POS score per word from its first and last character."""

    kind = "factored"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        columns = Columns(scheme.n_pos)
        super().__init__(input_size, columns.n_scores, scheme, Blocks(1))
        self.columns, self.crf = columns, CRF(1)

    def copy_weights(self, old: Head) -> None:
        super().copy_weights(old)
        if isinstance(old, FactoredHead):
            self.crf.load_state_dict(old.crf.state_dict())

    def spread(self, shares: Tensor) -> Tensor:
        return in_blocks(shares, 2, len(LETTERS))

    def allowed(self) -> Tensor:
        letters = torch.from_numpy(replace(self.scheme, pos=()).allowed())
        return torch.cat([letters, letters.new_ones(2, 2 * self.scheme.n_pos)], 1)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        letters = self._letters(tags, lengths)
        if soft_targets is None:
            nll: Tensor = self.crf(scores[:, :, self.columns.tags], letters, lengths)
            return self._add_pos(nll, scores, tags, letters)
        by_letter = soft_targets[:, :, BEGIN:].reshape(*tags.shape, 4, -1)  # shape: [batch, time, B M E S, n_pos]
        letter_targets = torch.cat([soft_targets[:, :, :BEGIN], by_letter.sum(3)], 2)
        nll = self.crf(scores[:, :, self.columns.tags], letters, lengths, letter_targets)
        return self._add_pos(nll, scores, tags, letters, by_letter)

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        """The same, except that only fully known words count for their POS."""
        in_words = allowed_tags[:, :, BEGIN:].reshape(*allowed_tags.shape[:2], 4, -1).any(3)
        letters = torch.cat([allowed_tags[:, :, :BEGIN], in_words], 2)
        nll = self.crf.marginal(scores[:, :, self.columns.tags], letters, lengths)
        return self._add_pos(nll, scores, tags, self._letters(tags, lengths))

    def _letters(self, tags: Tensor, lengths: Tensor) -> Tensor:
        """The letters of tags, 0 after a sentence's end."""
        n = self.scheme.n_pos
        inside = torch.arange(tags.shape[1], device=tags.device) < lengths[:, None]
        return torch.div(tags + (n - 1), n, rounding_mode="floor").masked_fill(~inside, 0)

    def _add_pos(
        self, nll: Tensor, scores: Tensor, tags: Tensor, letters: Tensor, by_letter: Tensor | None = None
    ) -> Tensor:
        """Add the loss of the words' POS to each sentence's; `by_letter [batch, time, 4, n_pos]` are a teacher's
        probabilities."""
        n = self.scheme.n_pos
        begins, ends = ((letters == BEGIN) | (letters == SINGLE)), ((letters == END) | (letters == SINGLE))
        # Where the word of each character starts. To pick words out, the processor would wait for their number.
        places = torch.arange(letters.shape[1], device=letters.device)
        start = torch.where(begins, places, 0).cummax(1).values
        of_start = start[:, :, None].expand(-1, -1, n)
        words = scores[:, :, self.columns.first].gather(1, of_start) + scores[:, :, self.columns.last]
        target = ((tags - 1) % n).gather(1, start)
        if by_letter is not None:  # of the POS, given the letter
            letter = (letters - BEGIN).clamp_min(0)[:, :, None, None].expand(-1, -1, 1, n)
            shares = by_letter.gather(2, letter)[:, :, 0].gather(1, of_start)
            total = shares.sum(2, keepdim=True)  # 0 where the best sequence has a letter that got no share
            certain = (target[:, :, None] == torch.arange(n, device=target.device)).to(shares)
            target = torch.where(total > 0, shares / total.clamp_min(1e-9), certain).transpose(1, 2)
        losses = nn.functional.cross_entropy(words.transpose(1, 2), target, reduction="none")
        return nll + losses.masked_fill(~ends, 0.0).sum(1)

    def decoder_parameters(self) -> dict[str, Any]:
        return self.crf.transitions().to_dict()

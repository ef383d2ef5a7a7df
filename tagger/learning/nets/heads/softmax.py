"""The softmax head: every character for itself."""

from dataclasses import astuple

import torch
from torch import Tensor, nn

from ....decoding.transitions import FORBIDDEN, Transitions
from ....text.scheme import Scheme
from ..partition import log_partition
from .head import Head


class SoftmaxHead(Head):
    """A softmax over the tags at every character; decoding keeps to legal sequences."""

    kind = "softmax"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        super().__init__(input_size, scheme.n_tags, scheme, scheme.blocks)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        target = tags if soft_targets is None else soft_targets.transpose(1, 2)
        losses = nn.functional.cross_entropy(scores.transpose(1, 2), target, reduction="none")
        return losses.masked_fill(torch.arange(tags.shape[1], device=tags.device) >= lengths[:, None], 0.0).sum(1)

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        log_probabilities = scores.log_softmax(2).masked_fill(~allowed_tags, FORBIDDEN)
        tables = (torch.from_numpy(table).to(scores) for table in astuple(Transitions.zeros(self.scheme.n_pos)))
        return -log_partition(log_probabilities, lengths, *tables)

    def log_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        return scores.log_softmax(2)

"""The CRF head: a linear chain over the joint tags."""

from typing import Any

from torch import Tensor

from ....text.scheme import Scheme
from ..crf import CRF
from .head import Head, tag_shares


class CRFHead(Head):
    """A CRF over the joint tags."""

    kind = "crf"

    def __init__(self, input_size: int, scheme: Scheme) -> None:
        super().__init__(input_size, scheme.n_tags, scheme, scheme.blocks)
        self.crf = CRF(scheme.n_pos)

    def copy_weights(self, old: Head) -> None:
        super().copy_weights(old)
        if isinstance(old, CRFHead) and self.scheme.pos != old.scheme.pos:
            self.crf.copy_weights(old.crf, tag_shares(self.scheme, old.scheme))

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        nll: Tensor = self.crf(scores, tags, lengths, soft_targets)
        return nll

    def partial_loss(self, scores: Tensor, tags: Tensor, allowed_tags: Tensor, lengths: Tensor) -> Tensor:
        return self.crf.marginal(scores, allowed_tags, lengths)

    def log_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        return self.crf.log_marginals(scores, lengths)

    def decoder_parameters(self) -> dict[str, Any]:
        return self.crf.transitions().to_dict()

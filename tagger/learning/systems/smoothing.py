"""Label smoothing for sequences of tags (Szegedy et al. 2016)."""

import torch
from torch import Tensor

from ...decoding.transitions import FORBIDDEN
from ..nets.heads import Head


def smooth(head: Head, scores: Tensor, tags: Tensor, share: float) -> Tensor:
    """Probabilities `[batch, time, n_tags]` of which the gold tag has all but `share`, and the tags that the character
    can have divide that equally. The head's `scores [batch, time, n_scores]` are FORBIDDEN for all other tags."""
    scheme = head.scheme
    if head.blocks == scheme.blocks:
        legal = scores[..., : scheme.n_tags] > FORBIDDEN / 2
    else:  # a score for each letter, of which every POS has the same
        letters = scores[..., :5] > FORBIDDEN / 2
        legal = torch.cat([letters[..., :1], letters[..., 1:].repeat_interleave(scheme.n_pos, -1)], -1)
    uniform = legal / legal.sum(-1, keepdim=True).clamp_min(1)
    of_gold = torch.full_like(uniform[..., :1], 1 - share)
    return (share * uniform).scatter_add(2, tags[..., None], of_gold)

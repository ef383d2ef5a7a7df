"""The loss of a head's tags: label smoothing, and weights of classes of tags."""

from collections.abc import Mapping, Sequence
from math import inf

import torch
from torch import Tensor

from ...decoding.transitions import FORBIDDEN
from ...errors import ModelError
from ...text.scheme import Scheme
from ..nets.heads import Head
from .smoothing import smooth


def tag_loss(
    head: Head,
    scores: Tensor,
    tags: Tensor,
    lengths: Tensor,
    soft_targets: Tensor | None = None,
    *,
    smoothing: float = 0.0,
    weights: Tensor | None = None,
) -> Tensor:
    """Loss of tags `[batch, time]`, summed over each sentence: `[batch]`. `smoothing` takes that share of the weight
    from the gold tags unless `soft_targets` are given.

    Without `weights [n_tags]` it is the loss of the head. With them it is the cross-entropy of the tag of each
    character, times the weight of the tag. The probability of a tag is the marginal one given the whole text, for a CRF
    as well, whose likelihood has no term that belongs to one tag (Kakade, Teh and Roweis 2002).
    """
    logs = None if weights is None else head.log_marginals(scores, lengths).clamp_min(FORBIDDEN)
    if smoothing and soft_targets is None:
        soft_targets = smooth(head, scores if logs is None else logs, tags, smoothing)
    if logs is None or weights is None:
        return head.loss(scores, tags, lengths, soft_targets)
    if soft_targets is None:
        losses = -weights[tags] * logs.gather(2, tags[..., None])[..., 0]
    else:
        losses = -(weights * soft_targets * logs).sum(2)
    inside = torch.arange(tags.shape[1], device=tags.device) < lengths[:, None]
    return losses.masked_fill(~inside, 0.0).sum(1)


def _kind(name: str) -> str:
    """The POS or type of a tag such as `B-NOUN`; the tag itself where it has none."""
    return name.partition("-")[2] or name


def check_class_weights(given: Mapping[str, float], heads: list[Head]) -> None:
    """Raises ModelError for classes that no head has, for weights that are none, and for a head without probabilities
    of tags."""
    known = {key for head in heads for name in head.scheme.names for key in (name, _kind(name))}
    if unknown := sorted(set(given) - known):
        classes = sorted({_kind(name) for head in heads for name in head.scheme.names})
        raise ModelError(
            f"expected system.class_weights of {', '.join(classes)}, or of a tag such as {heads[0].scheme.names[1]}, "
            f"got {', '.join(unknown)}"
        )
    if wrong := {name: weight for name, weight in given.items() if not 0 <= weight < inf}:
        raise ModelError(f"expected system.class_weights of 0 or more, got {wrong}")
    for head in heads:
        if type(head).log_marginals is Head.log_marginals:
            raise ModelError(
                f"expected head=crf or head=softmax with system.class_weights, got {type(head).__name__}, which has no "
                "probability of each tag of a character"
            )


def tag_weights(scheme: Scheme, given: Mapping[str, float]) -> Tensor:
    """The weight of each tag, `[n_tags]`: its own, else that of its POS or type, else 1."""
    return torch.tensor([float(given.get(name, given.get(_kind(name), 1.0))) for name in scheme.names])


def balanced_weights(scheme: Scheme, counts: Tensor) -> dict[str, float]:
    """Weights under which all POS or types, and O of entities, count alike, on the average of the units 1: of `counts
    [n_tags]` in training, those of each class. Without POS the tags are the classes."""
    by_class: dict[str, int] = {}
    for name, count in zip(scheme.names, counts.tolist(), strict=True):
        if count and (name != "O" or scheme.outside):
            by_class[_kind(name)] = by_class.get(_kind(name), 0) + int(count)
    return {name: sum(by_class.values()) / (len(by_class) * count) for name, count in by_class.items()}


def merge_weights(of_heads: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The weights of the classes of all heads. Raises ModelError for a class of two heads, which may be as frequent in
    one as it is rare in the other."""
    merged: dict[str, float] = {}
    for weights in of_heads:
        if shared := sorted(merged.keys() & weights.keys()):
            raise ModelError(
                f"expected classes of words and entities that differ for system.class_weights=balanced, got "
                f"{', '.join(shared)} in both; give weights such as system.class_weights={{{shared[0]}: 2}}"
            )
        merged |= weights
    return merged

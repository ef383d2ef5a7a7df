"""The log-partition of `partition` in log₂(time) steps, each one product of matrices: the form for a card, which is as
busy with one small operation as with a large one.

Every character is a matrix of the scores of all pairs of tags, `4 n_pos + 1` each way. Neighbours are multiplied in the
semiring of logarithms until one matrix is left (Särkkä and García-Fernández 2021, section IV). That is `4 n_pos + 1`
times the work of a walk over characters, so a processor walks.
"""

import torch
from torch import Tensor

from ...decoding.transitions import BEGIN_END, BEGIN_MIDDLE, MIDDLE_END, MIDDLE_MIDDLE, UNREACHABLE
from ...text.scheme import Blocks

MAX_ENTRIES = 2**28
"""Of the matrices of a batch. With their gradients these take about 8 GB of a card; a larger batch is walked over."""


def is_for_scan(scores: Tensor) -> bool:
    """Whether a batch `[batch, time, n_tags]` is on a card and small enough."""
    return scores.is_cuda and scores.numel() * scores.shape[2] <= MAX_ENTRIES


def _all_pairs(boundary: Tensor, inside: Tensor, blocks: Blocks) -> Tensor:
    """The tables as one of all pairs of tags, `[n_tags, n_tags]`, UNREACHABLE where a pair is illegal."""
    tags = torch.arange(blocks.n_tags, device=boundary.device)
    begin, middle, end = tags[blocks.begin], tags[blocks.middle], tags[blocks.end]
    closing, starting = (torch.from_numpy(ids).to(boundary.device) for ids in (blocks.closing, blocks.starting))
    pairs = boundary.new_full((blocks.n_tags, blocks.n_tags), UNREACHABLE)
    pairs = pairs.index_put((closing[:, None], starting), boundary)
    places = {
        BEGIN_MIDDLE: (begin, middle),
        BEGIN_END: (begin, end),
        MIDDLE_MIDDLE: (middle, middle),
        MIDDLE_END: (middle, end),
    }
    for row, (before, after) in places.items():
        pairs = pairs.index_put((before, after), inside[row])
    return pairs


def _spread(table: Tensor, ids: Tensor, n_tags: int) -> Tensor:
    """Scores of the tags `ids` as those of all tags, UNREACHABLE for the others."""
    return table.new_full((n_tags,), UNREACHABLE).index_put((ids,), table)


def _product(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """log(exp(left) @ exp(right)) less its largest entry, and that entry.

    The largest of each row and each column is left out of the exponentials: what is lost is below e⁻⁸⁷ of the two.
    """
    of_rows, of_columns = left.detach().amax(-1, keepdim=True), right.detach().amax(-2, keepdim=True)
    summed = (left - of_rows).exp() @ (right - of_columns).exp()
    together = summed.clamp_min(torch.finfo(summed.dtype).tiny).log() + of_rows + of_columns
    largest = together.detach().amax((-1, -2), keepdim=True)
    return together - largest, largest[..., 0, 0]


def scan_log_partition(
    scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """`log_partition`, `[batch]`; the gradients are autograd's, in log₂(time) steps too.

    Equal to the walk within rounding as long as the scores of a character differ by less than about 40.
    """
    blocks = Blocks(inside.shape[1])
    closing, starting = (torch.from_numpy(ids).to(scores.device) for ids in (blocks.closing, blocks.starting))
    n_tags, n_chars = blocks.n_tags, scores.shape[1]
    is_text = torch.arange(n_chars, device=scores.device) < lengths[:, None]
    largest = scores.detach().amax(2, keepdim=True)  # left out, here and in products, so that few digits are lost
    left_out = (largest[:, :, 0] * is_text).sum(1)
    scores = scores - largest
    first, last = scores[:, 0] + _spread(start, starting, n_tags), _spread(end, closing, n_tags)
    if n_chars == 1:
        return torch.logsumexp(first + last, 1) + left_out
    neutral = torch.full((n_tags, n_tags), UNREACHABLE, dtype=scores.dtype, device=scores.device).fill_diagonal_(0.0)
    steps = _all_pairs(boundary, inside, blocks) + scores[:, 1:, None]
    steps = torch.where(is_text[:, 1:, None, None], steps, neutral)
    while steps.shape[1] > 1:
        pairs = steps.shape[1] // 2 * 2
        together, largest = _product(steps[:, 0:pairs:2], steps[:, 1:pairs:2])
        left_out = left_out + largest.sum(1)
        steps = torch.cat([together, steps[:, pairs:]], 1) if pairs < steps.shape[1] else together
    return torch.logsumexp(first[:, :, None] + steps[:, 0] + last, (1, 2)) + left_out

"""The log-partition of a linear chain over the legal tags of a scheme, and its gradients by forward-backward.

A dense chain over `4 n_pos + 1` tags costs `(4 n_pos + 1)²` a character. Here the tags
within a word are of one kind, and only the tags that end a word meet all those that start one: `(2 n_pos + 1)²`.
"""

from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from ...decoding.transitions import UNREACHABLE
from ...errors import ModelError
from .partition_scan import is_for_scan, scan_log_partition


class _Columns(NamedTuple):
    """The columns of tags in the order M… E… O S… B…, in which the groups that a step needs are slices."""

    inner: slice  # M… E…
    closing: slice  # E… O S…
    starting: slice  # O S… B…

    @classmethod
    def of(cls, n: int) -> Self:
        return cls(slice(2 * n), slice(n, 3 * n + 1), slice(2 * n, 4 * n + 1))


def _arrange(scores: Tensor, n: int) -> Tensor:
    """`[batch, time, O B… M… E… S…]` as a copy `[time, batch, M… E… O S… B…]`."""
    outside, begin, inner, single = scores.transpose(0, 1).split_with_sizes((1, n, 2 * n, n), 2)
    return torch.cat([inner, outside, single, begin], 2)


def _restore(arranged: Tensor, n: int) -> Tensor:
    """The inverse of `_arrange`."""
    inner, outside, single, begin = arranged.transpose(0, 1).split_with_sizes((2 * n, 1, n, n), 2)
    return torch.cat([outside, begin, inner, single], 2)


def _arrange_closing(table: Tensor, n: int) -> Tensor:
    """Rows of O, E…, S… in the order E…, O, S…. Blocks are copied, which takes less time than rows by their numbers."""
    outside, end, single = table.split_with_sizes((1, n, n))
    return torch.cat([end, outside, single])


def _restore_closing(table: Tensor, n: int) -> Tensor:
    """The inverse of `_arrange_closing`."""
    end, outside, single = table.split_with_sizes((n, 1, n))
    return torch.cat([outside, end, single])


def _swap_starting(table: Tensor, n: int) -> Tensor:
    """Columns of O, B…, S… in the order O, S…, B…, and the other way round."""
    outside, first, second = table.split_with_sizes((1, n, n), -1)
    return torch.cat([outside, second, first], -1)


def _opened(paths: Tensor, n: int) -> Tensor:
    """The columns of M and B, after which a word goes on, as a view: `[time, batch, M B, n_pos]`."""
    return paths.unfold(2, n, 3 * n + 1)


class _Paths(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        n = inside.shape[1]
        columns = _Columns.of(n)
        weights = _arrange_closing(_swap_starting(boundary, n), n).exp_()
        within = inside.view(2, 2, n).flip(0)  # shape: [from M B, to M E, n_pos]
        largest = scores.amax(2, keepdim=True)  # left out, so that long sentences lose few digits
        paths = _arrange(scores, n).sub_(largest.transpose(0, 1))
        paths[0, :, columns.inner] = UNREACHABLE
        paths[0, :, columns.starting] += _swap_starting(start, n)
        shares = paths.new_empty(len(paths) - 1, paths.shape[1], 2 * n + 1)
        sums = torch.empty_like(shares)
        _sum_paths(paths, weights, within, shares, sums)
        at = lengths - 1, torch.arange(len(lengths), device=scores.device)
        last = paths[at][:, columns.closing] + _arrange_closing(end, n)
        ctx.save_for_backward(paths, shares, sums, weights, within, lengths, last)
        return torch.logsumexp(last, 1) + largest.cumsum(1)[:, :, 0].T[at], paths

    @staticmethod
    def backward(ctx: Any, of_total: Tensor | None, of_paths: Tensor | None) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise ModelError("expected create_graph=False, got True: the log-partition is differentiated once")
        paths, shares, sums, weights, within, lengths, last = ctx.saved_tensors
        n = within.shape[-1]
        columns = _Columns.of(n)
        spread = torch.zeros_like(paths) if of_paths is None else of_paths.clone()
        ends = torch.zeros_like(last) if of_total is None else last.softmax(1) * of_total[:, None]
        spread[:, :, columns.closing][lengths - 1, torch.arange(len(lengths), device=paths.device)] += ends
        within_shares = _within_shares(paths, within)
        moved = _spread_back(spread, shares, sums, weights, within_shares)
        pairs = (shares.flatten(0, 1).T @ moved.flatten(0, 1)).mul_(weights)
        in_boundary = _restore_closing(_swap_starting(pairs, n), n)
        in_inside = within_shares.flatten(1, 2).sum(1).flip(0).flatten(0, 1)
        in_start = _swap_starting(spread[0, :, columns.starting].sum(0), n)
        return _restore(spread, n), None, in_boundary, in_inside, in_start, _restore_closing(ends.sum(0), n)


def _sum_paths(paths: Tensor, weights: Tensor, within: Tensor, shares: Tensor, sums: Tensor) -> None:
    """Add to the scores `paths [time, batch, M… E… O S… B…]`, in place, the log of the summed paths to each tag.

    `shares` becomes the exponentials of the closing tags less the largest, and `sums` their sums over the boundary. The
    largest never has weight zero, since every closing tag may be followed by every starting one.
    """
    n, added = within.shape[-1], torch.empty_like(paths[0])
    columns = _Columns.of(n)
    to_inner, to_starting = added[:, columns.inner].view(-1, 2, n), added[:, columns.starting]
    of_opened = added.new_empty(len(added), *within.shape)
    of_middle, of_begin = of_opened.unbind(1)
    closings, openings = paths[:, :, columns.closing], _opened(paths, n)[:, :, :, None]
    steps = zip(*(table.unbind() for table in (closings[:-1], openings[:-1], paths[1:], shares, sums)), strict=True)
    for closing, opened, following, share, summed in steps:
        largest = closing.amax(1, keepdim=True)
        torch.sub(closing, largest, out=share).exp_()
        torch.mm(share, weights, out=summed)
        torch.log(summed, out=to_starting).add_(largest)
        torch.add(opened, within, out=of_opened)
        torch.logaddexp(of_middle, of_begin, out=to_inner)
        following.add_(added)


def _spread_back(spread: Tensor, shares: Tensor, sums: Tensor, weights: Tensor, within_shares: Tensor) -> Tensor:
    """Walk from the last tags to the first and add to the gradients of paths, `spread [time, batch, M… E… O S… B…]`, in
    place, those by way of the tags that follow.

    `within_shares` become the gradients of the transitions within words. Gives the gradients of starting tags over
    `sums`.
    """
    n = within_shares.shape[-1]
    columns, moved, backwards = _Columns.of(n), torch.empty_like(sums), weights.T
    inner, starting = spread[1:, :, columns.inner].unfold(2, n, n), spread[1:, :, columns.starting]
    closing, opened = spread[:-1, :, columns.closing], _opened(spread[:-1], n).transpose(1, 2)
    tables = (inner, starting, closing, opened, shares, sums, within_shares.transpose(0, 1), moved)
    steps = zip(*(reversed(table.unbind()) for table in tables), strict=True)
    for inner, starting, closing, opened, share, summed, within_share, out in steps:
        torch.div(starting, summed, out=out)
        closing.addcmul_(share, torch.mm(out, backwards))
        to_middle, to_end = within_share.mul_(inner).unbind(2)
        opened.add_(to_middle).add_(to_end)
    return moved


def _within_shares(paths: Tensor, within: Tensor) -> Tensor:
    """The probabilities that M, and that B, came before M and E, given the characters so far:
    `[from M B, time - 1, batch, to M E, n_pos]`."""
    middle, begin = _opened(paths[:-1], within.shape[-1])[:, :, :, None].unbind(2)
    odds = middle - begin + (within[0] - within[1])
    shares = odds.new_empty(2, *odds.shape)
    torch.sigmoid(odds, out=shares[0])
    torch.sub(1, shares[0], out=shares[1])
    return shares


def log_paths(scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Log of the summed exponentiated scores of all legal tag sequences from the first character up to each tag, less a
    number that the tags of a character share: `[batch, time, n_tags]`. Differentiated as `log_partition`."""
    paths: Tensor = _Paths.apply(scores, lengths, boundary, inside, start, end)[1]  # type: ignore[no-untyped-call]
    return _restore(paths, inside.shape[1])


def log_partition(
    scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Log of the summed exponentiated scores of all legal tag sequences, `[batch]`.

    Word boundaries are summed by a matrix product of exponentials. The gradients are the marginal probabilities of
    the tags and of their pairs, by one walk back (Rabiner 1989). Raises ModelError when they are to be
    differentiated again. On a card it is `scan_log_partition`.
    """
    if is_for_scan(scores):
        return scan_log_partition(scores, lengths, boundary, inside, start, end)
    total: Tensor = _Paths.apply(scores, lengths, boundary, inside, start, end)[0]  # type: ignore[no-untyped-call]
    return total

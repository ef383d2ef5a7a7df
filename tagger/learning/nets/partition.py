"""The log-partition of a linear chain over the legal tags of a scheme, and its gradients by forward-backward.

A dense chain over `4 n_pos + 1` tags costs `(4 n_pos + 1)²` a character. Here the tags
within a word are of one kind, and only the tags that end a word meet all those that start one: `(2 n_pos + 1)²`.
"""

from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from ...decoding.transitions import UNREACHABLE
from ...errors import ModelError


class _Columns(NamedTuple):
    """The columns of tags in the order M… E… O S… B…, in which every group that a step needs is a slice."""

    middle: slice
    end: slice
    inner: slice  # M… E…
    closing: slice  # E… O S…
    starting: slice  # O S… B…
    begin: slice

    @classmethod
    def of(cls, n: int) -> Self:
        bounds = ((0, n), (n, 2 * n), (0, 2 * n), (n, 3 * n + 1), (2 * n, 4 * n + 1), (3 * n + 1, 4 * n + 1))
        return cls(*(slice(*pair) for pair in bounds))


def _arrange(scores: Tensor, n: int) -> Tensor:
    """`[batch, time, O B… M… E… S…]` as a copy `[time, batch, M… E… O S… B…]`."""
    by_time = scores.transpose(0, 1)
    bounds = ((n + 1, 3 * n + 1), (0, 1), (3 * n + 1, 4 * n + 1), (1, n + 1))
    return torch.cat([by_time[:, :, first:last] for first, last in bounds], 2)


def _restore(arranged: Tensor, n: int) -> Tensor:
    """The inverse of `_arrange`."""
    by_sentence = arranged.transpose(0, 1)
    bounds = ((2 * n, 2 * n + 1), (3 * n + 1, 4 * n + 1), (0, 2 * n), (2 * n + 1, 3 * n + 1))
    return torch.cat([by_sentence[:, :, first:last] for first, last in bounds], 2)


def _orders(n: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where E…, O, S… stand among O, E…, S…, and O, S…, B… among O, B…, S…."""
    places = torch.arange(2 * n + 1, device=device)
    outside, word, single = places[:1], places[1 : n + 1], places[n + 1 :]
    return torch.cat([word, outside, single]), torch.cat([outside, single, word])


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
    ) -> Tensor:
        n = inside.shape[1]
        columns, (rows, cols) = _Columns.of(n), _orders(n, scores.device)
        weights = boundary[rows][:, cols].exp()
        largest = scores.amax(2, keepdim=True)  # left out, so that long sentences lose few digits
        paths = _arrange(scores, n).sub_(largest.transpose(0, 1))
        paths[0, :, columns.inner] = UNREACHABLE
        paths[0, :, columns.starting] += start[cols]
        n_steps, n_rows = len(paths) - 1, paths.shape[1]
        shares = paths.new_empty(n_steps, n_rows, 2 * n + 1)
        sums = torch.empty_like(shares)
        _sum_paths(paths, weights, inside, shares, sums)
        at = lengths - 1, torch.arange(n_rows, device=scores.device)
        last = paths[:, :, columns.closing][at] + end[rows]
        ctx.save_for_backward(paths, shares, sums, weights, inside, lengths, last)
        return torch.logsumexp(last, 1) + largest.cumsum(1)[:, :, 0].T[at]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise ModelError("expected create_graph=False, got True: the log-partition is differentiated once")
        paths, shares, sums, weights, inside, lengths, last = ctx.saved_tensors
        n = inside.shape[1]
        columns, (rows, cols) = _Columns.of(n), _orders(n, paths.device)
        marginals = torch.zeros_like(paths)
        ends = last.softmax(1) * gradient[:, None]
        marginals[:, :, columns.closing][lengths - 1, torch.arange(len(lengths), device=paths.device)] = ends
        inner_shares = _inner_shares(paths, inside)
        moved = _spread_back(marginals, shares, sums, weights, inner_shares)
        in_boundary = torch.empty_like(weights)
        in_boundary[rows[:, None], cols] = weights * (shares.flatten(0, 1).T @ moved.flatten(0, 1))
        in_inside = inner_shares.flatten(1, 2).sum(1).flatten(0, 1)
        in_start, in_end = inside.new_empty(2, 2 * n + 1)
        in_start[cols] = marginals[0, :, columns.starting].sum(0)
        in_end[rows] = ends.sum(0)
        return _restore(marginals, n), None, in_boundary, in_inside, in_start, in_end


def _sum_paths(paths: Tensor, weights: Tensor, inside: Tensor, shares: Tensor, sums: Tensor) -> None:
    """Add to the scores `paths [time, batch, M… E… O S… B…]`, in place, the log of the summed paths to each tag.

    `shares` becomes the exponentials of the closing tags less the largest, and `sums` their sums over the boundary. The
    largest never has weight zero, since every closing tag may be followed by every starting one.
    """
    columns = _Columns.of(inside.shape[1])
    from_begin, from_middle = inside[:2], inside[2:]
    inner = paths[:, :, columns.inner].view(*paths.shape[:2], *from_begin.shape).unbind()
    closing, starting = paths[:, :, columns.closing].unbind(), paths[:, :, columns.starting].unbind()
    begin, middle = paths[:, :, None, columns.begin].unbind(), paths[:, :, None, columns.middle].unbind()
    for t, (share, summed) in enumerate(zip(shares.unbind(), sums.unbind(), strict=True)):
        largest = closing[t].amax(1, keepdim=True)
        torch.sub(closing[t], largest, out=share).exp_()
        torch.mm(share, weights, out=summed)
        starting[t + 1].add_(summed.log().add_(largest))
        inner[t + 1].add_(torch.logaddexp(begin[t] + from_begin, middle[t] + from_middle))


def _spread_back(marginals: Tensor, shares: Tensor, sums: Tensor, weights: Tensor, inner_shares: Tensor) -> Tensor:
    """Walk from the last tags, given in `marginals [time, batch, M… E… O S… B…]`, to the first, in place.

    `inner_shares` become the marginals of the transitions within words. Gives the marginals of starting tags over
    `sums`.
    """
    n = inner_shares.shape[-1]
    columns, moved, backwards = _Columns.of(n), torch.empty_like(sums), weights.T
    inner = marginals[:, :, columns.inner].view(*marginals.shape[:2], 2, n).unbind()
    closing, starting = marginals[:, :, columns.closing].unbind(), marginals[:, :, columns.starting].unbind()
    begin, middle = marginals[:, :, columns.begin].unbind(), marginals[:, :, columns.middle].unbind()
    shares_by_step, sums_by_step, inner_by_step = shares.unbind(), sums.unbind(), inner_shares.unbind(1)
    for t, out in reversed(list(enumerate(moved.unbind()))):
        torch.div(starting[t + 1], sums_by_step[t], out=out)
        closing[t].addcmul_(shares_by_step[t], out @ backwards)
        to_middle, to_end = inner_by_step[t].mul_(inner[t + 1]).unbind(2)
        of_begin, of_middle = to_middle + to_end
        begin[t].copy_(of_begin)
        middle[t].copy_(of_middle)
    return moved


def _inner_shares(paths: Tensor, inside: Tensor) -> Tensor:
    """The probabilities that B, and that M, came before M and E, given the characters so far:
    `[B M, time - 1, batch, M E, n_pos]`."""
    columns = _Columns.of(inside.shape[1])
    before = paths[:-1, :, None]
    odds = before[..., columns.begin] - before[..., columns.middle] + (inside[:2] - inside[2:])
    shares = torch.empty_like(odds[None].expand(2, *odds.shape), memory_format=torch.contiguous_format)
    torch.sigmoid(odds, out=shares[0])
    torch.sub(1, shares[0], out=shares[1])
    return shares


def log_partition(
    scores: Tensor, lengths: Tensor, boundary: Tensor, inside: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Log of the summed exponentiated scores of all legal tag sequences, `[batch]`.

    Word boundaries are summed by a matrix product of exponentials. The gradients are the marginal probabilities of
    the tags and of their pairs, by one walk back (Rabiner 1989). Raises ModelError when they are to be
    differentiated again.
    """
    total: Tensor = _LogPartition.apply(scores, lengths, boundary, inside, start, end)  # type: ignore[no-untyped-call]
    return total

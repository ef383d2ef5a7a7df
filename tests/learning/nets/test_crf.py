import math
from functools import cache

import oracles
import pytest
import torch
from oracles import sequence_score

from tagger.errors import ModelError
from tagger.learning.nets.crf import CRF
from tagger.learning.nets.partition import log_partition
from tagger.text.scheme import Blocks, Scheme

legal_sequences = cache(oracles.legal_sequences)


@pytest.fixture(params=[1, 2, 3])
def crf(request: pytest.FixtureRequest) -> CRF:
    torch.manual_seed(request.param)
    crf = CRF(request.param).double()
    for table in crf.parameters():
        torch.nn.init.normal_(table)
    return crf


def scheme_of(crf: CRF) -> Scheme:
    return Scheme(tuple("ABC"[: crf.n_pos]))


def test_probabilities_of_all_legal_sequences_sum_to_one(crf: CRF) -> None:
    scheme = scheme_of(crf)
    for length in range(1, 5):
        paths = torch.tensor(legal_sequences(scheme, length))
        scores = torch.randn(1, length, scheme.n_tags, dtype=torch.float64)
        losses = crf(scores.expand(len(paths), -1, -1), paths, torch.full((len(paths),), length))
        assert torch.exp(-losses).sum().item() == pytest.approx(1, abs=1e-9)
        total = log_partition(scores, torch.tensor([length]), crf.boundary, crf.inside, crf.start, crf.end).item()
        wanted = [sequence_score(scheme, scores[0].numpy(), crf.transitions(), tuple(path)) for path in paths.tolist()]
        # The transitions, unlike the losses, come in single precision.
        assert (total - losses).tolist() == pytest.approx(wanted, abs=1e-5)
        assert total == pytest.approx(math.log(math.fsum(map(math.exp, wanted))), abs=1e-5)


def test_padding_changes_nothing(crf: CRF) -> None:
    scheme = scheme_of(crf)
    scores = torch.randn(2, 6, scheme.n_tags, dtype=torch.float64)
    tags = torch.tensor([legal_sequences(scheme, 3)[-1] + (0, 0, 0)] * 2)
    lengths = torch.tensor([3, 3])
    other = scores.clone()
    other[:, 3:] = 1e3
    assert torch.allclose(crf(scores, tags, lengths), crf(other, tags, lengths))
    assert torch.allclose(crf(scores, tags, lengths), crf(scores[:, :3], tags[:, :3], lengths))


def test_gradients_are_those_of_differences_and_marginals(crf: CRF) -> None:
    scheme = scheme_of(crf)
    scores = torch.randn(1, 3, scheme.n_tags, dtype=torch.float64, requires_grad=True)
    lengths, tables = torch.tensor([3]), (crf.boundary, crf.inside, crf.start, crf.end)
    assert torch.autograd.gradcheck(lambda *x: log_partition(x[0], lengths, *x[1:]), (scores, *tables))
    (gradient,) = torch.autograd.grad(log_partition(scores, lengths, *tables).sum(), scores)
    paths = torch.tensor(legal_sequences(scheme, 3))
    weights = torch.exp(-crf(scores.expand(len(paths), -1, -1), paths, lengths.expand(len(paths)))).detach()
    marginals = torch.zeros_like(scores[0])
    for path, weight in zip(paths, weights, strict=True):
        marginals[torch.arange(3), path] += weight
    assert torch.allclose(gradient[0], marginals, atol=1e-9)


def test_long_and_extreme_input_stays_finite() -> None:
    crf, scheme = CRF(3), Scheme(("A", "B", "C"))
    single = torch.full((1, 2000), 1 + 3 * 3)
    for scale in (1.0, 1e4):
        scores = (torch.randn(1, 2000, scheme.n_tags) * scale).requires_grad_()
        loss = crf(scores, single, torch.tensor([2000])).sum()
        loss.backward()
        assert loss.isfinite()
        assert loss > 0
        assert scores.grad is not None
        assert scores.grad.isfinite().all()


def dense_log_partition(crf: CRF, scores: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    """The log-partition of each sentence by a matrix of all pairs of tags, -50 where a pair is illegal."""
    blocks = Blocks(crf.n_pos)
    closing, starting = torch.from_numpy(blocks.closing), torch.from_numpy(blocks.starting)
    absent = torch.full((blocks.n_tags, blocks.n_tags), -50.0, dtype=scores.dtype)
    pairs = absent.index_put((closing[:, None], starting), crf.boundary)
    tags = torch.arange(blocks.n_tags)
    begin, middle, end = tags[blocks.begin], tags[blocks.middle], tags[blocks.end]
    for row, pair in enumerate(((begin, middle), (begin, end), (middle, middle), (middle, end))):
        pairs = pairs.index_put(pair, crf.inside[row])
    start, last = absent[0].index_put((starting,), crf.start), absent[0].index_put((closing,), crf.end)
    totals = []
    for sentence, length in zip(scores, lengths, strict=True):
        paths = start + sentence[0]
        for character in sentence[1:length]:
            largest = paths.detach().max()
            paths = ((paths - largest).exp() @ pairs.exp()).log() + largest + character
        totals.append(torch.logsumexp(paths + last, 0))
    return torch.stack(totals)


@pytest.mark.parametrize(("n_pos", "lengths"), [(1, [1]), (2, [6, 1, 3]), (100, [5, 8])])
def test_it_is_the_chain_over_all_pairs_of_tags(n_pos: int, lengths: list[int]) -> None:
    torch.manual_seed(n_pos)
    crf = CRF(n_pos)
    scores = (2 * torch.randn(len(lengths), max(lengths), 4 * n_pos + 1)).requires_grad_()
    inputs = (scores, crf.boundary, crf.inside, crf.start, crf.end)
    weights = torch.arange(1.0, len(lengths) + 1)
    found = log_partition(scores, torch.tensor(lengths), *inputs[1:])
    wanted = dense_log_partition(crf, scores, lengths)
    torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-5)
    sums = ((weights * value).sum() for value in (found, wanted))
    gradients = (torch.autograd.grad(total, inputs, materialize_grads=True) for total in sums)
    for gradient, of_all_pairs in zip(*gradients, strict=True):
        torch.testing.assert_close(gradient, of_all_pairs, rtol=0, atol=1e-5)


def test_it_is_differentiated_once(crf: CRF) -> None:
    scores = torch.randn(1, 3, 4 * crf.n_pos + 1, dtype=torch.float64, requires_grad=True)
    total = log_partition(scores, torch.tensor([3]), crf.boundary, crf.inside, crf.start, crf.end)
    with pytest.raises(ModelError, match="differentiated once"):
        torch.autograd.grad(total.sum(), scores, create_graph=True)

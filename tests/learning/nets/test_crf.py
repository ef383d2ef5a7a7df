import math
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import oracles
import pytest
import torch
from oracles import sequence_score
from torch.profiler import ProfilerActivity, profile

from tagger.errors import ModelError
from tagger.learning.nets.crf import CRF
from tagger.learning.nets.partition import log_partition
from tagger.learning.nets.partition_scan import MAX_ENTRIES, is_for_scan, scan_log_partition
from tagger.text.scheme import Blocks, Scheme

legal_sequences = cache(oracles.legal_sequences)
BOTH_FORMS = pytest.mark.parametrize("form", [log_partition, scan_log_partition])


@pytest.fixture(params=[1, 2, 3])
def crf(request: pytest.FixtureRequest) -> CRF:
    torch.manual_seed(request.param)
    crf = CRF(request.param).double()
    for table in crf.parameters():
        torch.nn.init.normal_(table)
    return crf


def scheme_of(crf: CRF) -> Scheme:
    return Scheme(tuple("ABC"[: crf.n_pos]))


@BOTH_FORMS
def test_probabilities_of_all_legal_sequences_sum_to_one(crf: CRF, form: Any) -> None:
    scheme = scheme_of(crf)
    for length in range(1, 5):
        paths = torch.tensor(legal_sequences(scheme, length))
        scores = torch.randn(1, length, scheme.n_tags, dtype=torch.float64)
        losses = crf(scores.expand(len(paths), -1, -1), paths, torch.full((len(paths),), length))
        assert torch.exp(-losses).sum().item() == pytest.approx(1, abs=1e-9)
        total = form(scores, torch.tensor([length]), crf.boundary, crf.inside, crf.start, crf.end).item()
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


@BOTH_FORMS
def test_gradients_are_those_of_differences_and_marginals(crf: CRF, form: Any) -> None:
    scheme = scheme_of(crf)
    scores = torch.randn(1, 3, scheme.n_tags, dtype=torch.float64, requires_grad=True)
    lengths, tables = torch.tensor([3]), (crf.boundary, crf.inside, crf.start, crf.end)
    assert torch.autograd.gradcheck(lambda *x: form(x[0], lengths, *x[1:]), (scores, *tables))
    (gradient,) = torch.autograd.grad(form(scores, lengths, *tables).sum(), scores)
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
        by_scan = scan_log_partition(scores[:, :200], torch.tensor([200]), crf.boundary, crf.inside, crf.start, crf.end)
        assert by_scan.isfinite().all()
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


@BOTH_FORMS
@pytest.mark.parametrize(("n_pos", "lengths"), [(1, [1]), (2, [6, 1, 3]), (17, [70, 1, 37]), (100, [5, 8])])
def test_it_is_the_chain_over_all_pairs_of_tags(n_pos: int, lengths: list[int], form: Any) -> None:
    torch.manual_seed(n_pos)
    crf = CRF(n_pos)
    scores = (2 * torch.randn(len(lengths), max(lengths), 4 * n_pos + 1)).requires_grad_()
    inputs = (scores, crf.boundary, crf.inside, crf.start, crf.end)
    weights = torch.arange(1.0, len(lengths) + 1)
    found = form(scores, torch.tensor(lengths), *inputs[1:])
    wanted = dense_log_partition(crf, scores, lengths)
    torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-5)
    sums = ((weights * value).sum() for value in (found, wanted))
    gradients = (torch.autograd.grad(total, inputs, materialize_grads=True) for total in sums)
    for gradient, of_all_pairs in zip(*gradients, strict=True):
        torch.testing.assert_close(gradient, of_all_pairs, rtol=0, atol=1e-5)


def test_the_scan_has_a_few_operations_more_for_a_text_twice_as_long() -> None:
    crf = CRF(17)
    counts = []
    for n_chars in (33, 65, 129):
        scores, lengths = torch.randn(2, n_chars, 69, requires_grad=True), torch.full((2,), n_chars)
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            total = scan_log_partition(scores, lengths, crf.boundary, crf.inside, crf.start, crf.end)
            torch.autograd.backward(total.sum())
        counts.append(sum(not event.cpu_children for event in profiler.events() or ()))
    first, second = (after - before for before, after in pairwise(counts))
    assert 0 < first == second < counts[0] / 4


def test_a_card_scans_and_a_processor_walks() -> None:
    on_card = SimpleNamespace(is_cuda=True, shape=(1, 1, 69))
    assert is_for_scan(SimpleNamespace(**vars(on_card), numel=lambda: MAX_ENTRIES // 69))  # type: ignore[arg-type]
    assert not is_for_scan(SimpleNamespace(**vars(on_card), numel=lambda: MAX_ENTRIES // 69 + 1))  # type: ignore[arg-type]
    assert not is_for_scan(torch.zeros(1, 1, 69))


def test_it_is_differentiated_once(crf: CRF) -> None:
    scores = torch.randn(1, 3, 4 * crf.n_pos + 1, dtype=torch.float64, requires_grad=True)
    total = log_partition(scores, torch.tensor([3]), crf.boundary, crf.inside, crf.start, crf.end)
    with pytest.raises(ModelError, match="differentiated once"):
        torch.autograd.grad(total.sum(), scores, create_graph=True)

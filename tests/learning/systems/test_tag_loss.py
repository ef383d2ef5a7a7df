"""Weights of classes in the loss of taggers: those of torch for a softmax, of marginal probabilities for a CRF."""

import math

import pytest
import torch
from oracles import legal_sequences
from torch.nn.functional import cross_entropy

from tagger.errors import ModelError
from tagger.learning.nets.crf import CRF
from tagger.learning.nets.heads import HEADS, CRFHead
from tagger.learning.systems.tag_loss import balanced_weights, check_class_weights, merge_weights, tag_loss, tag_weights
from tagger.text.scheme import Scheme

SCHEME = Scheme(("A", "B"))
ENTITIES = Scheme(("LOC", "PER"), outside=True)
LENGTHS = [4, 1, 3]


def marginals(crf: CRF, scores: torch.Tensor) -> torch.Tensor:
    """The probabilities of the tags of a text by enumeration of all legal sequences."""
    paths = torch.tensor(legal_sequences(SCHEME, len(scores)))
    weights = torch.exp(-crf(scores.expand(len(paths), -1, -1), paths, torch.full((len(paths),), len(scores))))
    found = torch.zeros_like(scores)
    for t in range(len(scores)):
        found[t] = torch.zeros_like(scores[t]).index_add(0, paths[:, t], weights)
    return found


@pytest.fixture
def crf_head() -> CRFHead:
    torch.manual_seed(0)
    head = CRFHead(2, SCHEME).double()
    for table in head.crf.parameters():
        torch.nn.init.normal_(table)
    return head


@pytest.fixture
def scores() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, 4, SCHEME.n_tags, dtype=torch.float64, generator=generator).requires_grad_()


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_a_softmax_has_the_weights_of_torch(smoothing: float, scores: torch.Tensor) -> None:
    head = HEADS["softmax"](2, SCHEME)
    weights, lengths = torch.rand(SCHEME.n_tags, dtype=torch.float64), torch.tensor(LENGTHS)
    tags = torch.randint(SCHEME.n_tags, (3, 4))
    inside = torch.arange(4) < lengths[:, None]
    wanted = cross_entropy(scores[inside], tags[inside], weights, reduction="sum", label_smoothing=smoothing)
    found = tag_loss(head, scores, tags, lengths, smoothing=smoothing, weights=weights).sum()
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(*(torch.autograd.grad(loss, scores)[0] for loss in (found, wanted)))


def test_a_crf_has_the_weights_of_marginal_probabilities(crf_head: CRFHead, scores: torch.Tensor) -> None:
    weights = torch.rand(SCHEME.n_tags, dtype=torch.float64)
    tags = torch.tensor([[1, 3, 5, 7], [8, 0, 0, 0], [0, 2, 6, 0]])
    lengths, inputs = torch.tensor(LENGTHS), (scores, *crf_head.crf.parameters())
    found = tag_loss(crf_head, scores, tags, lengths, weights=weights)
    rows = zip(scores, LENGTHS, strict=True)
    logs = [marginals(crf_head.crf, text[:length]).log() for text, length in rows]
    wanted = torch.stack(
        [cross_entropy(log, gold[: len(log)], weights, reduction="sum") for log, gold in zip(logs, tags, strict=True)]
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)
    for pair in zip(*(torch.autograd.grad(loss.sum(), inputs) for loss in (found, wanted)), strict=True):
        torch.testing.assert_close(*pair, rtol=0, atol=1e-5)


def test_smoothing_leaves_out_tags_that_no_legal_sequence_has(crf_head: CRFHead, scores: torch.Tensor) -> None:
    tags, one = torch.tensor([[7]]), torch.ones(SCHEME.n_tags, dtype=torch.float64)
    found = tag_loss(crf_head, scores[:1, :1], tags, torch.tensor([1]), smoothing=0.3, weights=one)
    logs = marginals(crf_head.crf, scores[0, :1])[0].log()[[0, 7, 8]]  # a single character is O or a word
    assert found.item() == pytest.approx(-(0.7 * logs[1] + 0.1 * logs.sum()).item())


def test_weights_of_tags_are_those_of_their_classes() -> None:
    assert tag_weights(ENTITIES, {"PER": 5, "O": 0.5, "B-PER": 9}).tolist() == [0.5, 1, 9, 1, 5, 1, 5, 1, 5]
    assert tag_weights(Scheme(), {"S": 2}).tolist() == [1, 1, 1, 1, 2]


def test_balanced_weights_are_1_on_the_average_of_the_characters() -> None:
    counts = torch.tensor([6, 1, 0, 1, 0, 1, 0, 0, 1])
    assert balanced_weights(ENTITIES, counts) == {"O": 10 / 18, "LOC": 10 / 9, "PER": 10 / 3}
    assert balanced_weights(SCHEME, counts) == {"A": 4 / 6, "B": 4 / 2}  # whitespace is no class of words
    assert balanced_weights(Scheme(), torch.tensor([3, 1, 0, 1, 2])) == {"B": 4 / 3, "E": 4 / 3, "S": 2 / 3}


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("crf", {"C": 2.0}, r"expected system\.class_weights of A, B, O, or of a tag such as B-A, got C"),
        ("softmax", {"A": -1.0}, r"expected system\.class_weights of 0 or more, got \{'A': -1\.0\}"),
        ("softmax", {"A": math.nan}, r"expected system\.class_weights of 0 or more"),
        ("factored", {"A": 2.0}, r"expected head=crf or head=softmax with system\.class_weights, got FactoredHead"),
    ],
)
def test_what_is_refused(kind: str, given: dict[str, float], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        check_class_weights(given, [HEADS[kind](2, SCHEME)])


def test_a_class_of_words_and_of_entities_has_no_balanced_weight() -> None:
    assert merge_weights([{"n": 2.0}, {"PER": 3.0}]) == {"n": 2.0, "PER": 3.0}
    with pytest.raises(ModelError, match=r"got nr in both; give weights such as .*=\{nr: 2\}"):
        merge_weights([{"n": 2.0, "nr": 0.5}, {"nr": 3.0}])

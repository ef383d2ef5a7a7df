"""Smoothed labels are probabilities over the tags that a character can have."""

import pytest
import torch

from tagger.learning.nets.heads import HEADS
from tagger.learning.systems.smoothing import smooth
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

SENTENCE = Sentence.from_forms(["我", "来", "了"], ["A", "B", "A"])


@pytest.mark.parametrize("kind", HEADS)
def test_labels_of_a_sentence(kind: str) -> None:
    scheme = Scheme.fit([SENTENCE], joint=True)
    torch.manual_seed(0)
    head = HEADS[kind](3, scheme)
    tags = torch.from_numpy(scheme.encode(SENTENCE))[None].long()
    joined = torch.tensor([[False, False, True]])
    raw = torch.where(head.allowed()[0], head(torch.randn(1, 3, 3)), -1e4)
    found = smooth(head, head.join(raw, joined), tags, 0.4)[0]
    assert found.sum(1).tolist() == pytest.approx([1, 1, 1])
    n_legal = (found > 0).sum(1).tolist()
    assert n_legal[0] == 4 * scheme.n_pos  # B, M, E, S of each POS; none on O
    assert n_legal[1] == 2 * scheme.n_pos + 1  # no word ends before a joined character: B, M, and S, the gold tag
    assert found[0, tags[0, 0]] == pytest.approx(0.6 + 0.4 / n_legal[0])
    assert found[1, tags[0, 1]] == pytest.approx(0.6)
    plain = head.loss(raw, tags, torch.tensor([3]))
    smoothed = head.loss(raw, tags, torch.tensor([3]), smooth(head, raw, tags, 0.4))
    assert torch.isfinite(smoothed).all()
    assert not torch.equal(plain, smoothed)
    assert torch.allclose(head.loss(raw, tags, torch.tensor([3]), smooth(head, raw, tags, 0.0)), plain, atol=1e-5)

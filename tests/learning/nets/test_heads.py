"""What training forbids inside runs is what decoding forbids."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tagger.decoding.masks import join
from tagger.decoding.transitions import FORBIDDEN
from tagger.learning.nets.heads import HEADS
from tagger.text.scheme import Scheme

SCHEME = Scheme(("A", "B", "C"))


@pytest.mark.parametrize("kind", HEADS)
@given(seed=st.integers(0, 2**32 - 1))
def test_runs_are_joined_in_training_as_in_decoding(kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    head = HEADS[kind](2, SCHEME)
    joined = generator.random((3, 6)) < 0.4
    joined[:, 0] = False
    scores = generator.normal(size=(3, 6, head.linear.out_features)).astype(np.float32)
    masked = head.join(torch.from_numpy(scores), torch.from_numpy(joined)).numpy()
    wanted = scores.copy()
    join(wanted, joined, head.decoder().blocks)
    assert np.array_equal(masked, wanted)
    assert (masked == FORBIDDEN).any() == joined.any()


@pytest.mark.parametrize("kind", HEADS)
def test_no_word_begins_in_a_run_and_gold_that_agrees_has_a_finite_loss(kind: str) -> None:
    torch.manual_seed(0)
    head = HEADS[kind](2, SCHEME)
    scores = torch.randn(1, 5, head.linear.out_features)
    joined = torch.tensor([[False, False, True, True, False]])
    joined = head.join(scores, joined)
    lengths = torch.tensor([5])
    tags = head.decoder()(joined.detach().numpy(), lengths.numpy())[0]
    starts, ends, _ = SCHEME.spans(tags)
    assert not {2, 3} & set(starts.tolist())
    assert not {2, 3} & set(ends.tolist())
    gold = torch.tensor([[10, 1, 4, 7, 10]])  # S B M E S, all A
    agreed, crossed = (head.loss(joined, tags, lengths).item() for tags in (gold, torch.tensor([[10, 10, 10, 10, 10]])))
    assert 0 < agreed < 100
    assert crossed > 1000

from itertools import pairwise

import numpy as np
import pytest
from distributions import legal_sequences, random_transitions
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import letters, may_follow, sequence_score

from tagger.decoding.chain import ChainDecoder
from tagger.decoding.decoders import decoder
from tagger.decoding.factored import FactoredDecoder
from tagger.decoding.masks import join
from tagger.decoding.segmentation import segment
from tagger.decoding.single_rows import PairScores
from tagger.decoding.transitions import FORBIDDEN, Transitions
from tagger.decoding.viterbi import viterbi
from tagger.errors import ModelError
from tagger.text.scheme import Scheme


@pytest.mark.parametrize(("n_pos", "longest"), [(1, 5), (2, 4), (3, 4)])
@pytest.mark.parametrize("free", [False, True])
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), ties=st.booleans())
def test_the_best_of_all_legal_sequences(n_pos: int, longest: int, free: bool, seed: int, ties: bool) -> None:
    generator = np.random.default_rng(seed)
    scheme = Scheme(tuple("ABC"[:n_pos]))
    transitions = Transitions.zeros(n_pos) if free else random_transitions(generator, n_pos)
    scores = generator.normal(size=(3, longest, scheme.n_tags)).astype(np.float32)
    if ties:
        scores = scores.round()
        transitions = Transitions(*(np.round(table) for table in vars(transitions).values()))
    lengths = generator.integers(1, longest + 1, 3)
    tags = viterbi(scores, lengths, transitions)
    for row, length in enumerate(lengths):
        best = max(sequence_score(scheme, scores[row], transitions, s) for s in legal_sequences(scheme, length))
        sequence = tuple(tags[row, :length].tolist())
        assert sequence in legal_sequences(scheme, length)
        # Sums of small whole numbers are exact.
        assert sequence_score(scheme, scores[row], transitions, sequence) == pytest.approx(
            best, abs=0 if ties else 1e-4
        )
        assert not tags[row, length:].any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_alone_or_among_others_and_always_legal(seed: int, time: int) -> None:
    generator = np.random.default_rng(seed)
    scheme = Scheme(("A", "B", "C", "D"))
    for decode in (
        ChainDecoder(random_transitions(generator, 4), scheme),
        ChainDecoder(Transitions.zeros(4), scheme),
        FactoredDecoder(random_transitions(generator, 1), scheme),
    ):
        scores = generator.normal(scale=3, size=(5, time, len(decode.columns))).astype(np.float32)
        lengths = generator.integers(1, time + 1, 5)
        tags = decode(scores, lengths)
        for row, length in enumerate(lengths):
            alone = decode(scores[row : row + 1, :length], lengths[row : row + 1])
            assert alone[0].tolist() == tags[row, :length].tolist()
            assert not tags[row, length:].any()
            names = [letters(scheme)[tag][0] for tag in alone[0]]
            assert names[0] in "OBS"
            assert names[-1] in "OES"
            assert all(may_follow(scheme, a, b) for a, b in pairwise(alone[0]))


@given(st.integers(0, 2**32 - 1))
def test_factored_tags_each_word_by_its_edges(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scheme, transitions = Scheme(("A", "B", "C")), random_transitions(generator, 1)
    scores = generator.normal(size=(4, 9, 5 + 6)).astype(np.float32)
    lengths = np.array([9, 4, 1, 6])
    tags = FactoredDecoder(transitions, scheme)(scores, lengths)
    segmented = viterbi(scores[:, :, :5], lengths, transitions)
    for row, length in enumerate(lengths):
        wanted = [0] * 9
        for start, end, _ in zip(*Scheme().spans(segmented[row, :length]), strict=True):
            sums = [scores[row, start, 5 + p] + scores[row, end - 1, 8 + p] for p in range(3)]
            for at in range(start, end):
                wanted[at] = 1 + (segmented[row, at] - 1) * 3 + int(np.argmax(sums))
        assert tags[row].tolist() == wanted


def test_an_empty_batch_has_no_tags() -> None:
    for shape in ((0, 3), (2, 0)):
        scheme = Scheme(("A", "B"))
        for decode in (ChainDecoder(Transitions.zeros(2), scheme), FactoredDecoder(Transitions.zeros(1), scheme)):
            assert decode(np.zeros((*shape, 9), np.float32), np.zeros(shape[0], int)).shape == shape


def test_tables_survive_json_and_damage_is_named() -> None:
    tables = random_transitions(np.random.default_rng(0), 2)
    again = Transitions.from_dict(tables.to_dict(), 2)
    assert all(np.array_equal(getattr(tables, k), getattr(again, k)) for k in ("boundary", "inside", "start", "end"))
    with pytest.raises(ModelError, match=r"'boundary' of shape \(3, 3\)"):
        Transitions.from_dict(tables.to_dict(), 1)
    with pytest.raises(ModelError, match="'end'"):
        Transitions.from_dict(tables.to_dict() | {"end": [float("nan")] * 5}, 2)
    with pytest.raises(ModelError, match="expected a decoder softmax, crf or factored, got 'beam'"):
        decoder("beam", {}, Scheme())


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.integers(1, 6))
def test_segment_is_viterbi_ties_too(seed: int, ties: bool, free: bool, longest: int) -> None:
    generator, scheme = np.random.default_rng(seed), Scheme()
    transitions = Transitions.zeros(1) if free else random_transitions(generator, 1)
    scores = generator.normal(size=(4, longest, 5)).astype(np.float32)
    if ties:
        scores = scores.round()
        transitions = Transitions(*(np.round(table) for table in vars(transitions).values()))
    lengths = generator.integers(1, longest + 1, 4)
    tags = segment(scores, lengths, transitions)
    assert tags.tolist() == viterbi(scores, lengths, transitions).tolist()
    for row, length in enumerate(lengths):
        best = max(sequence_score(scheme, scores[row], transitions, s) for s in legal_sequences(scheme, length))
        sequence = tuple(tags[row, :length].tolist())
        assert sequence_score(scheme, scores[row], transitions, sequence) == pytest.approx(
            best, abs=0 if ties else 1e-4
        )


@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(0, 3), st.integers(1, 4))
def test_a_row_alone_is_viterbi_ties_too(seed: int, ties: bool, n_pos: int, n_rows: int) -> None:
    generator, scheme = np.random.default_rng(seed), Scheme(tuple("ABC"[:n_pos]))
    transitions = random_transitions(generator, scheme.n_pos)
    scores = generator.normal(size=(n_rows, 7, scheme.n_tags + 2)).astype(np.float32)
    if ties:
        scores = scores.round()
        transitions = Transitions(*(np.round(table) for table in vars(transitions).values()))
    scores[generator.random(scores.shape) < 0.2] = FORBIDDEN
    lengths = np.sort(generator.integers(1, 8, n_rows))[::-1]
    tags = PairScores.of(transitions).best_tags([scores[:1], scores[1:]], lengths)
    assert tags.tolist() == viterbi(scores[..., : scheme.n_tags], lengths, transitions).tolist()


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_no_word_begins_where_it_may_not(seed: int, time: int) -> None:
    generator, scheme = np.random.default_rng(seed), Scheme(("A", "B"))
    lengths = generator.integers(1, time + 1, 3)
    joined = (generator.random((3, time)) < 0.4) & (np.arange(time) < lengths[:, None])
    joined[:, 0] = False
    for decode in (
        ChainDecoder(random_transitions(generator, 2), scheme),
        FactoredDecoder(random_transitions(generator, 1), scheme),
    ):
        scores = generator.normal(size=(3, time, len(decode.columns))).astype(np.float32)
        free = scores.copy()
        join(scores, joined, decode.blocks)
        tags = decode(scores, lengths)
        for row, length in enumerate(lengths):
            starts, _, _ = scheme.spans(tags[row, :length])
            assert not joined[row][starts].any()
            assert (tags[row, :length][joined[row, :length]] > 0).all()
            if not joined[row].any():
                assert np.array_equal(scores[row], free[row])

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import legal_sequences, may_follow, sequence_score

from tagger.decoding import ChainDecoder, FactoredDecoder, Transitions, decoder, viterbi
from tagger.errors import ModelError
from tagger.scheme import Scheme


def random_transitions(generator: np.random.Generator, n_pos: int) -> Transitions:
    n = 2 * n_pos + 1
    tables = (generator.normal(size=shape).astype(np.float32) for shape in ((n, n), (4, n_pos), n, n))
    return Transitions(*tables)


@pytest.mark.parametrize(("n_pos", "longest"), [(1, 5), (2, 4), (3, 3)])
@pytest.mark.parametrize("free", [False, True])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_best_of_all_legal_sequences(n_pos: int, longest: int, free: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scheme = Scheme(tuple("ABC"[:n_pos]))
    transitions = Transitions.zeros(n_pos) if free else random_transitions(generator, n_pos)
    scores = generator.normal(size=(3, longest, scheme.n_tags)).astype(np.float32)
    if seed % 3 == 0:
        scores = scores.round()  # ties
    lengths = generator.integers(1, longest + 1, 3)
    tags = viterbi(scores, lengths, transitions)
    for row, length in enumerate(lengths):
        best = max(sequence_score(scheme, scores[row], transitions, s) for s in legal_sequences(scheme, length))
        found = tuple(tags[row, :length].tolist())
        assert found in legal_sequences(scheme, length)
        assert sequence_score(scheme, scores[row], transitions, found) == pytest.approx(best, abs=1e-4)
        assert not tags[row, length:].any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_alone_or_among_others_and_always_legal(seed: int, time: int) -> None:
    generator = np.random.default_rng(seed)
    scheme = Scheme(("A", "B", "C", "D"))
    for decode in (
        ChainDecoder(random_transitions(generator, 4)),
        FactoredDecoder(random_transitions(generator, 1), scheme),
    ):
        n_scores = scheme.n_tags if isinstance(decode, ChainDecoder) else 5 + 8
        scores = generator.normal(scale=3, size=(5, time, n_scores)).astype(np.float32)
        lengths = generator.integers(1, time + 1, 5)
        tags = decode(scores, lengths)
        for row, length in enumerate(lengths):
            alone = decode(scores[row : row + 1, :length], lengths[row : row + 1])
            assert alone[0].tolist() == tags[row, :length].tolist()
            assert all(may_follow(scheme, a, b) for a, b in zip(alone[0][:-1], alone[0][1:], strict=True))


@given(st.integers(0, 2**32 - 1))
def test_factored_tags_each_word_by_its_edges(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scheme, transitions = Scheme(("A", "B", "C")), random_transitions(generator, 1)
    scores = generator.normal(size=(4, 9, 5 + 6)).astype(np.float32)
    lengths = np.array([9, 4, 1, 6])
    tags = FactoredDecoder(transitions, scheme)(scores, lengths)
    letters = viterbi(scores[:, :, :5], lengths, transitions)
    for row, length in enumerate(lengths):
        found, wanted = (s.spans(t[row, :length]) for s, t in ((scheme, tags), (Scheme(), letters)))
        assert found[0].tolist() == wanted[0].tolist()
        assert found[1].tolist() == wanted[1].tolist()
        for start, end, pos in zip(*found, strict=True):
            sums = [scores[row, start, 5 + p] + scores[row, end - 1, 8 + p] for p in range(3)]
            assert pos == int(np.argmax(sums))


def test_an_empty_batch_has_no_tags() -> None:
    for shape in ((0, 3, 5), (2, 0, 5)):
        assert viterbi(np.zeros(shape, np.float32), np.zeros(shape[0], int), Transitions.zeros(1)).shape == shape[:2]


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

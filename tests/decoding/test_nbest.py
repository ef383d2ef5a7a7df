import numpy as np
import pytest
from distributions import legal_sequences, make, words_of
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import sequence_score

from tagger.decoding.nbest import n_best
from tagger.decoding.viterbi import viterbi


@pytest.mark.parametrize(("n_pos", "longest"), [(1, 5), (2, 4), (3, 3)])
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 2, 5, 40]), by_tags=st.booleans(), free=st.booleans())
def test_equal_to_sorting_all_sequences(n_pos: int, longest: int, seed: int, n: int, by_tags: bool, free: bool) -> None:
    scheme, scores, lengths, transitions = make(seed, n_pos, longest, free=free)
    for row, length in enumerate(lengths):
        score_of = {
            tags: sequence_score(scheme, scores[row], transitions, tags) for tags in legal_sequences(scheme, length)
        }
        top = max(score_of.values())
        ranked = sorted((tags for tags in score_of if score_of[tags] > top - 1000), key=lambda tags: -score_of[tags])
        if not by_tags:
            first: dict[object, tuple[int, ...]] = {}
            for tags in ranked:
                first.setdefault(tuple(word[:2] for word in words_of(scheme, tags)), tags)
            ranked = list(first.values())
        sums, tags = n_best(scores[row, :length], transitions, n, by_tags=by_tags)
        assert sums == pytest.approx([score_of[wanted] for wanted in ranked[:n]], abs=1e-4)
        sequences = [tuple(sequence) for sequence in tags.tolist()]
        assert [score_of[sequence] for sequence in sequences] == pytest.approx(sums, abs=1e-4)
        assert len(set(sequences)) == len(sequences)
        if not by_tags:
            assert len({tuple(word[:2] for word in words_of(scheme, sequence)) for sequence in sequences}) == len(
                sequences
            )


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_the_first_is_viterbis_and_more_begin_as_fewer(seed: int) -> None:
    _, scores, lengths, transitions = make(seed, 3, 25, scale=3)
    best = viterbi(scores, lengths, transitions)
    for row, length in enumerate(lengths):
        for by_tags in (False, True):
            sums, tags = n_best(scores[row, :length], transitions, 8, by_tags=by_tags)
            assert np.array_equal(tags[0], best[row, :length])
            assert (np.diff(sums) <= 0).all()
            fewer = n_best(scores[row, :length], transitions, 3, by_tags=by_tags)
            assert np.array_equal(fewer[1], tags[:3])

import numpy as np
import pytest
from distributions import enumerated, make, word_probabilities, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.decoding.marginals import ForwardBackward, lattices
from tagger.decoding.transitions import FORBIDDEN, Transitions
from tagger.decoding.viterbi import viterbi
from tagger.decoding.words import WordCharacters

CASES = given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([0.1, 1.0, 100.0]),
    free=st.booleans(),
    temperature=st.sampled_from([0.5, 1.0, 3.0]),
)


@pytest.mark.parametrize(("n_pos", "longest"), [(1, 5), (2, 4), (3, 3)])
@settings(max_examples=6)
@CASES
def test_tags_words_and_total_equal_the_sum_over_all_sequences(
    n_pos: int, longest: int, seed: int, scale: float, free: bool, temperature: float
) -> None:
    scheme, scores, lengths, transitions = make(seed, n_pos, longest, scale=scale, free=free)
    # As far apart as is promised: five characters of 130 each; what is forbidden stays so.
    scores = np.where(scores > FORBIDDEN / 2, scores.clip(-65 * temperature, 65 * temperature), scores)
    lattice = ForwardBackward.of([scores[:1], scores[1:, : lengths[1]]], lengths, transitions, temperature)
    best = viterbi(scores, lengths, transitions)
    weights = lattice.words(WordCharacters.of(best, n_pos))
    candidates = lattice.candidates(0.0)
    word_index = 0
    for row, length in enumerate(lengths):
        distribution, log_total = enumerated(scheme, scores[row, :length], transitions, temperature)
        assert lattice.log_total[row] == pytest.approx(log_total, rel=1e-6, abs=1e-5)
        wanted = np.zeros((length, scheme.n_tags))
        for tags, probability in distribution.items():
            wanted[np.arange(length), tags] += probability
        assert lattice.tags(row) == pytest.approx(wanted, abs=1e-5)
        words = word_probabilities(scheme, distribution)
        for start, end, _ in words_of(scheme, tuple(best[row, :length])):
            assert weights[word_index] == pytest.approx([words.get((start, end, p), 0) for p in range(n_pos)], abs=1e-5)
            word_index += 1
        mask = candidates.row == row
        weight_of = {
            (start, end, p): weight[p]
            for start, end, weight in zip(
                candidates.start[mask], candidates.end[mask], candidates.weight[mask], strict=True
            )
            for p in range(n_pos)
        }
        assert [weight_of.get(word, 0) for word in words] == pytest.approx(list(words.values()), abs=1e-5)
        assert sum(weight_of.values()) == pytest.approx(sum(words.values()), abs=1e-5)
    assert word_index == len(weights)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), least=st.sampled_from([0.01, 0.1, 0.3, 0.9]))
def test_candidates_are_those_likely_enough_in_order(seed: int, least: float) -> None:
    _, scores, lengths, transitions = make(seed, 2, 12)
    lattice = ForwardBackward.of([scores], lengths, transitions)
    candidates, likely = lattice.candidates(0.0), lattice.candidates(least)
    kept = candidates.weight.sum(1) >= least
    for column, likely_column in zip(candidates, likely, strict=True):
        assert np.array_equal(column[kept], likely_column)
    assert list(zip(*(column.tolist() for column in likely[:3]), strict=True)) == sorted(
        zip(*(column.tolist() for column in likely[:3]), strict=True)
    )


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=6)
def test_every_character_lies_in_a_word_or_none(seed: int, free: bool) -> None:
    """However long the rows: probabilities of the words over a character, and of none, are one in sum."""
    _, scores, lengths, transitions = make(seed, 2, 150, scale=4, free=free)
    lattice = ForwardBackward.of([scores], lengths, transitions)
    candidates = lattice.candidates(1e-9)
    for row, length in enumerate(lengths):
        mask = candidates.row == row
        covered = np.zeros(length + 1)
        np.add.at(covered, candidates.start[mask], candidates.weight[mask].sum(1))
        np.add.at(covered, candidates.end[mask], -candidates.weight[mask].sum(1))
        tags = lattice.tags(row)
        assert np.cumsum(covered)[:-1] + tags[:, 0] == pytest.approx(np.ones(length), abs=1e-4)
        assert tags.sum(1) == pytest.approx(np.ones(length))


def test_a_row_does_not_depend_on_its_mates() -> None:
    _, scores, lengths, transitions = make(7, 3, 9)
    together = ForwardBackward.of([scores], lengths, transitions)
    parts = [scores[row : row + 1, :length] for row, length in enumerate(lengths)]
    seen = []
    for rows, alone in lattices(parts, lengths, transitions, n_values=1):
        seen.append(rows.start)
        assert alone.tags(0) == pytest.approx(together.tags(rows.start), abs=1e-12)
        assert alone.log_total[0] == pytest.approx(together.log_total[rows.start])
    assert seen == [0, 1, 2]


def test_nothing_has_no_words() -> None:
    for shape in ((0, 3, 9), (0, 0, 9)):
        lattice = ForwardBackward.of([np.zeros(shape, np.float32)], np.zeros(0, int), Transitions.zeros(2))
        assert lattice.words(WordCharacters.of(np.zeros(shape[:2], np.int16), 2)).shape == (0, 2)
        assert not len(lattice.candidates(0.1).row)

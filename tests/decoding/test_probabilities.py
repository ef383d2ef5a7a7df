"""Words, tags and readings under each head, against the distribution written out."""

from math import log

import numpy as np
import pytest
from distributions import SCHEME, distribution_of, random_transitions, word_probabilities, words_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tagger.decoding.chain import ChainDecoder
from tagger.decoding.decoders import Decoder
from tagger.decoding.factored import FactoredDecoder
from tagger.decoding.transitions import Scores, Transitions


def case(seed: int, head: str, longest: int = 4) -> tuple[Decoder, Scores, NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    decoder: Decoder
    if head == "factored":
        decoder = FactoredDecoder(random_transitions(generator, 1), SCHEME)
    else:
        transitions = random_transitions(generator, 2) if head == "crf" else Transitions.zeros(2)
        decoder = ChainDecoder(transitions, SCHEME)
    scores = generator.normal(scale=2, size=(3, longest, 9)).astype(np.float32)
    return decoder, scores, np.array([longest, longest - 1, 1])


@pytest.mark.parametrize("head", ["crf", "softmax", "factored"])
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.sampled_from([0.7, 1.0, 2.0]))
def test_words_and_tags_of_every_head(head: str, seed: int, temperature: float) -> None:
    decoder, scores, lengths = case(seed, head)
    parts = [scores[:1], scores[1:, :3]]
    tags = decoder.decode(parts, lengths)
    rows, firsts, likely = decoder.rates(parts, lengths, tags, temperature)
    candidates = decoder.candidates(parts, lengths, 0.05, temperature)
    word_index = 0
    for row, length in enumerate(lengths):
        row_scores = scores[row, :length]
        distribution = distribution_of(decoder, row_scores, temperature)
        assert sum(distribution.values()) == pytest.approx(1)
        words = word_probabilities(SCHEME, distribution)
        for start, end, pos in words_of(SCHEME, tuple(tags[row, :length])):
            by_pos = [words.get((start, end, p), 0) for p in range(2)]
            assert (rows[word_index], firsts[word_index]) == (row, start)
            assert likely[:, word_index] == pytest.approx([by_pos[pos], sum(by_pos)], abs=1e-5)
            word_index += 1
        spans: dict[tuple[int, int], list[float]] = {}
        for (start, end, p), probability in words.items():
            spans.setdefault((start, end), [0.0, 0.0])[p] = probability
        mask = candidates.row == row
        weight_of = dict(
            zip(
                zip(candidates.start[mask].tolist(), candidates.end[mask].tolist(), strict=True),
                candidates.weight[mask],
                strict=True,
            )
        )
        wanted = {span: by_pos for span, by_pos in spans.items() if sum(by_pos) >= 0.05}
        assert set(weight_of) == set(wanted)
        assert list(weight_of) == sorted(weight_of)
        for span, by_pos in wanted.items():
            assert weight_of[span] == pytest.approx(by_pos, abs=1e-5)
        table = np.zeros((length, 9))
        for sequence, probability in distribution.items():
            table[np.arange(length), sequence] += probability
        assert decoder.tag_probabilities([row_scores[None]], lengths[row : row + 1], temperature)[0] == pytest.approx(
            table, abs=1e-5
        )
    assert word_index == len(rows)


@pytest.mark.parametrize("head", ["crf", "softmax", "factored"])
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.sampled_from([0.7, 1.0, 2.0]))
def test_readings_are_the_likeliest_sequences(head: str, seed: int, temperature: float) -> None:
    decoder, scores, lengths = case(seed, head)
    tags = decoder.decode([scores], lengths)
    logs = decoder.log_probabilities([scores], lengths, tags, temperature)
    for row, length in enumerate(lengths):
        distribution = distribution_of(decoder, scores[row, :length], temperature)
        assert logs[row] == pytest.approx(log(distribution[tuple(tags[row, :length])]), abs=1e-4)
        by_words: dict[object, float] = {}
        for sequence, probability in distribution.items():
            spans = tuple(word[:2] for word in words_of(SCHEME, sequence))
            by_words[spans] = by_words.get(spans, 0.0) + probability
        for by_tags in (False, True) if decoder.ranks_tags else (False,):
            readings = decoder.readings(scores[row, :length], 5, temperature, by_tags=by_tags)
            assert np.array_equal(readings.tags[0], tags[row, :length])
            assert readings.scores.tolist() == sorted(readings.scores, reverse=True)
            sequences = [tuple(sequence) for sequence in readings.tags.tolist()]
            assert readings.log_tags == pytest.approx([log(distribution[tags]) for tags in sequences], abs=1e-4)
            words = [tuple(word[:2] for word in words_of(SCHEME, sequence)) for sequence in sequences]
            assert readings.log_words == pytest.approx([log(by_words[spans]) for spans in words], abs=1e-4)
            if by_tags:
                ranked = sorted(distribution.values(), reverse=True)[: len(sequences)]
                assert [distribution[tags] for tags in sequences] == pytest.approx(ranked, rel=1e-3)


@pytest.mark.parametrize("head", ["crf", "softmax", "factored"])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_a_known_pos_is_that_of_the_words_and_changes_no_others(head: str, seed: int) -> None:
    decoder, scores, lengths = case(seed, head)
    free = decoder.decode([scores.copy()], lengths)
    known = np.array([0, -1, 1], np.int16)  # of all words of a row
    decoder.fix_pos(scores, np.repeat(known[:, None], scores.shape[1], 1))
    tags = decoder.decode([scores], lengths)
    assert np.array_equal(tags[1], free[1])
    for row in (0, 2):
        assert {pos for _, _, pos in words_of(SCHEME, tuple(tags[row, : lengths[row]]))} <= {known[row]}


def test_the_pos_of_given_words() -> None:
    decoder, scores, lengths = case(5, "factored")
    assert isinstance(decoder, FactoredDecoder)
    tags = decoder(scores, lengths)
    rows, _, (with_pos, words) = decoder.rates([scores], lengths, tags)
    wanted = [sum(map(log, with_pos[rows == row] / words[rows == row])) for row in range(3)]
    assert decoder.log_pos([scores], tags) == pytest.approx(wanted)

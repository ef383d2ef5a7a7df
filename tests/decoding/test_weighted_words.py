"""Weighted words against every sequence of tags of a short sentence."""

from functools import cache

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import letters, sequence_score

from tagger.decoding.chain import ChainDecoder
from tagger.decoding.decoders import Decoder
from tagger.decoding.factored import FactoredDecoder
from tagger.decoding.transitions import FORBIDDEN, Transitions
from tagger.decoding.weighted_words import WeightedWords
from tagger.text.scheme import Scheme

legal_sequences = cache(oracles.legal_sequences)


def random_transitions(generator: np.random.Generator, n_pos: int) -> Transitions:
    n = 2 * n_pos + 1
    tables = (generator.normal(size=shape).astype(np.float32) for shape in ((n, n), (4, n_pos), n, n))
    return Transitions(*tables)


def random_words(generator: np.random.Generator, lengths: list[int], n_pos: int, n: int) -> WeightedWords:
    entries = []
    for _ in range(n):
        row = int(generator.integers(len(lengths)))
        first, last = sorted(generator.integers(0, lengths[row], 2).tolist())
        weight = FORBIDDEN if generator.random() < 0.4 else float(generator.uniform(0.1, 4))
        pos = -1 if weight < 0 else int(generator.integers(-1, n_pos))
        entries.append((row, first, last, weight, pos))
    unique = list({entry[:3]: entry for entry in entries}.values())
    rows, firsts, lasts, weights, pos_ids = zip(*unique, strict=True) if unique else ((),) * 5
    places = (np.array(column, np.int64) for column in (rows, firsts, lasts))
    return WeightedWords(*places, np.array(weights, np.float32), np.array(pos_ids, np.int16))


def spans(scheme: Scheme, tags: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """First and last column and POS of the words of legal tags, letter by letter."""
    words, first = [], 0
    for at, tag in enumerate(tags):
        letter = letters(scheme)[tag][0]
        if letter in "BS":
            first = at
        if letter in "ES":
            words.append((first, at, (tag - 1) % scheme.n_pos))
    return words


def weight(words: WeightedWords, row: int, scheme: Scheme, tags: tuple[int, ...]) -> float:
    total = 0.0
    for first, last, pos in spans(scheme, tags):
        for k in range(len(words.rows)):
            if (words.rows[k], words.firsts[k], words.lasts[k]) == (row, first, last) and words.pos[k] in (-1, pos):
                total += float(words.weights[k])
    return total


@pytest.mark.parametrize(("n_pos", "time"), [(1, 5), (2, 3)])
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), n_words=st.integers(0, 8))
def test_the_best_of_all_sequences_with_weights(n_pos: int, time: int, seed: int, n_words: int) -> None:
    generator = np.random.default_rng(seed)
    scheme, transitions = Scheme(tuple("ABC"[:n_pos])), random_transitions(generator, n_pos)
    scores = generator.normal(size=(2, time, scheme.n_tags)).astype(np.float32)
    lengths = [time, int(generator.integers(1, time + 1))]
    words = random_words(generator, lengths, n_pos, n_words)
    tags = ChainDecoder(transitions, scheme).decode([scores], np.array(lengths), words)
    for row, length in enumerate(lengths):
        totals = {
            sequence: sequence_score(scheme, scores[row], transitions, sequence) + weight(words, row, scheme, sequence)
            for sequence in legal_sequences(scheme, length)
        }
        sequence = tuple(tags[row, :length].tolist())
        assert totals[sequence] == pytest.approx(max(totals.values()), abs=1e-2 if totals[sequence] < -5000 else 1e-4)
        barred = {
            (first, last)
            for r, first, last, w in zip(words.rows, words.firsts, words.lasts, words.weights, strict=True)
            if r == row and w < 0
        }
        if any(barred.isdisjoint({span[:2] for span in spans(scheme, s)}) for s in totals):
            assert barred.isdisjoint({span[:2] for span in spans(scheme, sequence)})


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), n_words=st.integers(0, 8))
def test_factored_words_then_their_pos(seed: int, n_words: int) -> None:
    generator = np.random.default_rng(seed)
    scheme, transitions, plain = Scheme(("A", "B", "C")), random_transitions(generator, 1), Scheme()
    scores = generator.normal(size=(2, 6, 5 + 6)).astype(np.float32)
    lengths = [6, int(generator.integers(1, 7))]
    words = random_words(generator, lengths, 3, n_words)
    before = scores.copy()
    tags = FactoredDecoder(transitions, scheme).decode([scores[:1], scores[1:, : lengths[1]]], np.array(lengths), words)
    for row, length in enumerate(lengths):
        words_found = spans(scheme, tuple(tags[row, :length].tolist()))
        segmented = tuple(0 if tag == 0 else 1 + (tag - 1) // 3 for tag in tags[row, :length].tolist())
        untagged = WeightedWords(words.rows, words.firsts, words.lasts, words.weights, np.full_like(words.pos, -1))

        def total(sequence: tuple[int, ...], row: int = row, untagged: WeightedWords = untagged) -> float:
            score = sequence_score(plain, before[row, :, :5], transitions, sequence)
            return score + weight(untagged, row, plain, sequence)

        best = max(map(total, legal_sequences(plain, length)))
        assert total(segmented) == pytest.approx(best, abs=1e-2 if best < -5000 else 1e-4)
        for first, last, pos in words_found:
            sums = before[row, first, 5:8] + before[row, last, 8:]
            for k in range(len(words.rows)):
                if (words.rows[k], words.firsts[k], words.lasts[k]) == (row, first, last) and words.pos[k] >= 0:
                    sums[words.pos[k]] += words.weights[k]
            assert sums[pos] == pytest.approx(sums.max())


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rows_without_words_are_as_without(seed: int, ties: bool) -> None:
    generator = np.random.default_rng(seed)
    scheme = Scheme(("A", "B"))
    decoders: list[tuple[Decoder, int]] = [
        (ChainDecoder(random_transitions(generator, 2), scheme), 9),
        (ChainDecoder(Transitions.zeros(2), scheme), 9),
        (FactoredDecoder(random_transitions(generator, 1), scheme), 9),
    ]
    for decode, n_scores in decoders:
        scores = generator.normal(size=(3, 12, n_scores)).astype(np.float32)
        if ties:
            scores = scores.round()
        lengths = np.array([12, 9, 4])
        words = random_words(generator, [12], 2, 6)
        free = decode(scores.copy(), lengths)
        tags = decode.decode([scores], lengths, words)
        assert tags[1:].tolist() == free[1:].tolist()


def test_a_bonus_belongs_to_one_word_alone() -> None:
    """Scores that are for `ab|c` by 1: a bonus of 3 for `a` + `bc` must not help `abc`, nor for `abc` `ab`."""
    scores = np.full((1, 3, 5), -9, np.float32)
    scores[0, [0, 0, 1, 1, 1, 1, 2, 2], [1, 4, 1, 2, 3, 4, 3, 4]] = 0
    scores[0, 1, 3] = 1
    decode = ChainDecoder(Transitions.zeros(1), Scheme())

    def tags(first: int, last: int, bonus: float) -> list[int]:
        columns = (np.array([place]) for place in (0, first, last))
        words = WeightedWords(*columns, np.array([bonus], np.float32), np.array([-1], np.int16))
        return decode.decode([scores.copy()], np.array([3]), words)[0].tolist()

    assert decode(scores.copy(), np.array([3]))[0].tolist() == [1, 3, 4]
    assert tags(1, 2, 3) == [4, 1, 3]
    assert tags(0, 2, 3) == [1, 2, 3]
    assert tags(0, 2, 0.5) == [1, 3, 4]
    assert tags(0, 1, FORBIDDEN) != [1, 3, 4]

"""Scores of groups against sets of spans, and bins of probability against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger import corpus
from tagger.corpus import sample
from tagger.evaluation.analysis import (
    by_sentence_length,
    by_vocabulary,
    by_word_length,
    confusion,
    rated_words,
    reliability,
    worst,
)
from tagger.scores.calibration import expected_calibration_error
from tagger.scores.words import Overlap, count, total
from tagger.tagging.tagger import Tagger
from tagger.text.sentence import Sentence

POS = ("A", "B", "C")


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[Sentence, Sentence]]:
    """Two segmentations of some texts."""
    found = []
    for text in draw(st.lists(st.text("我你他", min_size=1, max_size=12), max_size=5)):
        both = []
        for _ in range(2):
            cuts = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6)) - {len(text)})
            ends = [*cuts, len(text)]
            forms = [text[a:b] for a, b in zip([0, *cuts], ends, strict=True)]
            both.append(Sentence.from_forms(forms, [draw(st.sampled_from(POS)) for _ in forms]))
        found.append((both[0], both[1]))
    return found


@settings(max_examples=20)
@given(pairs(), st.sets(st.text("我你他", min_size=1, max_size=2)))
def test_groups_add_up_to_all_words(given_pairs: list[tuple[Sentence, Sentence]], vocabulary: set[str]) -> None:
    every = total(count(*pair) for pair in given_pairs).words
    lengths = by_word_length(given_pairs)
    assert sum(lengths.values(), Overlap()) == every
    assert sum(by_vocabulary(given_pairs, vocabulary).values(), Overlap()) == every
    by_sentence = by_sentence_length(given_pairs)
    assert sum((both for _, both in by_sentence.values()), Overlap()) == every
    assert sum(n for n, _ in by_sentence.values()) == len(given_pairs)
    for name, both in lengths.items():
        spans = [
            {
                (i, w.start, w.end)
                for i, pair in enumerate(given_pairs)
                for w in pair[side].words
                if _named(w.form) == name
            }
            for side in (0, 1)
        ]
        assert both == Overlap(len(spans[0]), len(spans[1]), len(spans[0] & spans[1]))


def _named(form: str) -> str:
    return str(len(form)) if len(form) < 5 else "5 or more"


@settings(max_examples=20)
@given(pairs())
def test_confusions_are_the_words_with_the_right_span(given_pairs: list[tuple[Sentence, Sentence]]) -> None:
    names, counts = confusion(given_pairs)
    every = total(count(*pair) for pair in given_pairs)
    assert counts.sum() == every.words.correct
    assert counts.trace() == every.joint.correct
    for row, name in enumerate(names):
        wanted = sum(
            word.pos == name and (word.start, word.end) in {(w.start, w.end) for w in found.words}
            for gold, found in given_pairs
            for word in gold.words
        )
        assert counts[row].sum() == wanted


def test_lengths_of_sentences_have_their_groups() -> None:
    sentences = [Sentence.from_forms(["好"] * n) for n in (1, 10, 11, 80, 81)]
    found = by_sentence_length([(s, s) for s in sentences])
    assert {name: n for name, (n, _) in found.items()} == {"1 to 10": 2, "11 to 20": 1, "41 to 80": 1, "81 or more": 1}


def test_the_worst_come_first_and_right_ones_not_at_all() -> None:
    def sentence(words: str) -> Sentence:
        return Sentence.from_forms(words.split(), ["A"] * len(words.split()))

    found = [
        (sentence("ab c"), sentence("a b c")),
        (sentence("x"), sentence("x")),
        (sentence("p q r"), sentence("pqr")),
    ]
    faults = worst(found, 5)
    assert [fault.errors for fault in faults] == [4, 3]
    assert [(word.form, right) for word, right in faults[1].gold] == [("ab", False), ("c", True)]
    assert [(word.form, right) for word, right in faults[1].predicted] == [("a", False), ("b", False), ("c", True)]
    assert worst(found, 1) == faults[:1]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50))
def test_bins_hold_the_words_of_like_probability(words: list[tuple[float, bool]]) -> None:
    p, true = np.array([p for p, _ in words], np.float64), np.array([right for _, right in words], bool)
    bins = reliability(p, true)
    for i in range(10):
        inside = [(p, right) for p, right in words if min(int(p * 10), 9) == i]
        assert bins[i].n == len(inside)
        if inside:
            assert bins[i].probability == pytest.approx(np.mean([p for p, _ in inside]))
            assert bins[i].right == pytest.approx(np.mean([right for _, right in inside]))
    gaps = sum(one.n * abs(one.probability - one.right) for one in bins) / max(1, len(words))
    assert expected_calibration_error(p, true, 10) == pytest.approx(gaps)


def test_words_are_judged_by_span_and_pos(small_tagger: Tagger) -> None:
    gold = list(corpus.read(sample.path("dev")))[:10]
    found = list(small_tagger.tag([sentence.text for sentence in gold], confidence=True))
    probabilities, true = rated_words(list(zip(gold, found, strict=True)))
    assert len(probabilities) == len(true) == sum(len(sentence.words) for sentence in found)
    assert true.sum() == sum(len(set(a.words) & set(b.words)) for a, b in zip(gold, found, strict=True))

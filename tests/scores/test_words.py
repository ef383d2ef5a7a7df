import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import corpus_scores
from sentences import VOCABULARY, corpora, make

from tagger.scores.paired import f1_difference
from tagger.scores.words import Counts, Interval, Overlap, bootstrap, count, summary, tag_summary, total
from tagger.text.sentence import Sentence, Word


def close(value: float | None) -> object:
    return None if value is None else pytest.approx(value, abs=1e-12)


@given(corpora)
def test_summary_agrees_with_the_definition(corpus: list[tuple[Sentence, Sentence]]) -> None:
    gold, predicted = [g for g, _ in corpus], [p for _, p in corpus]
    assert not [s.fault() for s in gold + predicted if s.fault()]
    oracle = corpus_scores(gold, predicted, VOCABULARY)
    report = summary(gold, predicted, VOCABULARY, n_resamples=2)
    for name in ("precision", "recall", "f1"):
        assert getattr(report.words, name) == close(oracle[f"word_{name}"])
        assert (getattr(report.joint, name) if report.joint else None) == close(oracle[f"joint_{name}"])
        tags = {key.partition("/")[2]: value for key, value in oracle.items() if key.startswith(f"{name}/")}
        if report.joint:
            assert {tag: getattr(overlap, name) for tag, overlap in report.tags.items()} == pytest.approx(tags)
    assert report.oov_recall == close(oracle["oov_recall"])
    assert report.oov_rate == close(oracle["oov_rate"])
    assert report.exact_match == close(oracle["exact_match"])
    assert json.loads(json.dumps(report.to_json(), allow_nan=False)) == report.to_json()
    assert report.table()


@given(corpora, st.integers(0, 6))
def test_counts_add_up(corpus: list[tuple[Sentence, Sentence]], cut: int) -> None:
    counts = [count(*pair, VOCABULARY) for pair in corpus]
    whole = total(counts)
    assert total(counts[:cut]) + total(counts[cut:]) == whole
    assert sum(counts, Counts()) == whole
    assert sum(t.gold for t in whole.tags.values()) == whole.joint.gold
    assert sum(t.correct for t in whole.tags.values()) == whole.joint.correct
    assert whole.joint.correct <= whole.words.correct <= min(whole.words.gold, whole.words.predicted)


@given(corpora)
def test_gold_against_itself_is_perfect(corpus: list[tuple[Sentence, Sentence]]) -> None:
    gold = [g for g, _ in corpus]
    report = summary(gold, gold, VOCABULARY, n_resamples=5)
    assert report.exact_match == (1.0 if gold else 0.0)
    assert report.words.f1 == (1.0 if report.n_words else 0.0)
    assert report.joint is None or report.joint.f1 == 1.0
    assert report.oov_recall in {None, 1.0}
    assert set(report.intervals.values()) <= {None, Interval(1.0, 1.0)}


@given(corpora, st.integers(0, 9), st.booleans())
def test_paired_differences(corpus: list[tuple[Sentence, Sentence]], seed: int, joint: bool) -> None:
    found, right = [count(*pair) for pair in corpus], [count(gold, gold) for gold, _ in corpus]
    less, more = (
        f1_difference(*sides, joint=joint, n_resamples=9, seed=seed) for sides in ((found, right), (right, found))
    )
    assert more.interval == pytest.approx((-less.interval.high, -less.interval.low))
    assert (more.f1, more.p) == pytest.approx((-less.f1, less.p))
    assert more.interval.low >= 0
    assert f1_difference(found, found, joint=joint, n_resamples=9) == (0, (0, 0), 1)


def test_a_difference_is_of_the_same_sentences() -> None:
    """Where one side is right in 6 of 8 one-word sentences, and the other in 4 of these, it is 0.25 better on the
    average, and never worse: two intervals that overlap do not say so."""
    word, wrong = (Counts(1, words=Overlap(1, 1, correct)) for correct in (1, 0))
    first, second = [word] * 6 + [wrong] * 2, [word] * 4 + [wrong] * 4
    f1, interval, p = f1_difference(first, second, joint=False)
    assert (f1, interval) == (0.25, (0.0, 0.5))
    assert p == pytest.approx(2 * (6 / 8) ** 8, abs=0.05)  # twice the chance that no draw has one of the two sentences
    ours, theirs = bootstrap(first)["word_f1"], bootstrap(second)["word_f1"]
    assert ours
    assert theirs
    assert ours.low < theirs.high


def test_worked_example() -> None:
    gold = make("我/PN 来到/VV 福建/NR 厦门/NR 大学/NN")
    predicted = make("我/PN 来/VV 到/VV 福建/NN 厦门大学/NR")
    counts = count(gold, predicted, {"我", "来到"})
    assert counts == Counts(
        sentences=1,
        exact=0,
        words=Overlap(gold=5, predicted=5, correct=2),
        joint=Overlap(gold=5, predicted=5, correct=1),
        oov=3,
        oov_correct=1,
        tags={
            "PN": Overlap(1, 1, 1),
            "VV": Overlap(1, 2, 0),
            "NR": Overlap(2, 1, 0),
            "NN": Overlap(1, 1, 0),
        },
    )
    assert (counts.words.precision, counts.words.recall, counts.words.f1) == (0.4, 0.4, 0.4)


def test_precision_and_recall_are_not_each_other() -> None:
    overlap = Overlap(gold=4, predicted=8, correct=2)
    assert (overlap.precision, overlap.recall, overlap.f1) == pytest.approx((0.25, 0.5, 1 / 3))


def test_different_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="'我爱', got one for '我恨'"):
        count(make("我 爱"), make("我 恨"))
    with pytest.raises(ValueError, match="shorter"):
        summary([make("我 爱")], [])


@pytest.mark.parametrize("gold", [[], [Sentence("", ())], [Sentence(" \u3000\n", ())] * 3])
def test_no_words(gold: list[Sentence]) -> None:
    report = summary(gold, gold, VOCABULARY)
    assert (report.n_sentences, report.n_words, report.words) == (len(gold), 0, Overlap())
    assert (report.joint, report.oov_recall, report.oov_rate) == (None, None, 0.0)
    assert report.intervals == {"word_f1": None, "joint_f1": None, "oov_recall": None}
    assert report.exact_match == (1.0 if gold else 0.0)


def test_gold_without_tags_has_no_joint_figures() -> None:
    report = summary([make("我 爱"), Sentence(" ", ())], [make("我/PN 爱/VV"), Sentence(" ", (Word(" ", "PU", 0, 1),))])
    assert report.joint is None
    assert report.tags == {}
    assert report.intervals["joint_f1"] is None
    assert report.words == Overlap(gold=2, predicted=3, correct=2)


def test_words_where_gold_has_none() -> None:
    report = summary([make("我/PN"), Sentence(" ", ())], [make("我/PN"), Sentence(" ", (Word(" ", "PU", 0, 1),))])
    assert report.words == report.joint == Overlap(gold=1, predicted=2, correct=1)
    assert report.exact_match == 0.5


def test_untagged_prediction_scores_zero_jointly() -> None:
    report = summary([make("我/PN 爱/VV")], [make("我 爱")])
    assert report.joint == Overlap(gold=2, predicted=2, correct=0)
    assert report.words.f1 == 1.0


def test_untagged_sentences_stay_out_of_joint_figures() -> None:
    report = summary([make("我/PN 爱/VV"), make("北京 人")], [make("我/PN 爱/NN"), make("北/NR 京/NR 人/NN")])
    assert report.joint == Overlap(gold=2, predicted=2, correct=1)
    assert report.words == Overlap(gold=4, predicted=5, correct=3)
    assert report.tags == {"PN": Overlap(1, 1, 1), "VV": Overlap(1, 0, 0), "NN": Overlap(0, 1, 0)}


def test_tag_unseen_in_gold_or_prediction() -> None:
    report = summary([make("我/PN 爱/VV")], [make("我/PN 爱/ZZ")])
    assert report.tags["ZZ"] == Overlap(0, 1, 0)
    assert report.tags["VV"] == Overlap(1, 0, 0)
    assert list(report.tags) == ["PN", "VV", "ZZ"]


def test_oov_needs_a_vocabulary() -> None:
    gold = [make("我 爱")]
    without, empty = summary(gold, gold), summary(gold, gold, ())
    assert (without.oov_rate, without.oov_recall, without.intervals["oov_recall"]) == (None, None, None)
    assert (empty.oov_rate, empty.oov_recall) == (1.0, 1.0)


def simple_counts(n: int) -> list[Counts]:
    """Sentences of 10 words, 6 to 10 of them right, every other one with 2 OOV words, 1 of them right."""
    random = np.random.default_rng(7)
    return [
        Counts(1, 0, Overlap(10, 10, k), Overlap(10, 10, k - 1), 2 * (i % 2), i % 2)
        for i, k in enumerate(random.integers(6, 11, n).tolist())
    ]


@pytest.mark.parametrize("n", [2, 50, 400])
def test_bootstrap_contains_the_estimate_and_repeats(n: int) -> None:
    counts = simple_counts(n)
    whole = total(counts)
    found = bootstrap(counts, seed=3)
    points = {"word_f1": whole.words.f1, "joint_f1": whole.joint.f1, "oov_recall": whole.oov_correct / whole.oov}
    for name, point in points.items():
        interval = found[name]
        assert interval is not None
        assert 0 <= interval.low <= point <= interval.high <= 1
    assert found == bootstrap(counts, seed=3)
    assert n == 2 or found != bootstrap(counts, seed=4)


def test_bootstrap_is_as_wide_as_the_normal_approximation() -> None:
    counts = simple_counts(400)
    right = np.array([one.words.correct / 10 for one in counts])  # F1 is the mean of these here
    interval = bootstrap(counts, n_resamples=4000)["word_f1"]
    assert interval is not None
    half = 1.96 * right.std() / np.sqrt(len(right))
    assert interval == pytest.approx((right.mean() - half, right.mean() + half), abs=0.08 * half)


def test_bootstrap_agrees_with_a_loop() -> None:
    """Resamples drawn one by one, each scored from the sum of its counts: the same up to chance."""
    counts = simple_counts(20)
    random = np.random.default_rng(0)
    drawn = [total([counts[i] for i in random.integers(20, size=20)]) for _ in range(2000)]
    slow = np.quantile([one.joint.f1 for one in drawn], [0.05, 0.95])
    assert bootstrap(counts, n_resamples=2000, confidence=0.9)["joint_f1"] == pytest.approx(tuple(slow), abs=0.006)


def test_bootstrap_in_chunks() -> None:
    counts = simple_counts(30)
    assert bootstrap(counts, max_draws=100) == bootstrap(counts)


def test_json() -> None:
    report = summary([make("我/PN 爱/VV")], [make("我/PN 爱/NN")], {"我"}, n_resamples=10)
    perfect = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "gold": 1, "predicted": 1, "correct": 1}
    wrong = dict.fromkeys(perfect, 0.0)
    assert report.to_json() == {
        "n_sentences": 1,
        "n_words": 2,
        "words": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "gold": 2, "predicted": 2, "correct": 2},
        "joint": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 2, "predicted": 2, "correct": 1},
        "exact_match": 1.0,
        "oov_rate": 0.5,
        "oov_recall": 1.0,
        "tags": {"PN": perfect, "VV": wrong | {"gold": 1}, "NN": wrong | {"predicted": 1}},
        "intervals": {"word_f1": [1.0, 1.0], "joint_f1": [0.5, 0.5], "oov_recall": [1.0, 1.0]},
    }


def test_table() -> None:
    gold = [make("我/PN 来到/VV 北京/NR"), make("好/JJ")]
    predicted = [make("我/PN 来/VV 到/VV 北京/NR"), make("好/JJ")]
    report = summary(gold, predicted, {"我", "来到", "好"}, n_resamples=0)
    assert report.table().splitlines() == [
        "sentences           2",
        "words               4",
        "exact match, %  50.00",
        "OOV rate, %     25.00",
        "",
        "              precision  recall      F1  95 % interval  gold  predicted  correct",
        "words             60.00   75.00   66.67              -     4          5        3",
        "words + tags      60.00   75.00   66.67              -     4          5        3",
        "OOV words             -  100.00       -              -     -          -        -",
        "JJ               100.00  100.00  100.00              -     1          1        1",
        "NR               100.00  100.00  100.00              -     1          1        1",
        "PN               100.00  100.00  100.00              -     1          1        1",
        "VV                 0.00    0.00    0.00              -     1          2        0",
    ]


def test_table_shows_intervals() -> None:
    gold = [make("我/PN 爱/VV")] * 3
    row = summary(gold, gold).table().splitlines()[6]
    assert row.split() == ["words", "100.00", "100.00", "100.00", "100.00", "..", "100.00", "6", "6", "6"]


def test_tags_of_given_words() -> None:
    gold = [make("the/D dog/N runs/V"), make("a/D cat/N")]
    found = [make("the/D dog/V runs/V"), make("a/D cat/N")]
    report = tag_summary(gold, found, {"the", "a", "runs"}, n_resamples=200)
    assert report.joint == Overlap(5, 5, 4)
    assert (report.exact_match, report.oov_rate, report.oov_recall) == (0.5, 0.4, 0.5)
    interval = report.intervals["joint_f1"]
    assert interval is not None
    assert interval.low < 0.8 < interval.high
    assert tag_summary(gold, gold, {*gold[0].forms, *gold[1].forms}).oov_recall is None
    with pytest.raises(ValueError, match=r"expected tags of the words \('the', 'dog', 'runs'\)"):
        tag_summary(gold, found[::-1], set())

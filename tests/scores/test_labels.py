from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.scores.labels import Report, table

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=30)


def f1(pairs: list[tuple[str, str]], label: str) -> float:
    """From the definition: the harmonic mean of precision and recall."""
    right = sum(gold == found == label for gold, found in pairs)
    if not right:
        return 0.0
    precision = right / sum(found == label for _, found in pairs)
    recall = right / sum(gold == label for gold, _ in pairs)
    return 2 * precision * recall / (precision + recall)


@given(PAIRS)
def test_figures_are_those_of_the_definitions(pairs: list[tuple[str, str]]) -> None:
    gold, found = ([pair[side] for pair in pairs] for side in (0, 1))
    report = Report.of(gold, found)
    labels = sorted({*gold, *found})
    assert report.accuracy == pytest.approx(mean(a == b for a, b in pairs))
    assert report.macro_f1 == pytest.approx(mean(f1(pairs, label) for label in labels))
    assert {label: row["f1"] for label, row in report.by_label().items()} == pytest.approx(
        {label: f1(pairs, label) for label in labels}
    )
    assert sum(row["n_texts"] for row in report.by_label().values()) == report.n_texts == len(pairs)
    wrong = [pair for pair in pairs if pair[0] != pair[1]]
    assert sum(n for *_, n in report.mistakes(99)) == len(wrong)
    assert all(wrong.count((a, b)) == n for a, b, n in report.mistakes(99))


def test_intervals_hold_the_figure_and_narrow_with_the_texts() -> None:
    few, many = (Report.of(list("aabb") * n, list("aaba") * n) for n in (10, 1000))
    widths = []
    for report in (few, many):
        for name, value in (("accuracy", report.accuracy), ("macro_f1", report.macro_f1)):
            low, high = report.intervals(n_resamples=200)[name]
            assert 0 <= low < value < high <= 1
            widths.append(high - low)
    assert max(widths[2:]) < min(widths[:2]) / 5


def test_labels_that_a_matrix_never_shows_do_not_count() -> None:
    matrix = np.zeros((3, 3), np.int64)
    matrix[0, 0] = 2
    report = Report(("a", "b", "c"), matrix)
    assert (report.accuracy, report.macro_f1) == (1, 1)
    assert Report(("a",), np.zeros((1, 1), np.int64)).intervals() == {}


def test_a_report_to_read() -> None:
    shown = table(Report.of(list("aabb"), list("aaba")).to_json(n_resamples=50))
    assert "75.00%" in shown
    assert "b taken for a" in shown
    with pytest.raises(ValueError, match="shorter"):
        Report.of(["a"], [])

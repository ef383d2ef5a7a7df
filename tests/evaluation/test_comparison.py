import csv
from typing import Any

import pytest

from tagger.errors import TaggerError
from tagger.evaluation.comparison import (
    HEADER,
    LEGEND,
    Net,
    Row,
    cells_of,
    expand,
    grouped,
    label,
    markdown,
    spread,
    to_csv,
)

COMMON: dict[str, Any] = {
    "net.encoder.cell": "lstm", "net.encoder.bidirectional": True, "net.encoder.hidden_sizes": [64],
    "net.encoder.forget_bias": 1.0, "trainer.gradient_clip_val": 1.0, "data.share": 1.0, "init": None,
}  # fmt: skip


def row(label: str = "a", seed: int = 1, **figures: Any) -> Row:
    common: dict[str, Any] = {"label": label, "seed": seed, "settings": {}, "clip": 1.0}
    return Row(**(common | figures))


@pytest.mark.parametrize(
    ("settings", "said", "wanted"),
    [
        ({}, "", "LSTM, both directions, 64"),
        (
            {"net.encoder.cell": "reference_gru", "net.encoder.hidden_sizes": [8, 4]},
            "",
            "GRU, step by step, both directions, 8-4",
        ),
        (
            {"net.encoder.bidirectional": False, "trainer.gradient_clip_val": None},
            "",
            "LSTM, forwards only, 64, no clipping",
        ),
        ({"trainer.gradient_clip_val": 1.0}, "", "LSTM, both directions, 64"),  # what all have is not said
        ({"net.encoder.forget_bias": 0.0}, "", "LSTM, both directions, 64, forget bias 0.0"),
        (
            {"net.encoder.cell": "rnn_relu", "scheduler.final": 1.0},
            "constant",
            "simple, relu, both directions, 64, constant",
        ),
        ({"data.share": 0.125, "init": None}, "", "LSTM, both directions, 64, 12.5 % of the sentences"),
        ({"data.share": 2000, "init": "zh-small"}, "", "from zh-small, 2,000 sentences"),
        ({"init": "zh-base", "net.encoder.cell": "gru"}, "", "from zh-base, cell gru"),
    ],
)
def test_a_net_in_words(settings: dict[str, Any], said: str, wanted: str) -> None:
    assert label(settings, COMMON, said) == wanted


def test_a_line_is_all_combinations() -> None:
    lines = [
        {"question": "Cells", "net.encoder.cell": ["lstm", "gru"], "net.encoder.bidirectional": [True, False]},
        {"net.encoder.hidden_sizes": [[128, 64, 32, 8]], "name": "a pyramid"},
    ]
    nets = expand(lines, COMMON)
    assert [net.question for net in nets] == ["Cells"] * 4 + ["Nets"]
    assert [dict(net.settings) for net in nets[:4]] == [
        {"net.encoder.cell": cell, "net.encoder.bidirectional": both}
        for cell in ("lstm", "gru")
        for both in (True, False)
    ]
    assert nets[4].label == "LSTM, both directions, 128-64-32-8, a pyramid"
    assert nets[4].folder == "lstm-both-directions-128-64-32-8-a-pyramid"


@pytest.mark.parametrize(
    "lines", [[], ["lstm"], [{}], [{"net.encoder.cell": "lstm"}], [{"net.encoder.cell": []}], [{"name": "x"}]]
)
def test_lines_that_make_no_nets(lines: list[Any]) -> None:
    with pytest.raises(TaggerError, match=r"expected .*net.* got"):
        expand(lines, COMMON)


def test_mean_and_spread() -> None:
    assert spread([0.5, 0.75, None], 100) == "62.5 (50.0–75.0)"
    assert spread([1234.4], digits=0) == "1,234"
    assert spread([None]) == "–"


def test_a_line_of_the_table_is_the_runs_of_a_net() -> None:
    one = row(word_f1=0.9, joint_f1=0.8, parameters=12000, encoder_parameters=700, cpu_seconds=2.0,
              characters_per_second=50_000, f1_by_epoch=[0.7, 0.8, 0.8], best_epoch=2, epochs=3,
              gradient_norms=[0.5, 1.5, 4.0, 0.5])  # fmt: skip
    two = row(seed=2, word_f1=0.92, joint_f1=0.84, cpu_seconds=3.0, gradient_norms=[0.5, 0.5, 0.5, 0.5],
              f1_by_epoch=[0.7, 0.8, 0.84], best_epoch=3, epochs=3)  # fmt: skip
    assert cells_of([one, two]) == [
        "a", "82.0 (80.0–84.0)", "91.0 (90.0–92.0)", "2–3 of 3, train longer", "12,000", "700", "2.5", "50,000",
        "0.50", "4.0", "25%",
    ]  # fmt: skip
    assert cells_of([row(word_f1=0.9, clip=None, gradient_norms=[3.0])])[-3:] == ["3.00", "3.0", "–"]
    assert cells_of([one])[3] == "2 of 3"
    earlier = row(word_f1=0.9, f1_by_epoch=[0.7, 0.8])  # of a version that did not count epochs
    assert (cells_of([earlier])[3], earlier.still_improving) == ("–", False)
    assert row(word_f1=0.9).f1 == 0.9


def test_failures_are_said_and_not_averaged() -> None:
    good, bad = row(word_f1=0.5), row(seed=2, error="expected a finite loss, got nan")
    assert cells_of([good, bad])[:3] == ["a (1 of 2 runs failed)", "–", "50.0"]
    assert cells_of([bad]) == ["a (1 of 1 runs failed)", *["–"] * (len(HEADER) - 1)]


def test_tables_by_question() -> None:
    nets = [Net("One", "a", {}), Net("One", "b", {}), Net("Two", "a", {}), Net("Three", "c", {})]
    rows = [row("a", word_f1=0.5), row("a", 2, word_f1=0.6), row("b", word_f1=0.7)]
    groups = grouped(nets, rows)
    assert {question: [len(runs) for runs in of] for question, of in groups.items()} == {"One": [2, 1], "Two": [2]}
    text = markdown(groups)
    assert text.count("| a | – | 55.0 (50.0–60.0) |") == 2
    assert LEGEND in text
    lines = list(csv.DictReader(to_csv(rows).splitlines()))
    assert [(line["label"], line["seed"], line["word_f1"]) for line in lines] == [
        ("a", "1", "0.5"), ("a", "2", "0.6"), ("b", "1", "0.7"),
    ]  # fmt: skip

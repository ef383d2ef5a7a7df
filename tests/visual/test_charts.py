from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.visual import charts

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawn: str) -> list[str]:
    return [str(element.text) for element in ET.fromstring(drawn).iter(f"{SVG}text")]


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_within(low: float, width: float) -> None:
    high = low + width
    ticks = charts.choose_ticks(low, high)
    assert all(low - 1e-6 * width <= tick <= high + 1e-6 * width for tick in ticks)
    assert len(ticks) <= 7


def test_lines_are_named_when_there_are_several() -> None:
    drawn = charts.draw_lines("t", {"a < b": [(1, 0.5), (2, 0.75)], "c": [(1, 0.5), (2, 0.75)]}, "epoch", "percent")
    assert {"a < b", "c", "epoch", "percent"} <= set(texts(drawn))
    names = [e for e in ET.fromstring(drawn).iter(f"{SVG}text") if e.text in ("a < b", "c")]
    assert abs(float(names[0].get("y", 0)) - float(names[1].get("y", 0))) >= 17  # they end at one point
    assert "c" not in texts(charts.draw_lines("t", {"c": [(1, 0.5), (2, 0.7)]}, "epoch", "percent"))


@pytest.mark.parametrize("points", [[(1.0, 0.0)], [(3.0, 2.0), (3.0, 2.0)], [(1.0, -4.0), (100.0, -4.0)]])
def test_lines_of_one_value(points: list[tuple[float, float]]) -> None:
    assert "nan" not in charts.draw_lines("t", {"a": points}, "x", "y")


def test_epochs_are_whole_numbers() -> None:
    shown = texts(charts.draw_lines("t", {"loss": [(1, 0.5)]}, "epoch", "percent"))
    assert {"1", "2"} <= set(shown)
    assert "1.2" not in shown


def test_bars_are_as_long_as_their_values() -> None:
    drawn = charts.draw_bars("t", [("a", 0.5, "50"), ("b", 0.25, "25")], "percent")
    widths = [float(e.get("width", 0)) for e in ET.fromstring(drawn).iter(f"{SVG}rect")]
    assert widths == [110, 55]


def test_a_matrix_shows_counts_and_leaves_zeros_empty() -> None:
    drawn = charts.draw_matrix("t", ["A", "B"], np.array([[5, 0], [1, 3]]), "given", "gold")
    assert sorted(text for text in texts(drawn) if text.isdigit()) == ["1", "3", "5"]


def test_a_reliability_diagram_has_a_point_per_bin_that_holds_words() -> None:
    drawn = ET.fromstring(charts.draw_reliability("t", [(0.0, 0.0, 0), (0.75, 0.5, 8)]))
    points = [(float(e.get("cx", 0)), float(e.get("cy", 0))) for e in drawn.iter(f"{SVG}circle")]
    assert points == [(64 + 280 * 0.75, 14 + 280 * 0.5)]
    assert {"0", "8"} <= {str(e.text) for e in drawn.iter(f"{SVG}text")}

from pathlib import Path
from typing import Any

import pytest

from tagger.errors import TaggerError
from tagger.evaluation.comparison import Groups, Row
from tagger.visual import plots


def row(label: str, seed: int, clip: float | None, **figures: Any) -> Row:
    values = {
        "word_f1": 0.9, "joint_f1": 0.8 + seed / 100, "parameters": 9000, "encoder_parameters": 4000, "cpu_seconds": 2,
        "characters_per_second": 5e4, "f1_by_epoch": [0.5, 0.8], "gradient_norms": [0.5, 2.0, 1.0],
        "config": {"net": {"cell": label[0]}, "trainer": {"gradient_clip_val": clip}},
    }  # fmt: skip
    return Row(label=label, seed=seed, settings={}, clip=clip, **(values | figures))


GROUPS: Groups = {
    "Cells": [[row("a", 1, 1.0), row("a", 2, 1.0)], [row("b", 1, 1.0)]],
    "Clipping": [[row("a", 1, 1.0)], [row("a, no clipping", 1, None)]],
    "Failures": [[Row(label="c", seed=1, settings={}, error="not finite")]],
}


def words(figure: Any) -> set[str]:
    """All that is written in a picture."""
    from matplotlib.text import Text

    return {text.get_text() for text in figure.findobj(Text) if text.get_text()}


def test_the_overview_names_every_net_and_unit() -> None:
    texts = words(plots.draw_overview(GROUPS))
    assert {"Cells", "Clipping", "Failures", "a", "b", "c", "a, no clipping", "F1 on dev, %"} <= texts
    assert any("CPU second" in text for text in texts)


def test_learning_has_a_panel_for_each_question_and_a_curve_for_each_net() -> None:
    figure = plots.draw_learning(GROUPS)
    panels = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title(loc="left") for axis in panels] == list(GROUPS)
    assert [round(float(y)) for y in panels[0].lines[0].get_ydata()] == [50, 80]  # type: ignore[arg-type, union-attr]
    assert {"epoch", "F1 on dev, %"} <= words(figure)


def test_gradients_are_shown_with_and_without_clipping() -> None:
    figure = plots.draw_gradients(GROUPS)
    assert [axis.get_title(loc="left") for axis in figure.axes if axis.get_visible()] == ["a"]  # b has no twin
    assert {"trained without clipping", "trained with clipping at 1 (dotted)", "norm before clipping", "step"} <= words(
        figure
    )
    alone = plots.draw_gradients({"Cells": GROUPS["Cells"]})
    assert [axis.get_title(loc="left") for axis in alone.axes] == ["a", "b"]
    assert plots.draw_gradients({"Failures": GROUPS["Failures"]}).axes


def test_a_running_median_passes_over_what_is_wild() -> None:
    assert plots.running_median([1, 9, 2, 3], width=2) == [1, 5, 2, 3]


def test_accuracy_over_distance() -> None:
    figure = plots.draw_accuracy_over_distance({"LSTM": [[1.0, 0.5], [1.0, 0.7]]}, [1, 10], trained=5, chance=0.125)
    line = figure.axes[0].lines[0]
    assert [round(float(y)) for y in line.get_ydata()] == [100, 60]  # type: ignore[arg-type, union-attr]
    assert {"LSTM", "by chance", "longest in training ", "symbols recalled, %"} <= words(figure)


def test_pictures_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = (plots.save_figure(plots.draw_learning(GROUPS), tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in first] == ["one.svg", "one.png"]
    assert first[0].read_bytes() == second[0].read_bytes()
    assert first[1].read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(
        TaggerError, match=r"pip install 'hantagger\[plot\]' adds it to this installation, or plots=false"
    ):
        plots.require_matplotlib()

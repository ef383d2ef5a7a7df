"""F1 over the size of the training corpus, drawn with matplotlib."""

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from ..evaluation.comparison import Row
from ..evaluation.curves import Curves
from .plots import COLOURS, MARKERS, line_style, make_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def draw_sizes(curves: Curves) -> "Figure":
    """F1 on dev over the number of training sentences, a panel for each question and a curve for each kind of net: the
    mean of the seeds, and their range. A size without any score is no point of a curve."""
    figure, axes = make_figure(len(curves), 1, 4.2 * len(curves))
    for axis, (question, of_question) in zip(axes, curves.items(), strict=True):
        for index, (name, points) in enumerate(of_question.items()):
            scores = {size: values for size, rows in points.items() if (values := _scores(rows))}
            sizes, means = list(scores), [fmean(values) for values in scores.values()]
            axis.plot(sizes, means, marker=MARKERS[index % len(MARKERS)], label=name, **line_style(index))
            low, high = [min(values) for values in scores.values()], [max(values) for values in scores.values()]
            axis.fill_between(sizes, low, high, color=COLOURS[index % len(COLOURS)], alpha=0.12)
        sizes = sorted({size for points in of_question.values() for size in points})
        axis.set_xscale("log")
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.minorticks_off()
        axis.set_title(question, loc="left", fontweight="bold")
        axis.set_xlabel("training sentences")
        axis.set_ylabel("F1 on dev, %")
        axis.legend(loc="lower right")
    return figure


def _scores(rows: Sequence[Row]) -> list[float]:
    return [100 * row.f1 for row in rows if row.f1 is not None]

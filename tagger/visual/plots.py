"""Figures of comparisons, drawn with matplotlib: SVG for pages and PNG for everything else.

The colours are those of Okabe and Ito (2008), which the colour-blind can tell apart. Series that differ in colour
differ in line or marker too. Every figure has a white background, so that it can be read on dark pages.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from statistics import fmean, median
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ParamSpec

from ..evaluation.comparison import CLIP, Groups, Row
from ..extras import needed_for
from ..files.atomic import publishing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (7, 2)))
MARKERS = "osD^vPX"
STYLE: Any = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "tagger",
    "svg.fonttype": "none",
    "legend.frameon": False,
}
WIDTH = 9.0  # inches, and 864 pixels in an SVG


def require_matplotlib() -> None:
    """Raises MissingExtraError when matplotlib is not installed. Commands call it before they begin their work."""
    with needed_for("pictures", ", or plots=false"):
        import matplotlib as mpl  # noqa: F401


P = ParamSpec("P")


def styled(draw: "Callable[P, Figure]") -> "Callable[P, Figure]":
    """A decorator: the function draws in our style, whatever the user's matplotlib style is."""

    @wraps(draw)
    def draw_in_style(*args: P.args, **options: P.kwargs) -> "Figure":
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            return draw(*args, **options)

    return draw_in_style


def make_figure(n_rows: int, n_columns: int, height: float, **options: Any) -> "tuple[Figure, list[Axes]]":
    """A figure that opens no window, and its axes row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, list(figure.subplots(n_rows, n_columns, squeeze=False, **options).flat)


def save_figure(figure: "Figure", path: Path) -> list[Path]:
    """Write `path` with `.svg` and with `.png`. The same figure gives the same SVG each time."""
    import matplotlib as mpl

    kinds: dict[str, dict[str, Any]] = {".svg": {"metadata": {"Date": None}}, ".png": {"dpi": 150}}
    paths = [path.with_name(path.name + suffix) for suffix in kinds]
    with mpl.rc_context(STYLE):
        for target, options in zip(paths, kinds.values(), strict=True):
            with publishing(target) as temporary:
                figure.savefig(temporary, **options)
    return paths


@styled
def draw_overview(groups: Groups) -> "Figure":
    """F1, parameters, training time and tagging speed of every net, by question, with a dot for each seed."""
    nets = [(question, runs) for question, of_question in groups.items() for runs in of_question]
    all_runs = [runs for _, runs in nets]
    figure, axes = make_figure(1, 4, 1.3 + 0.27 * (len(nets) + len(groups)), sharey=True, width_ratios=[3, 2, 2, 2])
    heights, headings = _lay_out([question for question, _ in nets])
    for column, (axis, (title, measure)) in enumerate(zip(axes, _MEASURES, strict=True)):
        axis.set_xlabel(title)
        axis.grid(axis="y", visible=False)
        for y, runs in zip(heights, all_runs, strict=True):
            _draw_dots(axis, y, measure(runs), COLOURS[column])
        axis.margins(x=0.12)
        if column:  # amounts begin at 0; F1 scores are close to each other and far from 0
            axis.set_xlim(left=0)
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks([*heights, *(y for y, _ in headings)])
    names = [*(runs[0].label for runs in all_runs), *(question for _, question in headings)]
    axes[0].set_yticklabels(names, fontsize=9.5)
    for text in axes[0].get_yticklabels()[len(heights) :]:
        text.set_fontweight("bold")
    axes[0].set_ylim(max(heights, default=0) + 0.7, -0.7)
    return figure


# The columns of the overview: a title, and the values of a net from its runs.
_MEASURES: tuple[tuple[str, Callable[[Sequence[Row]], list[float]]], ...] = (
    ("F1 on dev, %", lambda runs: [100 * row.f1 for row in runs if row.f1 is not None]),
    ("Recurrent\nparameters,\nthousands", lambda runs: [runs[0].encoder_parameters / 1e3]),
    (
        "Training,\nCPU seconds\nper epoch",
        lambda runs: [row.cpu_seconds for row in runs if not row.error],
    ),
    (
        "Tagging,\nthousands of\ncharacters\nper CPU second",
        lambda runs: [row.characters_per_second / 1e3 for row in runs if row.characters_per_second],
    ),
)


def _lay_out(questions: Sequence[str]) -> tuple[list[int], list[tuple[int, str]]]:
    """The height of each net, given its question, and the height and text of a heading before each question."""
    heights: list[int] = []
    headings: list[tuple[int, str]] = []
    y = -1
    for index, question in enumerate(questions):
        is_first = index == 0 or questions[index - 1] != question
        y += 2 if is_first else 1
        heights.append(y)
        if is_first:
            headings.append((y - 1, question))
    return heights, headings


def _draw_dots(axis: "Axes", y: float, values: Sequence[float], colour: str) -> None:
    """A dot per value, and a mark at their mean."""
    if values:
        axis.plot(values, [y] * len(values), "o", alpha=0.35, markersize=5, color=colour, clip_on=False)
        mark = "|" if len(values) > 1 else "o"
        axis.plot([fmean(values)], [y], mark, markersize=9, color=colour, clip_on=False)


@styled
def draw_learning(groups: Groups) -> "Figure":
    """F1 on dev after every epoch, as the mean over seeds, with a panel for each question."""
    from matplotlib.ticker import MaxNLocator

    n_columns = min(2, len(groups))
    n_rows = math.ceil(len(groups) / 2)
    figure, axes = make_figure(n_rows, n_columns, 3.6 * n_rows, sharey=True)
    for axis, (question, nets) in zip(axes, groups.items(), strict=False):
        for index, runs in enumerate(nets):
            curves = [row.f1_by_epoch for row in runs if row.f1_by_epoch]
            means = [100 * fmean(values) for values in zip(*curves, strict=False)]
            marker = MARKERS[index % len(MARKERS)]
            axis.plot(range(1, len(means) + 1), means, marker=marker, label=runs[0].label, **line_style(index))
        axis.set_title(question, loc="left", fontweight="bold")
        axis.set_xlabel("epoch")
        n_epochs = max((len(row.f1_by_epoch) for runs in nets for row in runs), default=1)
        axis.set_xlim(0.5, max(n_epochs, 1) + 0.5)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.legend(fontsize=8.5, loc="lower right")
    for axis in axes[::n_columns]:
        axis.set_ylabel("F1 on dev, %")
    for axis in axes[len(groups) :]:
        axis.set_visible(False)
    return figure


@styled
def draw_gradients(groups: Groups) -> "Figure":
    """The norm of the gradient before clipping over the steps, for nets trained with and without clipping.

    Each such net has a panel. When no net was trained both ways, every net has a panel.
    """
    nets = _group_by_clipping(groups)
    panels = [rows for rows in nets if len({row.clip for row in rows}) > 1] or nets
    n_columns = min(3, max(1, len(panels)))
    n_rows = math.ceil(len(panels) / n_columns) or 1
    figure, axes = make_figure(n_rows, n_columns, 0.4 + 3.1 * n_rows, sharey=True)
    for axis, rows in zip(axes, panels, strict=False):
        _draw_gradient_panel(axis, rows)
    for axis in axes[::n_columns]:
        axis.set_ylabel("norm before clipping")
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    if panels:
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=2,
            title="thin: each step; thick: the median of 26 steps; what lies above the dotted line was cut to it",
        )
    return figure


def _group_by_clipping(groups: Groups) -> list[list[Row]]:
    """Rows with gradients, one for each label; those whose configurations differ only in clipping are together."""
    nets: dict[str, list[Row]] = {}
    for runs in (runs for of_question in groups.values() for runs in of_question):
        row = next((row for row in runs if row.gradient_norms), None)
        if row:
            clip = CLIP.rpartition(".")[2]
            trainer = {name: value for name, value in row.config.get("trainer", {}).items() if name != clip}
            others = {name: value for name, value in row.config.items() if name != "trainer"}
            rows = nets.setdefault(repr((others, trainer)), [])
            if all(row.label != other.label for other in rows):
                rows.append(row)
    return list(nets.values())


def _draw_gradient_panel(axis: "Axes", rows: Sequence[Row]) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    for index, row in enumerate(sorted(rows, key=lambda row: row.clip is None)):
        name = "trained without clipping" if row.clip is None else f"trained with clipping at {row.clip:g} (dotted)"
        colour = COLOURS[1 if row.clip is None else 0]
        steps = range(1, len(row.gradient_norms) + 1)
        axis.plot(steps, row.gradient_norms, color=colour, alpha=0.3, linewidth=0.7)
        smooth = running_median(row.gradient_norms)
        axis.plot(steps, smooth, color=colour, linestyle=LINES[index % len(LINES)], linewidth=2, label=name)
    for clip in {row.clip for row in rows if row.clip}:
        axis.axhline(clip, color="#555555", linewidth=0.8, linestyle=":")
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    shortest = min((row.label for row in rows), key=len)
    axis.set_title("\n".join(wrap(shortest.removesuffix(", no clipping"), 36)), loc="left", fontsize=10)
    axis.set_xlabel("step")


def running_median(values: Sequence[float], width: int = 25) -> list[float]:
    """The median of each value and up to `width` values before it, which a few outliers do not move."""
    return [median(values[max(0, i - width) : i + 1]) for i in range(len(values))]


@styled
def draw_accuracy_over_distance(
    accuracies: Mapping[str, Sequence[Sequence[float]]], distances: Sequence[int], *, trained: int, chance: float
) -> "Figure":
    """The share of symbols that each cell recalls (0 to 1) over the distance: the mean of its runs, and their range.

    `accuracies[name]` has for each run a share per distance. `trained` is the longest distance in training; `chance` is
    the share that guessing reaches.
    """
    figure, (axis,) = make_figure(1, 1, 4.6)
    for index, (name, runs) in enumerate(accuracies.items()):
        columns = [[100 * value for value in column] for column in zip(*runs, strict=True)]
        means, marker = [fmean(column) for column in columns], MARKERS[index % len(MARKERS)]
        axis.plot(distances, means, marker=marker, label=name, **line_style(index))
        low, high = ([edge(column) for column in columns] for edge in (min, max))
        axis.fill_between(distances, low, high, color=COLOURS[index % len(COLOURS)], alpha=0.12)
    axis.axhline(100 * chance, color="#555555", linestyle=":", linewidth=1)
    axis.text(distances[0], 100 * chance + 1.5, "by chance", color="#444444", fontsize=9)
    axis.axvline(trained, color="#555555", linestyle=":", linewidth=1)
    axis.text(trained, 103, "longest in training ", color="#444444", fontsize=9, ha="right")
    axis.set_xscale("log")
    axis.set_xticks(distances, [str(distance) for distance in distances])
    axis.minorticks_off()
    axis.set_ylim(0, 108)
    axis.set_xlabel("distance between the symbol and its recall, steps")
    axis.set_ylabel("symbols recalled, %")
    figure.legend(loc="outside right upper")
    return figure


def line_style(index: int) -> dict[str, Any]:
    """The colour and the line of the series with this index."""
    colour, line = COLOURS[index % len(COLOURS)], LINES[index % len(LINES)]
    return {"color": colour, "linestyle": line, "markersize": 5, "linewidth": 1.8}

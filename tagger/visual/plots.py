"""Pictures of comparisons, with matplotlib: SVG for pages and PNG for everything else.

Colours are those of Okabe and Ito (2008), which the colour-blind can tell apart; what differs in colour differs in
line or marker too. A white ground is part of every picture, so that it reads on dark pages.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from statistics import fmean, median
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ParamSpec

from ..errors import TaggerError
from ..evaluation.comparison import CLIP, Groups, Row
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


def require() -> None:
    """Raises TaggerError where there is no matplotlib, before any work is done in vain."""
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        raise TaggerError(
            "expected matplotlib to be installed for pictures, it is not; pip install 'tagger[plot]', or plots=false"
        ) from None


P = ParamSpec("P")


def styled(draw: "Callable[P, Figure]") -> "Callable[P, Figure]":
    """Draw in our style, whatever that of the user is."""

    @wraps(draw)
    def within(*args: P.args, **options: P.kwargs) -> "Figure":
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            return draw(*args, **options)

    return within


def subplots(n_rows: int, n_columns: int, height: float, **options: Any) -> "tuple[Figure, list[Axes]]":
    """A figure without any window behind it, and its axes row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, list(figure.subplots(n_rows, n_columns, squeeze=False, **options).flat)


def save(figure: "Figure", path: Path) -> list[Path]:
    """Write `path` with `.svg` and `.png`; the SVG is the same each time."""
    import matplotlib as mpl

    kinds: dict[str, dict[str, Any]] = {".svg": {"metadata": {"Date": None}}, ".png": {"dpi": 150}}
    paths = [path.with_name(path.name + suffix) for suffix in kinds]
    with mpl.rc_context(STYLE):
        for each, options in zip(paths, kinds.values(), strict=True):
            with publishing(each) as temporary:
                figure.savefig(temporary, **options)
    return paths


@styled
def overview(groups: Groups) -> "Figure":
    """F1, parameters, training time and tagging speed of every net, question by question; a dot for each seed."""
    lines = [(question, runs) for question, nets in groups.items() for runs in nets]
    figure, axes = subplots(1, 4, 1.3 + 0.27 * (len(lines) + len(groups)), sharey=True, width_ratios=[3, 2, 2, 2])
    columns = (
        ("F1 on dev, %", [[100 * row.f1 for row in runs if row.f1 is not None] for _, runs in lines]),
        ("Recurrent\nparameters,\nthousands", [[runs[0].encoder_parameters / 1e3] for _, runs in lines]),
        (
            "Training,\nCPU seconds\nper epoch",
            [[row.cpu_seconds for row in runs if not row.error] for _, runs in lines],
        ),
        (
            "Tagging,\nthousands of\ncharacters\nper CPU second",
            [[row.characters_per_second / 1e3 for row in runs if row.characters_per_second] for _, runs in lines],
        ),
    )
    places, headings, at = [], [], -1
    for place, (question, _) in enumerate(lines):
        new = place == 0 or lines[place - 1][0] != question
        at += 2 if new else 1
        places.append(at)
        if new:
            headings.append((at - 1, question))
    for column, (axis, (title, values)) in enumerate(zip(axes, columns, strict=True)):
        axis.set_xlabel(title)
        axis.grid(axis="y", visible=False)
        for y, found in zip(places, values, strict=True):
            if not found:
                continue
            mean = fmean(found)
            look: dict[str, Any] = {"color": COLOURS[column], "clip_on": False}
            axis.plot(found, [y] * len(found), "o", alpha=0.35, markersize=5, **look)
            axis.plot([mean], [y], "|" if len(found) > 1 else "o", markersize=9, **look)
        axis.margins(x=0.12)
        if column:  # amounts begin at nothing; scores lie close together and far from it
            axis.set_xlim(left=0)
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks([*places, *(y for y, _ in headings)])
    names = [*(runs[0].label for _, runs in lines), *(question for _, question in headings)]
    axes[0].set_yticklabels(names, fontsize=9.5)
    for text in axes[0].get_yticklabels()[len(places) :]:
        text.set_fontweight("bold")
    axes[0].set_ylim(max(places, default=0) + 0.7, -0.7)
    return figure


@styled
def learning(groups: Groups) -> "Figure":
    """F1 on dev after every epoch, a panel for each question: the mean over seeds."""
    from matplotlib.ticker import MaxNLocator

    n_rows = math.ceil(len(groups) / 2)
    figure, axes = subplots(n_rows, min(2, len(groups)), 3.6 * n_rows, sharey=True)
    for axis, (question, nets) in zip(axes, groups.items(), strict=False):
        for at, runs in enumerate(nets):
            curves = [row.f1_by_epoch for row in runs if row.f1_by_epoch]
            means = [100 * fmean(values) for values in zip(*curves, strict=False)]
            marker = MARKERS[at % len(MARKERS)]
            axis.plot(range(1, len(means) + 1), means, marker=marker, label=runs[0].label, **_look(at))
        axis.set_title(question, loc="left", fontweight="bold")
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.legend(fontsize=8.5, loc="lower right")
    for axis in axes[:: min(2, len(groups))]:
        axis.set_ylabel("F1 on dev, %")
    for axis in axes[len(groups) :]:
        axis.set_visible(False)
    return figure


@styled
def gradients(groups: Groups) -> "Figure":
    """Norm of the gradient before clipping over the steps: nets trained with and without clipping, a panel for each.

    Where no net is there with and without, all nets as they are.
    """
    twins: dict[str, list[Row]] = {}
    for runs in (runs for nets in groups.values() for runs in nets):
        row = next((row for row in runs if row.gradient_norms), None)
        if row:
            plain = {name: value for name, value in row.config.items() if name != "trainer"}
            key = repr(
                (plain, {k: v for k, v in row.config.get("trainer", {}).items() if k != CLIP.rpartition(".")[2]})
            )
            if all(row.label != other.label for other in twins.setdefault(key, [])):
                twins[key].append(row)
    panels = [rows for rows in twins.values() if len({row.clip for row in rows}) > 1] or list(twins.values())
    n_columns = min(3, max(1, len(panels)))
    n_rows = math.ceil(len(panels) / n_columns) or 1
    figure, axes = subplots(n_rows, n_columns, 0.4 + 3.1 * n_rows, sharey=True)
    for axis, rows in zip(axes, panels, strict=False):
        for at, row in enumerate(sorted(rows, key=lambda row: row.clip is None)):
            name = "without clipping" if row.clip is None else f"clipped at {row.clip:g}"
            colour = COLOURS[1 if row.clip is None else 0]
            axis.plot(range(1, len(row.gradient_norms) + 1), row.gradient_norms, color=colour, alpha=0.3, linewidth=0.7)
            smooth = running_median(row.gradient_norms)
            axis.plot(range(1, len(smooth) + 1), smooth, color=colour, linestyle=LINES[at], linewidth=2, label=name)
        clips = {row.clip for row in rows if row.clip}
        for clip in clips:
            axis.axhline(clip, color="#555555", linewidth=0.8, linestyle=":")
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        shortest = min((row.label for row in rows), key=len)
        axis.set_title("\n".join(wrap(shortest.removesuffix(", no clipping"), 36)), loc="left", fontsize=10)
        axis.set_xlabel("step")
    for axis in axes[::n_columns]:
        axis.set_ylabel("norm of the gradient")
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    if panels:
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def running_median(values: Sequence[float], width: int = 25) -> list[float]:
    """The median of each value and up to `width` before it: what a few wild steps do not move."""
    return [median(values[max(0, at - width) : at + 1]) for at in range(len(values))]


@styled
def accuracy_over_distance(
    accuracies: Mapping[str, Sequence[Sequence[float]]], distances: Sequence[int], *, trained: int, chance: float
) -> "Figure":
    """Of each cell the share of symbols recalled (0 to 1), over the distance: the mean of its runs, and their range.

    `accuracies[name]` has a sequence per run, as long as `distances`.
    """
    figure, (axis,) = subplots(1, 1, 4.6)
    for at, (name, runs) in enumerate(accuracies.items()):
        columns = [[100 * value for value in column] for column in zip(*runs, strict=True)]
        axis.plot(distances, [fmean(c) for c in columns], marker=MARKERS[at % len(MARKERS)], label=name, **_look(at))
        low, high = ([edge(column) for column in columns] for edge in (min, max))
        axis.fill_between(distances, low, high, color=COLOURS[at % len(COLOURS)], alpha=0.12)
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


def _look(at: int) -> dict[str, Any]:
    return {"color": COLOURS[at % len(COLOURS)], "linestyle": LINES[at % len(LINES)], "markersize": 5, "linewidth": 1.8}

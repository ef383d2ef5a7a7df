"""Charts as SVG text: lines, bars, a matrix of counts, a reliability diagram.

`svg.style_sheet()` and STYLE colour them. Series differ by colour, dash and marker. The colours are based on those of
Okabe and Ito (2008), which the colour-blind can tell apart.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .svg import draw_text, format_number, to_levels, wrap_svg

STYLE = (
    ":root{--c0:#0072b2;--c1:#c04a00;--c2:#007a5a;--c3:#a8558a}"
    "@media screen and (prefers-color-scheme:dark){:root{--c0:#56b4e9;--c1:#f0994a;--c2:#3fc49a;--c3:#e3a0c8}}"
    "svg .on{fill:var(--paper)}svg .over{fill:var(--ink)}"
    + "".join(f".l{i}{{stroke:var(--c{i});fill:none;stroke-width:2}}.f{i}{{fill:var(--c{i})}}" for i in range(4))
)
DASHES = ("", "7 3", "2 3", "9 3 2 3")
TOP = 14.0  # the distance of a plot from the upper edge
Points = Sequence[tuple[float, float]]


class Axis(NamedTuple):
    """The title of an axis, the values at its ends, and whether those between are whole numbers."""

    title: str
    low: float
    high: float
    whole: bool = False


class Frame(NamedTuple):
    """A plot: its axes, its size in pixels, and the distance of its left edge. Its upper edge is at TOP."""

    x: Axis
    y: Axis
    left: float
    width: float
    height: float

    def place_x(self, value: float) -> float:
        """The pixel of a value on the x axis."""
        return self.left + self.width * (value - self.x.low) / ((self.x.high - self.x.low) or 1)

    def place_y(self, value: float) -> float:
        """The pixel of a value on the y axis."""
        return TOP + self.height * (1 - (value - self.y.low) / (self.y.high - self.y.low))


def choose_ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round values from `low` to `high`, about `n` of them."""
    rough = (high - low) / n or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [round(step * i, 12) for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def draw_lines(title: str, series: Mapping[str, Points], x_title: str, y_title: str, *, zero: bool = False) -> str:
    """Up to four series over a common x. Several series are named at their ends. `zero` starts the y axis at 0."""
    xs, ys = zip(*(point for points in series.values() for point in points), strict=True)
    low, high = (0.0 if zero else min(ys)), max(ys)
    pad = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    x_axis = Axis(x_title, min(xs), max(*xs, min(xs) + 1), whole=all(x % 1 == 0 for x in xs))
    y_axis = Axis(y_title, low if zero else low - pad, high + pad)
    frame = Frame(x_axis, y_axis, 70.0, 300.0 if len(series) > 1 else 400.0, 200.0)
    parts, ends = [_draw_frame(frame)], []
    for i, (name, points) in enumerate(series.items()):
        places = [(frame.place_x(x), frame.place_y(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path class="l{i}" stroke-dasharray="{DASHES[i]}" d="M{path}"/>')
        if len(places) <= 40:
            parts += [_draw_marker(i, x, y) for x, y in places]
        ends.append((places[-1][1], i, name))
    if len(series) > 1:
        parts += _draw_names(sorted(ends), frame.left + frame.width)
    return wrap_svg(500, 270, title, "".join(parts), alone=False)


def _draw_frame(frame: Frame) -> str:
    """Axes with grid lines, round values and titles."""
    left, width, height = frame.left, frame.width, frame.height
    parts = [f'<rect class="line" x="{left:g}" y="{TOP:g}" width="{width:g}" height="{height:g}"/>']
    for value in choose_ticks(frame.y.low, frame.y.high):
        y = frame.place_y(value)
        parts.append(f'<path class="line" d="M{left:g} {y:g}h{width:g}"/>')
        parts.append(draw_text(left - 6, y + 4, format_number(value), "faint", "end"))
    for value in choose_ticks(frame.x.low, frame.x.high):
        if frame.x.whole and value % 1:
            continue
        x = frame.place_x(value)
        parts.append(f'<path class="line" d="M{x:g} {TOP + height:g}v4"/>')
        parts.append(draw_text(x, TOP + height + 17, format_number(value), "faint", "middle"))
    parts.append(draw_text(left + width / 2, TOP + height + 36, frame.x.title, "", "middle"))
    parts.append(_draw_y_title(frame.y.title, TOP + height / 2))
    return "".join(parts)


def _draw_y_title(title: str, y: float) -> str:
    """The title of a y axis, turned, with its middle at `y`."""
    return f'<g transform="translate(14 {y:g}) rotate(-90)">{draw_text(0, 0, title, "", "middle")}</g>'


def _draw_marker(i: int, x: float, y: float) -> str:
    """The marker of series `i`: a circle, square, triangle or diamond."""
    if i == 0:
        return f'<circle class="f0" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>'
    shape = ("M-2.6-2.6h5.2v5.2h-5.2z", "M0-3.4L3.2 2.6h-6.4z", "M0-3.6L3.6 0 0 3.6-3.6 0z")[i - 1]
    return f'<path class="f{i}" transform="translate({x:.1f} {y:.1f})" d="{shape}"/>'


def _draw_names(ends: Sequence[tuple[float, int, str]], x: float) -> list[str]:
    """The names of series with a piece of each line, right of `x`. `ends`: height, number and name, from the top."""
    parts = []
    for y, (_, i, name) in zip(_spread([end[0] for end in ends]), ends, strict=True):
        parts.append(f'<path class="l{i}" stroke-dasharray="{DASHES[i]}" d="M{x + 6:g} {y:g}h18"/>')
        parts.append(_draw_marker(i, x + 15, y) + draw_text(x + 29, y + 4, name))
    return parts


def _spread(heights: Sequence[float], distance: float = 17.0, lowest: float = 216.0) -> list[float]:
    """Heights near the given ones, which are in order, that are at least `distance` apart and not below `lowest`."""
    places: list[float] = []
    for y in heights:
        places.append(max(y, places[-1] + distance) if places else y)
    excess = max(0.0, *places, lowest) - lowest
    return [place - excess for place in places]


def draw_bars(title: str, rows: Sequence[tuple[str, float, str]], x_title: str) -> str:
    """A horizontal bar per row, from 0 to 1. Its name stands before it and its note behind it."""
    left, width, row_height = 110.0, 220.0, 22.0
    height = row_height * len(rows)
    parts = []
    for value in choose_ticks(0, 1):
        x = left + width * value
        parts.append(f'<path class="line" d="M{x:g} 4V{8 + height:g}"/>')
        parts.append(draw_text(x, 22 + height, f"{100 * value:g}", "faint", "middle"))
    for i, (name, value, note) in enumerate(rows):
        y = 6 + row_height * i
        size = f'width="{width * value:.1f}" height="{row_height - 8:g}"'
        parts.append(f'<rect class="f0" x="{left:g}" y="{y + 3:g}" {size}/>')
        parts.append(draw_text(left - 8, y + 14, name, "", "end"))
        parts.append(draw_text(left + width + 8, y + 14, note, "faint"))
    parts.append(draw_text(left + width / 2, 42 + height, x_title, "", "middle"))
    return wrap_svg(500, 50 + height, title, "".join(parts), alone=False)


def draw_matrix(title: str, names: Sequence[str], counts: NDArray[np.int64], x_title: str, y_title: str) -> str:
    """Counts `[row, column]`, coloured by their share of the row. Cells of 0 stay empty."""
    cell, left, top = 34.0, 96.0, 84.0
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    levels = to_levels(np.sqrt(share), "s")  # the square root makes rare confusions visible
    parts = []
    for i, name in enumerate(names):
        middle = cell * (i + 0.5) + 4
        parts.append(draw_text(left - 6, top + middle, name, "", "end"))
        place = f"translate({left + middle:g} {top - 6:g}) rotate(-60)"
        parts.append(f'<g transform="{place}">{draw_text(0, 0, name)}</g>')
    for (row, column), n in np.ndenumerate(counts):
        if n:
            x, y = left + cell * column, top + cell * row
            level = int(levels[row, column])
            parts.append(f'<rect class="s{level}" x="{x:g}" y="{y:g}" width="{cell:g}" height="{cell:g}"/>')
            colour = "on" if level > 5 else "over"
            parts.append(draw_text(x + cell / 2, y + cell / 2 + 4, f"{n}", colour, "middle"))
    size = cell * len(names)
    parts.append(f'<rect class="line" x="{left:g}" y="{top:g}" width="{size:g}" height="{size:g}"/>')
    parts.append(draw_text(left + size / 2, 14, x_title, "", "middle"))
    parts.append(_draw_y_title(y_title, top + size / 2))
    return wrap_svg(max(left + size + 60, 420), top + size + 8, title, "".join(parts), alone=False)


def draw_reliability(title: str, bins: Sequence[tuple[float, float, int]]) -> str:
    """A reliability diagram over a histogram.

    A bin is its mean probability, the share of its words that is right, and their number. On the dashed line,
    probability and share are equal.
    """
    left, size = 64.0, 280.0
    frame = Frame(
        Axis("mean probability of the words in a bin", 0, 1),
        Axis("share of these words that is right", 0, 1),
        left, size, size,
    )  # fmt: skip
    diagonal = f'<path class="mark" stroke-dasharray="4 4" d="M{left:g} {TOP + size:g}L{left + size:g} {TOP:g}"/>'
    points = [(frame.place_x(probability), frame.place_y(right)) for probability, right, n in bins if n]
    curve = f'<path class="l0" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'
    parts = [_draw_frame(frame), diagonal, curve, *(_draw_marker(0, x, y) for x, y in points)]
    top, height = TOP + size + 58, 70.0
    parts.append(_draw_histogram([n for *_, n in bins], left, top, size, height))
    return wrap_svg(420, top + height + 30, title, "".join(parts), alone=False)


def _draw_histogram(counts: Sequence[int], left: float, top: float, width: float, height: float) -> str:
    """The number of words in each bin of probability."""
    step, most = width / len(counts), max(counts) or 1
    parts = []
    for i, n in enumerate(counts):
        bar = height * n / most
        place = f'x="{left + step * i + 1:.1f}" y="{top + height - bar:.1f}"'
        parts.append(f'<rect class="f0" {place} width="{step - 2:.1f}" height="{bar:.1f}"/>')
        parts.append(draw_text(left + step * (i + 0.5), top + height - bar - 4, f"{n}", "faint", "middle"))
    parts.append(f'<path class="line" d="M{left:g} {top + height:g}h{width:g}"/>')
    title = "words in each bin of probability, 0 to 1"
    parts.append(draw_text(left + width / 2, top + height + 20, title, "", "middle"))
    return "".join(parts)

"""Charts as SVG text: lines, bars, a matrix of counts, a reliability diagram; `svg.style` and `STYLE` colour them.

Series differ by colour, dash and marker; colours are those of Okabe and Ito, made for colour-blind readers.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .svg import document, label, level, number

STYLE = (
    ":root{--c0:#0072b2;--c1:#c04a00;--c2:#007a5a;--c3:#a8558a}"
    "@media screen and (prefers-color-scheme:dark){:root{--c0:#56b4e9;--c1:#f0994a;--c2:#3fc49a;--c3:#e3a0c8}}"
    "svg .on{fill:var(--paper)}svg .over{fill:var(--ink)}"
    + "".join(f".l{i}{{stroke:var(--c{i});fill:none;stroke-width:2}}.f{i}{{fill:var(--c{i})}}" for i in range(4))
)
DASHES = ("", "7 3", "2 3", "9 3 2 3")
Points = Sequence[tuple[float, float]]


class Axis(NamedTuple):
    """What an axis says, and which values lie at its ends."""

    title: str
    low: float
    high: float


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round values from `low` to `high`, about `n` of them."""
    rough = (high - low) / n or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [round(step * i, 12) for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _frame(x: Axis, y: Axis, width: float, height: float, left: float, bottom: float) -> str:
    """Axes with grid lines, round values and titles, around a plot of the given size whose origin is (left, 14)."""
    parts = [f'<rect class="line" x="{left:g}" y="14" width="{width:g}" height="{height:g}"/>']
    for value in ticks(y.low, y.high):
        at = 14 + height * (1 - (value - y.low) / (y.high - y.low))
        parts.append(f'<path class="line" d="M{left:g} {at:g}h{width:g}"/>')
        parts.append(label(left - 6, at + 4, number(value), "faint", "end"))
    for value in ticks(x.low, x.high):
        at = left + width * (value - x.low) / ((x.high - x.low) or 1)
        parts.append(f'<path class="line" d="M{at:g} {14 + height:g}v4"/>')
        parts.append(label(at, 14 + height + 17, number(value), "faint", "middle"))
    parts.append(label(left + width / 2, 14 + height + bottom - 6, x.title, "", "middle"))
    turned = label(0, 0, y.title, "", "middle")
    parts.append(f'<g transform="translate(14 {14 + height / 2:g}) rotate(-90)">{turned}</g>')
    return "".join(parts)


def lines(title: str, series: Mapping[str, Points], x_title: str, y_title: str, *, zero: bool = False) -> str:
    """Up to four series over a common x; several are named at their ends. `zero` begins the y axis at 0."""
    xs, ys = zip(*(point for points in series.values() for point in points), strict=True)
    low, high = (0.0 if zero else min(ys)), max(ys)
    pad = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    x = Axis(x_title, min(xs), max(*xs, min(xs) + 1))
    y = Axis(y_title, low if zero else low - pad, high + pad)
    left, width, height = 70.0, 300.0 if len(series) > 1 else 400.0, 200.0
    drawn, ends = [_frame(x, y, width, height, left, 42)], []
    for i, (name, points) in enumerate(series.items()):
        places = [
            (left + width * (a - x.low) / (x.high - x.low), 14 + height * (1 - (b - y.low) / (y.high - y.low)))
            for a, b in points
        ]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        drawn.append(f'<path class="l{i}" stroke-dasharray="{DASHES[i]}" d="M{path}"/>')
        if len(places) <= 40:
            drawn += [_marker(i, a, b) for a, b in places]
        ends.append((places[-1][1], i, name))
    ends = sorted(ends) if len(series) > 1 else []
    for at, (_, i, name) in zip(_apart(ends), ends, strict=True):
        drawn.append(f'<path class="l{i}" stroke-dasharray="{DASHES[i]}" d="M{left + width + 6:g} {at:g}h18"/>')
        drawn.append(_marker(i, left + width + 15, at) + label(left + width + 29, at + 4, name))
    return document(500, 270, title, "".join(drawn), alone=False)


def _marker(i: int, x: float, y: float) -> str:
    if i == 0:
        return f'<circle class="f0" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>'
    shape = ("M-2.6-2.6h5.2v5.2h-5.2z", "M0-3.4L3.2 2.6h-6.4z", "M0-3.6L3.6 0 0 3.6-3.6 0z")[i - 1]
    return f'<path class="f{i}" transform="translate({x:.1f} {y:.1f})" d="{shape}"/>'


def _apart(ends: Sequence[tuple[float, int, str]], least: float = 17.0, lowest: float = 216.0) -> list[float]:
    """Heights for names near the ends of their lines, in order, none over another."""
    places: list[float] = []
    for y, *_ in ends:
        places.append(max(y, places[-1] + least) if places else y)
    over = max(0.0, *places, lowest) - lowest
    return [place - over for place in places]


def bars(title: str, rows: Sequence[tuple[str, float, str]], x_title: str) -> str:
    """A horizontal bar per row from 0 to 1, its name before and a note behind it."""
    left, width, high = 110.0, 220.0, 22.0
    height = high * len(rows)
    drawn = []
    for value in ticks(0, 1):
        at = left + width * value
        drawn.append(f'<path class="line" d="M{at:g} 4V{8 + height:g}"/>')
        drawn.append(label(at, 22 + height, f"{100 * value:g}", "faint", "middle"))
    for i, (name, value, note) in enumerate(rows):
        y = 6 + high * i
        drawn.append(f'<rect class="f0" x="{left:g}" y="{y + 3:g}" width="{width * value:.1f}" height="{high - 8:g}"/>')
        drawn.append(label(left - 8, y + 14, name, "", "end") + label(left + width + 8, y + 14, note, "faint"))
    drawn.append(label(left + width / 2, 42 + height, x_title, "", "middle"))
    return document(500, 50 + height, title, "".join(drawn), alone=False)


def matrix(title: str, names: Sequence[str], counts: NDArray[np.int64], x_title: str, y_title: str) -> str:
    """Counts `[row, column]`, coloured by their share of the row; 0 is left empty."""
    cell, left, top = 34.0, 96.0, 84.0
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    levels = level(np.sqrt(share), "s")  # of the root, so that rare confusions are seen
    drawn = []
    for i, name in enumerate(names):
        at = cell * (i + 0.5) + 4
        drawn.append(label(left - 6, top + at, name, "", "end"))
        drawn.append(f'<g transform="translate({left + at:g} {top - 6:g}) rotate(-60)">{label(0, 0, name)}</g>')
    for (row, column), n in np.ndenumerate(counts):
        if n:
            x, y = left + cell * column, top + cell * row
            tone = int(levels[row, column])
            drawn.append(f'<rect class="s{tone}" x="{x:g}" y="{y:g}" width="{cell:g}" height="{cell:g}"/>')
            drawn.append(label(x + cell / 2, y + cell / 2 + 4, f"{n}", "on" if tone > 5 else "over", "middle"))
    size = cell * len(names)
    drawn.append(f'<rect class="line" x="{left:g}" y="{top:g}" width="{size:g}" height="{size:g}"/>')
    drawn.append(label(left + size / 2, 14, x_title, "", "middle"))
    turned = label(0, 0, y_title, "", "middle")
    drawn.append(f'<g transform="translate(14 {top + size / 2:g}) rotate(-90)">{turned}</g>')
    return document(max(left + size + 60, 420), top + size + 8, title, "".join(drawn), alone=False)


def reliability(title: str, bins: Sequence[tuple[float, float, int]]) -> str:
    """Mean probability, share that is right and number of words of each bin, beside the line where both are equal."""
    left, size, below = 64.0, 280.0, 70.0
    axes = Axis("mean probability of the words in a bin", 0, 1), Axis("share of these words that is right", 0, 1)
    diagonal = f'<path class="mark" stroke-dasharray="4 4" d="M{left:g} {14 + size:g}L{left + size:g} 14"/>'
    drawn = [_frame(*axes, size, size, left, 42), diagonal]
    points = [(left + size * p, 14 + size * (1 - right)) for p, right, n in bins if n]
    drawn.append(f'<path class="l0" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>')
    drawn += [_marker(0, x, y) for x, y in points]
    top, most = 14 + size + 58, max([n for *_, n in bins] or [1]) or 1
    step = size / len(bins)
    for i, (_, _, n) in enumerate(bins):
        high = below * n / most
        drawn.append(
            f'<rect class="f0" x="{left + step * i + 1:.1f}" y="{top + below - high:.1f}" width="{step - 2:.1f}" '
            f'height="{high:.1f}"/>'
        )
        drawn.append(label(left + step * (i + 0.5), top + below - high - 4, f"{n}", "faint", "middle"))
    drawn.append(f'<path class="line" d="M{left:g} {top + below:g}h{size:g}"/>')
    drawn.append(label(left + size / 2, top + below + 20, "words in each bin of probability, 0 to 1", "", "middle"))
    return document(420, top + below + 30, title, "".join(drawn), alone=False)

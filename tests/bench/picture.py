"""Curves as an SVG, light and dark: throughput and latency over the number of callers."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Curve(NamedTuple):
    """One measurement: texts a request, callers, characters a second, p50, p95 and p99 in milliseconds."""

    n_texts: int
    callers: int
    chars: float
    times: tuple[float, ...]


WIDTH, LEFT, TOP, PLOT_W, PLOT_H, ROW = 860, 70, 40, 320, 220, 310
COLOURS = ("#2f6fd0", "#e08a1e", "#c0392b")


def draw(measured: Sequence[Curve], *, is_by_cpu: bool = False) -> str:
    """Two columns (texts a request), two rows (throughput, latency), or one if the characters are per second of CPU."""
    unit = "k characters per second of CPU" if is_by_cpu else "k characters/s"
    height = ROW if is_by_cpu else 2 * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        "<style>text{fill:#333;font-size:13px}.grid{stroke:#ddd}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}}</style>",
    ]
    for column, n_texts in enumerate(sorted({curve.n_texts for curve in measured})):
        curves = [curve for curve in measured if curve.n_texts == n_texts]
        name = f"{n_texts} sentence{'s' if n_texts > 1 else ''} a request"
        left = LEFT + column * (PLOT_W + 90)
        callers = [curve.callers for curve in curves]
        throughput = [(unit, [curve.chars / 1e3 for curve in curves])]
        parts += _plot(left, TOP, name, callers, throughput, log=False)
        latency = [
            (label, [curve.times[i] for curve in curves]) for i, label in enumerate(("p50 ms", "p95 ms", "p99 ms"))
        ]
        if not is_by_cpu:
            parts += _plot(left, TOP + ROW, name + ": latency", callers, latency, log=True)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _plot(
    left: float, top: float, title: str, xs: Sequence[int], lines: Sequence[tuple[str, Sequence[float]]], *, log: bool
) -> list[str]:
    highest = max(max(values) for _, values in lines)
    lowest = min(min(values) for _, values in lines) if log else 0.0
    bottom = 10 ** math.floor(math.log10(lowest)) if log else 0.0
    ceiling = 10 ** math.ceil(math.log10(highest)) if log else highest * 1.1
    x_of: Callable[[float], float] = lambda x: left + PLOT_W * math.log2(x / xs[0]) / math.log2(xs[-1] / xs[0])  # noqa: E731

    def y_of(y: float) -> float:
        share = math.log10(y / bottom) / math.log10(ceiling / bottom) if log else y / ceiling
        return top + PLOT_H * (1 - share)

    step = 10 ** math.floor(math.log10(ceiling / 2)) if not log else 0.0
    ticks = [bottom * 10**i for i in range(round(math.log10(ceiling / bottom)) + 1)] if log else []
    while not log and len(ticks) * step <= ceiling:
        ticks.append(len(ticks) * step)
    parts = [f'<text x="{left}" y="{top - 12}" font-weight="bold">{title}</text>']
    for tick in ticks:
        y = y_of(tick)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + PLOT_W}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts += [f'<text x="{x_of(x):.1f}" y="{top + PLOT_H + 18}" text-anchor="middle">{x}</text>' for x in xs]
    parts.append(f'<text x="{left + PLOT_W / 2}" y="{top + PLOT_H + 36}" text-anchor="middle">callers</text>')
    for (_, values), colour in zip(lines, COLOURS, strict=False):
        points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in zip(xs, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    for i, ((label, _), colour) in enumerate(zip(lines, COLOURS, strict=False)):
        parts.append(
            f'<text x="{left + PLOT_W}" y="{top - 12 + 15 * i}" text-anchor="end" style="fill:{colour}">{label}</text>'
        )
    return parts

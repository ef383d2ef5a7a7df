"""The parts of pictures as SVG text: palettes for light and dark, coloured cells, texts, and the document around them.

Colours are classes, so that a picture follows the reader's theme. A palette has a kind: `s` (sequential, `s0` … `s10`
for 0 to 1) or `d` (diverging, `d0` … `d10` from negative, orange, to positive, blue). Lightness alone distinguishes the
levels on each side.
"""

import unicodedata
from html import escape

import numpy as np
from numpy.typing import NDArray

LEVELS = 11
FONT = 'system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
# The colours of a palette at evenly spaced places; the others are interpolated.
_STOPS = {
    ("s", "light"): "f4f2ec a9c8e4 3f7fbf 0b2a5c",
    ("s", "dark"): "1c1f26 1f4f86 5a9bdc e8f3ff",
    ("d", "light"): "7a2f00 e79a4d f4f2ec 6aa6d6 0b3470",
    ("d", "dark"): "ffc58a b0651f 1c1f26 2a6cb3 a9d5ff",
}
_INK = {
    "light": {"ink": "#1d2129", "faint": "#5b6372", "line": "#d9d6cd", "paper": "#fbfaf7", "mark": "#1d2129"},
    "dark": {"ink": "#eceef2", "faint": "#a3abba", "line": "#353a45", "paper": "#14161b", "mark": "#ffffff"},
}


def palette(kind: str, theme: str) -> list[str]:
    """The colours of the levels, as `#rrggbb`; `kind` is s or d, `theme` light or dark."""
    # shape: [n_stops, 3]
    stops = np.array([[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in _STOPS[kind, theme].split()])
    places = np.linspace(0, len(stops) - 1, LEVELS)
    channels = [np.interp(places, np.arange(len(stops)), channel).round().astype(int) for channel in stops.T]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(*channels, strict=True)]


def theme_variables(theme: str) -> str:
    """The custom properties of a theme: `--ink`, `--faint`, `--line`, `--paper`, `--mark`, `--s0` …, `--d0` …"""
    levels = {f"{kind}{i}": colour for kind in "sd" for i, colour in enumerate(palette(kind, theme))}
    return "".join(f"--{name}:{colour};" for name, colour in {**_INK[theme], **levels}.items())


def style_sheet() -> str:
    """The style sheet that pictures need, for both themes."""
    levels = "".join(f".{kind}{i}{{fill:var(--{kind}{i})}}" for kind in "sd" for i in range(LEVELS))
    light, dark = theme_variables("light"), theme_variables("dark")
    return (
        f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"svg text{{fill:var(--ink);font:12px {FONT}}}svg text.faint{{fill:var(--faint);font-size:11px}}"
        "svg text.title{font-size:13px;font-weight:600}.paper{fill:var(--paper)}"
        f".line{{stroke:var(--line);fill:none}}.mark{{stroke:var(--mark);fill:none}}{levels}"
    )


def to_levels(values: NDArray[np.float64], kind: str, largest: float = 1.0) -> NDArray[np.int64]:
    """The level of each value on a scale from 0 (kind s) or from `-largest` (kind d) to `largest`."""
    share = values / (largest or 1.0)
    share = share if kind == "s" else (share + 1) / 2
    return np.rint(np.clip(share, 0, 1) * (LEVELS - 1)).astype(np.int64)


def draw_text(x: float, y: float, text: str, css_class: str = "", anchor: str = "start") -> str:
    """A text whose baseline has its start, middle or end (`anchor`) at a point."""
    named = f' class="{css_class}"' if css_class else ""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}"{named}{placed}>{escape(text)}</text>'


def draw_cells(x: float, y: float, cell: tuple[float, float], levels: NDArray[np.int64], kind: str) -> str:
    """A grid of cells of a size in pixels, coloured by `levels [rows, columns]`; a cell of -1 stays empty.

    Equal neighbours in a row are drawn as one rectangle.
    """
    paths: dict[int, list[str]] = {}
    for row, values in enumerate(levels.tolist()):
        start = 0
        for end in range(1, len(values) + 1):
            if end == len(values) or values[end] != values[start]:
                paths.setdefault(values[start], []).append(f"M{start} {row}h{end - start}v1h{start - end}z")
                start = end
    drawn = "".join(
        f'<path class="{kind}{level}" d="{"".join(paths[level])}"/>' for level in sorted(paths) if level >= 0
    )
    n_rows, n_columns = levels.shape
    return (
        f'<g transform="translate({x:g} {y:g}) scale({cell[0]:g} {cell[1]:g})" shape-rendering="crispEdges">{drawn}</g>'
        f'<rect class="line" x="{x:g}" y="{y:g}" width="{n_columns * cell[0]:g}" height="{n_rows * cell[1]:g}"/>'
    )


def draw_scale(x: float, y: float, kind: str, largest: float, width: float = 110) -> str:
    """A colour bar with the values at its ends and in its middle."""
    bar = draw_cells(x, y, (width / LEVELS, 9), np.arange(LEVELS)[None], kind)
    ends = (0.0, largest / 2, largest) if kind == "s" else (-largest, 0.0, largest)
    anchors = ("start", "middle", "end")
    return bar + "".join(
        draw_text(x + width * k / 2, y + 21, format_number(value), "faint", anchor)
        for k, (value, anchor) in enumerate(zip(ends, anchors, strict=True))
    )


def format_number(value: float) -> str:
    """A value in three digits, or from 1000 on as a whole number, with a minus sign instead of a hyphen."""
    return (f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}").replace("-", "−")


def wrap_svg(width: float, height: float, title: str, parts: str, *, alone: bool = True) -> str:
    """An SVG element with a title for screen readers. `alone`: with style and background, for a file of its own."""
    head = f'<style>{style_sheet()}</style><rect class="paper" width="{width:g}" height="{height:g}"/>' if alone else ""
    size = f' width="{width:g}" height="{height:g}"' if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"{size} role="img" '
        f'aria-label="{escape(title)}">{head}{parts}</svg>'
    )


def make_visible(char: str) -> str:
    """A character as it can be printed: symbols for spaces and controls, combining marks on a dotted circle."""
    category = unicodedata.category(char)
    if category.startswith("Z") or char == "\t":
        return "␣"
    if category == "Cc":
        return chr(0x2400 + ord(char)) if ord(char) < 32 else "␡"
    if category.startswith("C"):
        return "\ufffd"
    return f"◌{char}" if category.startswith("M") else char

"""Pictures as SVG text: palettes for light and dark, heat maps, and the words of them.

Colours are classes, so that the same picture follows the reader's theme: `s0` … `s10` for 0 to 1, `d0` … `d10` for
negative (orange) over none to positive (blue). Lightness alone tells the steps of each side apart.
"""

import unicodedata
from html import escape

import numpy as np
from numpy.typing import NDArray

LEVELS = 11
FONT = 'system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
# Stops of the palettes, evenly spaced.
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
    stops = np.array([[int(stop[at : at + 2], 16) for at in (0, 2, 4)] for stop in _STOPS[kind, theme].split()])
    places = np.linspace(0, len(stops) - 1, LEVELS)
    channels = [np.interp(places, np.arange(len(stops)), channel).round().astype(int) for channel in stops.T]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(*channels, strict=True)]


def variables(theme: str) -> str:
    """Custom properties of a theme: `--ink`, `--faint`, `--line`, `--paper`, `--mark`, `--s0` …, `--d0` …"""
    levels = {f"{kind}{i}": colour for kind in "sd" for i, colour in enumerate(palette(kind, theme))}
    return "".join(f"--{name}:{colour};" for name, colour in {**_INK[theme], **levels}.items())


def style() -> str:
    """The style sheet that pictures need, for both themes."""
    levels = "".join(f".{kind}{i}{{fill:var(--{kind}{i})}}" for kind in "sd" for i in range(LEVELS))
    return (
        f":root{{{variables('light')}}}@media screen and (prefers-color-scheme:dark){{:root{{{variables('dark')}}}}}"
        f"svg text{{fill:var(--ink);font:12px {FONT}}}svg text.faint{{fill:var(--faint);font-size:11px}}"
        "svg text.title{font-size:13px;font-weight:600}.paper{fill:var(--paper)}"
        f".line{{stroke:var(--line);fill:none}}.mark{{stroke:var(--mark);fill:none}}{levels}"
    )


def level(values: NDArray[np.float64], kind: str, largest: float = 1.0) -> NDArray[np.int64]:
    """The level of each value: of 0 to `largest` for `s`, of `-largest` to `largest` for `d`."""
    share = values / (largest or 1.0)
    share = share if kind == "s" else (share + 1) / 2
    return np.rint(np.clip(share, 0, 1) * (LEVELS - 1)).astype(np.int64)


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """Text at a point of its baseline; `kind` is a class, `anchor` start, middle or end."""
    named = f' class="{kind}"' if kind else ""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}"{named}{placed}>{escape(text)}</text>'


def heat(x: float, y: float, cell: tuple[float, float], levels: NDArray[np.int64], kind: str) -> str:
    """Cells of a size in pixels, `levels [rows, columns]`, -1 for none; equal neighbours in a row are drawn as one."""
    paths: dict[int, list[str]] = {}
    for row, values in enumerate(levels.tolist()):
        start = 0
        for at in range(1, len(values) + 1):
            if at == len(values) or values[at] != values[start]:
                paths.setdefault(values[start], []).append(f"M{start} {row}h{at - start}v1h{start - at}z")
                start = at
    drawn = "".join(f'<path class="{kind}{at}" d="{"".join(paths[at])}"/>' for at in sorted(paths) if at >= 0)
    n_rows, n_columns = levels.shape
    return (
        f'<g transform="translate({x:g} {y:g}) scale({cell[0]:g} {cell[1]:g})" shape-rendering="crispEdges">{drawn}</g>'
        f'<rect class="line" x="{x:g}" y="{y:g}" width="{n_columns * cell[0]:g}" height="{n_rows * cell[1]:g}"/>'
    )


def scale(x: float, y: float, kind: str, largest: float, width: float = 110) -> str:
    """A colour bar with the values at its ends and in its middle."""
    bar = heat(x, y, (width / LEVELS, 9), np.arange(LEVELS)[None], kind)
    ends = (0.0, largest / 2, largest) if kind == "s" else (-largest, 0.0, largest)
    anchors = ("start", "middle", "end")
    return bar + "".join(
        label(x + width * k / 2, y + 21, number(value), "faint", anchor)
        for k, (value, anchor) in enumerate(zip(ends, anchors, strict=True))
    )


def number(value: float) -> str:
    """A value in three digits, or as a whole number from 1000 on, with a true minus."""
    return (f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}").replace("-", "−")


def document(width: float, height: float, title: str, parts: str, *, alone: bool = True) -> str:
    """An SVG element with a title for readers who do not see it; `alone`, as a file, it brings style and background."""
    head = f'<style>{style()}</style><rect class="paper" width="{width:g}" height="{height:g}"/>' if alone else ""
    size = f' width="{width:g}" height="{height:g}"' if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"{size} role="img" '
        f'aria-label="{escape(title)}">{head}{parts}</svg>'
    )


def visible(char: str) -> str:
    """A character as it can be printed anywhere: spaces and controls as signs, marks on a ring."""
    category = unicodedata.category(char)
    if category.startswith("Z") or char == "\t":
        return "␣"
    if category == "Cc":
        return chr(0x2400 + ord(char)) if ord(char) < 32 else "␡"
    if category.startswith("C"):
        return "\ufffd"
    return f"◌{char}" if category.startswith("M") else char

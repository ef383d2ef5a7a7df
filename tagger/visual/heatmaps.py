"""An inspection as one SVG picture: words and their probabilities, scores and the path, gates and states."""

import numpy as np
from numpy.typing import NDArray

from ..inspection.cells import Array
from ..inspection.inspector import Inspection, most_active
from .svg import document, heat, label, level, number, scale, visible

CELL = 22.0  # width of a character's column
LEFT = 92.0  # room for the names of rows
GAP = 40.0
HEADED = 300.0  # least room for the heading of a direction
SIGNED = ("candidate", "cell", "hidden")
TITLES = {
    "forget": "forget gate", "input": "input gate", "output": "output gate", "update": "update gate",
    "reset": "reset gate", "candidate": "candidate", "cell": "cell state", "hidden": "hidden state",
}  # fmt: skip
N_TAGS = 16


def kind_of(name: str, values: Array) -> tuple[str, float]:
    """The palette of a gate or state, and the largest value of its scale: 1, or what is reached if that is more."""
    return ("d" if name in SIGNED else "s"), max(1.0, float(np.abs(values).max()))


def nearest(inspection: Inspection, n: int = N_TAGS) -> NDArray[np.intp]:
    """The `n` columns of scores that come closest to being some character's best, those of the path among them."""
    scores = inspection.scores
    finite = np.where(np.isfinite(scores), scores, -1e9)
    behind = (finite.max(1, keepdims=True) - finite).min(0)
    behind[list(inspection.taken)] = -1
    return np.sort(np.argsort(behind, kind="stable")[: max(n, int((behind < 0).sum()))])


def largest_score(inspection: Inspection) -> float:
    finite = inspection.scores[np.isfinite(inspection.scores)]
    return float(np.abs(finite).max()) if len(finite) else 1.0


def draw(inspection: Inspection, layer: int, units: int) -> str:
    """The picture of one layer (from 0) with at most `units` units of each direction (0: all), the liveliest ones."""
    wide = max(LEFT + CELL * len(inspection.text) + GAP, HEADED)
    directions = inspection.layers[layer].directions
    width = max(wide * len(directions), wide + 220, 520)
    text = "".join(map(visible, inspection.text))
    parts, y = [label(16, 28, f"“{text}”", "title")], 44.0
    drawn, y = _words(inspection, y)
    parts.append(drawn)
    drawn, y = _scores(inspection, y)
    parts.append(drawn)
    bottom = y
    for at, (direction, steps) in enumerate(directions.items()):
        shown, below, x = most_active(steps, units), y + 17, at * wide
        operator, n = inspection.layers[layer].operator, steps["hidden"].shape[1]
        parts.append(label(x + 16, y, f"Layer {layer + 1} of {len(inspection.layers)}, {direction}", "title"))
        parts.append(label(x + 16, below, f"{operator}: {len(shown)} of {n} units"))
        for name, values in steps.items():
            drawn, below = _map(inspection, x, below, name, values[:, shown], shown)
            parts.append(drawn)
        bottom = max(bottom, below)
    return document(width, bottom + 4, f"What the net computes for {text}", "".join(parts))


def _characters(inspection: Inspection, x: float, y: float) -> str:
    return "".join(
        label(x + CELL * (i + 0.5), y, visible(char), anchor="middle") for i, char in enumerate(inspection.text)
    )


def _words(inspection: Inspection, y: float) -> tuple[str, float]:
    """Words as brackets under their characters, with tag and probability; every second one lower, to have room."""
    parts = [label(16, y + 14, "characters", "faint"), _characters(inspection, LEFT, y + 14)]
    parts += [label(16, y + 36, "word: tag,", "faint"), label(16, y + 50, "probability", "faint")]
    for k, ((_, pos, start, end), p) in enumerate(zip(inspection.words, inspection.probabilities, strict=True)):
        a, b, low = LEFT + CELL * start + 2, LEFT + CELL * end - 2, y + 36 + 32 * (k % 2)
        parts.append(f'<path class="mark" d="M{a:g} {y + 19:g}v4H{b:g}v-4M{(a + b) / 2:g} {y + 23:g}V{low - 10:g}"/>')
        parts.append(label((a + b) / 2, low, pos or "word", "faint", "middle"))
        parts.append(label((a + b) / 2, low + 13, f"{100 * p:.0f} %", "faint", "middle"))
    return "".join(parts), y + 112


def _scores(inspection: Inspection, y: float) -> tuple[str, float]:
    shown, largest, high = nearest(inspection), largest_score(inspection), 13.0
    scores = inspection.scores[:, shown].T
    levels = np.where(np.isfinite(scores), level(np.nan_to_num(scores, neginf=0.0), "d", largest), -1)
    title = f"Scores per tag (log units); outlined: the Viterbi path; {len(shown)} of {len(inspection.columns)} rows"
    parts = [label(16, y, title, "title"), _characters(inspection, LEFT, y + 20)]
    y += 26
    parts.append(heat(LEFT, y, (CELL, high), levels, "d"))
    parts += [
        label(LEFT - 6, y + high * row + 10, inspection.columns[column], "faint", "end")
        for row, column in enumerate(shown.tolist())
    ]
    for i, row in enumerate(np.searchsorted(shown, inspection.taken).tolist()):
        place = f'x="{LEFT + CELL * i + 1:g}" y="{y + high * row + 1:g}"'
        parts.append(f'<rect class="mark" stroke-width="2" {place} width="{CELL - 2:g}" height="{high - 2:g}"/>')
    parts.append(scale(LEFT + CELL * len(inspection.text) + 16, y, "d", largest))
    return "".join(parts), y + high * len(shown) + 36


def _map(
    inspection: Inspection, x: float, y: float, name: str, values: Array, shown: NDArray[np.intp]
) -> tuple[str, float]:
    """One gate or state, `values [time, units]` of the units `shown`: time to the right, a row per unit."""
    kind, largest = kind_of(name, values)
    high = 10.0 if len(shown) <= 32 else 5.0
    left = x + LEFT
    span = f"−{number(largest)} to {number(largest)}" if kind == "d" else f"0 to {number(largest)}"
    parts = [label(left, y + 22, f"{TITLES[name]}, {span}"), _characters(inspection, left, y + 40)]
    y += 46
    parts.append(heat(left, y, (CELL, high), level(values.T, kind, largest), kind))
    step = 1 if high >= 10 else 8
    parts += [
        label(left - 6, y + high * row + 9, f"unit {unit}", "faint", "end")
        for row, unit in enumerate(shown.tolist())
        if row % step == 0
    ]
    parts.append(scale(left, y + high * len(shown) + 6, kind, largest))
    return "".join(parts), y + high * len(shown) + 36

"""An inspection as one SVG picture: words with their probabilities, scores with the Viterbi path, gates and states; of
a classifier its labels and what moved the decision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..tagging.inspection.cells import Array
from ..tagging.inspection.classification import ClassifierInspection
from ..tagging.inspection.inspector import Inspection
from ..tagging.inspection.states import Layer, most_active
from .svg import draw_cells, draw_scale, draw_text, format_number, make_visible, to_levels, wrap_svg

CELL = 22.0  # width of a character's column
LEFT = 92.0  # width of the column of row names
GAP = 40.0  # between the directions of a layer
MIN_WIDTH = 300.0  # of a direction, for its heading
SIGNED = ("candidate", "cell", "hidden")  # states that may be negative
TITLES = {
    "forget": "forget gate", "input": "input gate", "output": "output gate", "update": "update gate",
    "reset": "reset gate", "candidate": "candidate", "cell": "cell state", "hidden": "hidden state",
}  # fmt: skip
N_TAGS = 16  # rows of scores
N_LABELS = 5  # labels of a classifier that are shown


def choose_scale(name: str, values: Array) -> tuple[str, float]:
    """The palette for the values of a gate or state, and the largest value of its scale, which is 1 or more."""
    return ("d" if name in SIGNED else "s"), max(1.0, float(np.abs(values).max()))


def choose_columns(inspection: Inspection, n: int = N_TAGS) -> NDArray[np.intp]:
    """The `n` columns of scores that come closest to the best score of some character, in their order.

    The columns of the Viterbi path are always among them, even when they are more than `n`.
    """
    scores = np.where(np.isfinite(inspection.scores), inspection.scores, -1e9)
    distance = (scores.max(1, keepdims=True) - scores).min(0)  # shape: [n_scores]
    distance[list(inspection.path_columns)] = -1
    return np.sort(np.argsort(distance, kind="stable")[: max(n, int((distance < 0).sum()))])


def find_largest_score(inspection: Inspection) -> float:
    """The largest absolute score; 1 if all are minus infinity."""
    finite = inspection.scores[np.isfinite(inspection.scores)]
    return float(np.abs(finite).max()) if len(finite) else 1.0


def draw_inspection(inspection: Inspection, layer: int, n_units: int) -> str:
    """The picture of one layer (from 0), with the `n_units` most active units of each direction (0: all units)."""
    words, y = _draw_words(inspection, 44.0)
    scores, y = _draw_scores(inspection, y)
    return _draw_page(inspection.text, inspection.names, words + scores, inspection.layers, layer, n_units, y)


def draw_classification(inspection: ClassifierInspection, layer: int, n_units: int) -> str:
    """The same of a classifier's inspection: labels with their probabilities, how much each character or word raises
    that of the first one, and one layer."""
    label, names, y = inspection.labels[0][0], inspection.names, 48.0
    parts = []
    for name, probability in inspection.labels[:N_LABELS]:
        parts.append(draw_text(16, y, f"{''.join(map(make_visible, name))}: {100 * probability:.1f} %"))
        y += 17
    y += 14
    title = f"How much each {inspection.unit} raises the probability of {''.join(map(make_visible, label))}"
    parts += [draw_text(16, y, title, "title"), _draw_names(names, LEFT, y + 20)]
    largest = find_largest_move(inspection)
    levels = to_levels(inspection.moved[None], "d", largest)
    parts += [draw_cells(LEFT, y + 26, (cell_width(names), 14.0), levels, "d"), draw_scale(LEFT, y + 46, "d", largest)]
    return _draw_page(inspection.text, names, "".join(parts), inspection.layers, layer, n_units, y + 104)


def find_largest_move(inspection: ClassifierInspection) -> float:
    """The largest change of a probability by what is left out; at least a thousandth."""
    return max(1e-3, float(np.abs(inspection.moved).max()))


def cell_width(names: Sequence[str]) -> float:
    """The width of a column that has a name above it."""
    longest = max(map(len, names))
    return CELL if longest == 1 else 8.0 * longest + 10


def _draw_page(
    text: str, names: Sequence[str], above: str, layers: Sequence[Layer], layer: int, n_units: int, y: float
) -> str:
    """A picture of what stands above `y`, and below it the directions of a layer side by side."""
    direction_width = max(LEFT + cell_width(names) * len(names) + GAP, MIN_WIDTH)
    directions, text = layers[layer].directions, "".join(map(make_visible, text))
    width = max(direction_width * len(directions), direction_width + 220, 520)
    parts, bottom = [draw_text(16, 28, f"“{text}”", "title"), above], y
    for index, direction in enumerate(directions):
        drawn, end = _draw_direction(names, layers, layer, direction, n_units, index * direction_width, y)
        parts.append(drawn)
        bottom = max(bottom, end)
    return wrap_svg(width, bottom + 4, f"What the net computes for {text}", "".join(parts))


def _draw_direction(
    names: Sequence[str], layers: Sequence[Layer], layer: int, direction: str, n_units: int, x: float, y: float
) -> tuple[str, float]:
    """The gates and states of one direction below `y`, and where they end."""
    operator, directions = layers[layer]
    steps = directions[direction]
    units, n_all = most_active(steps, n_units), steps["hidden"].shape[1]
    parts = [
        draw_text(x + 16, y, f"Layer {layer + 1} of {len(layers)}, {direction}", "title"),
        draw_text(x + 16, y + 17, f"{operator}: {len(units)} of {n_all} units"),
    ]
    y += 17
    for name, values in steps.items():
        drawn, y = _draw_map(names, x, y, name, values[:, units], units)
        parts.append(drawn)
    return "".join(parts), y


def _draw_names(names: Sequence[str], x: float, y: float) -> str:
    width = cell_width(names)
    return "".join(
        draw_text(x + width * (i + 0.5), y, "".join(map(make_visible, name)), anchor="middle")
        for i, name in enumerate(names)
    )


def _draw_words(inspection: Inspection, y: float) -> tuple[str, float]:
    """Words as brackets under their characters, with tag and probability, and where they end.

    The labels of every second word are lower, so that labels do not overlap.
    """
    parts = [draw_text(16, y + 14, "characters", "faint"), _draw_names(inspection.names, LEFT, y + 14)]
    heading = "entity: type," if inspection.are_entities else "word: tag,"
    parts += [draw_text(16, y + 36, heading, "faint"), draw_text(16, y + 50, "probability", "faint")]
    for i, (word, probability) in enumerate(zip(inspection.words, inspection.probabilities, strict=True)):
        left, right, low = LEFT + CELL * word.start + 2, LEFT + CELL * word.end - 2, y + 36 + 32 * (i % 2)
        middle = (left + right) / 2
        bracket = f"M{left:g} {y + 19:g}v4H{right:g}v-4M{middle:g} {y + 23:g}V{low - 10:g}"
        parts.append(f'<path class="mark" d="{bracket}"/>')
        parts.append(draw_text(middle, low, word.pos or "word", "faint", "middle"))
        parts.append(draw_text(middle, low + 13, f"{100 * probability:.0f} %", "faint", "middle"))
    return "".join(parts), y + 112


def _draw_scores(inspection: Inspection, y: float) -> tuple[str, float]:
    """The scores of the chosen columns, a row for each, with the Viterbi path outlined, and where they end."""
    columns, largest, row_height = choose_columns(inspection), find_largest_score(inspection), 13.0
    scores = inspection.scores[:, columns].T  # shape: [rows, time]
    levels = np.where(np.isfinite(scores), to_levels(np.nan_to_num(scores, neginf=0.0), "d", largest), -1)
    n_all = len(inspection.columns)
    title = f"Scores per tag (log units); outlined: the Viterbi path; {len(columns)} of {n_all} rows"
    parts = [draw_text(16, y, title, "title"), _draw_names(inspection.names, LEFT, y + 20)]
    y += 26
    parts.append(draw_cells(LEFT, y, (CELL, row_height), levels, "d"))
    parts += [
        draw_text(LEFT - 6, y + row_height * row + 10, inspection.columns[column], "faint", "end")
        for row, column in enumerate(columns.tolist())
    ]
    for i, row in enumerate(np.searchsorted(columns, inspection.path_columns).tolist()):
        place = f'x="{LEFT + CELL * i + 1:g}" y="{y + row_height * row + 1:g}"'
        parts.append(f'<rect class="mark" stroke-width="2" {place} width="{CELL - 2:g}" height="{row_height - 2:g}"/>')
    parts.append(draw_scale(LEFT + CELL * len(inspection.text) + 16, y, "d", largest))
    return "".join(parts), y + row_height * len(columns) + 36


def _draw_map(
    names: Sequence[str], x: float, y: float, name: str, values: Array, units: NDArray[np.intp]
) -> tuple[str, float]:
    """One gate or state, `values [time, units]`, with a row for each unit, and where it ends."""
    kind, largest = choose_scale(name, values)
    row_height, step = (10.0, 1) if len(units) <= 32 else (5.0, 8)
    left = x + LEFT
    span = f"−{format_number(largest)} to {format_number(largest)}" if kind == "d" else f"0 to {format_number(largest)}"
    parts = [draw_text(left, y + 22, f"{TITLES[name]}, {span}"), _draw_names(names, left, y + 40)]
    y += 46
    parts.append(draw_cells(left, y, (cell_width(names), row_height), to_levels(values.T, kind, largest), kind))
    parts += [
        draw_text(left - 6, y + row_height * row + 9, f"unit {unit}", "faint", "end")
        for row, unit in enumerate(units.tolist())
        if row % step == 0
    ]
    parts.append(draw_scale(left, y + row_height * len(units) + 6, kind, largest))
    return "".join(parts), y + row_height * len(units) + 36

"""`tagger inspect -m NAME.onnx "句子"`: what the net computes for a sentence, on the terminal or as SVG."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import cli
from .errors import InputError
from .extras import needed_for
from .files.atomic import publishing
from .files.output import file_to_write
from .modelfile import shipped
from .modelfile.classifier import ClassifierModel
from .modelfile.session import open_file
from .modelfile.shipped import find
from .tagging.classifier import Classifier
from .tagging.inspection.cells import Array
from .tagging.inspection.classification import ClassifierInspection, ClassifierInspector
from .tagging.inspection.inspector import Inspection, Inspector
from .tagging.inspection.states import Layer, most_active
from .text.presegment import NO_PRESEGMENTATION
from .usage import whole_number
from .visual.heatmaps import (
    N_LABELS,
    TITLES,
    choose_columns,
    choose_scale,
    draw_classification,
    draw_inspection,
    find_largest_move,
    find_largest_score,
)
from .visual.svg import format_number, make_visible, palette, to_levels

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

NAMES = 10  # columns for the names of rows


def parser() -> cli.Parser:
    p = cli.parser(
        "inspect",
        "Show what the net of a tagger computes for a sentence: words with their probabilities, the score of each tag "
        "at each character, and the gates and states of a recurrent layer in each direction. Of a classifier: the "
        "labels, how much each character or word moved the decision, and gates and states. A character model "
        "(next_char) has no model file to look into.",
    )
    p.takes_words = True  # a text is any words
    p.add_argument("text", metavar="TEXT", help="a sentence of at most 256 characters; - reads a line of stdin")
    p.add_argument(
        "-m", "--model", metavar="NAME", help=f"a model file, or a model of the package (default: {shipped.DEFAULT})"
    )
    p.add_argument(
        "-o",
        "--output",
        type=file_to_write,
        metavar="FILE.svg",
        help="a picture for light and dark, whose name is printed; default: the terminal",
    )
    p.add_argument("--layer", type=whole_number(), metavar="N", help="which recurrent layer, from 1; default: the last")
    p.add_argument(
        "--units",
        type=whole_number(0),
        default=12,
        metavar="N",
        help="the N units that vary most; 0: all; default %(default)s",
    )
    cli.add_no_presegment(p)
    return p


def show(inspection: Inspection, layer: int, units: int, console: "Console") -> None:
    """Print an inspection; every cell holds its value as a figure too, so that colours are no condition."""
    for part in _parts(inspection, layer, units, console.width):
        console.print(part)


def show_classification(inspection: ClassifierInspection, layer: int, units: int, console: "Console") -> None:
    """The same of a classifier's inspection."""
    for part in _classifier_parts(inspection, layer, units, console.width):
        console.print(part)


def _classifier_parts(
    inspection: ClassifierInspection, layer: int, units: int, width: int
) -> Iterator["RenderableType"]:
    from rich.table import Table
    from rich.text import Text

    labels = Table("label", "probability", title="Labels", title_justify="left")
    for label, p in inspection.labels[:N_LABELS]:
        labels.add_row(Text("".join(map(make_visible, label))), f"{p:.3f} {'█' * round(20 * p)}")
    yield labels
    largest = find_largest_move(inspection)
    first, scale = "".join(map(make_visible, inspection.labels[0][0])), format_number(largest)
    yield Text(f"\nHow much each {inspection.unit} raises the probability of {first}, in tenths of {scale}", "bold")
    yield from _heat(inspection.names, ["raises"], inspection.moved[None], ("d", largest), width)
    yield from _layer_parts(inspection.names, inspection.layers, layer, units, width)


def _parts(inspection: Inspection, layer: int, units: int, width: int) -> Iterator["RenderableType"]:
    from rich.table import Table
    from rich.text import Text

    title, *names = ("Entities", "entity", "type") if inspection.are_entities else ("Words", "word", "tag")
    words = Table(*names, "path", "probability", title=title, title_justify="left")
    for word, p in zip(inspection.words, inspection.probabilities, strict=True):
        path = " ".join(inspection.path[word.start : word.end])
        form = "".join(map(make_visible, word.form))
        words.add_row(Text(form), word.pos or "-", path, f"{p:.3f} {'█' * round(20 * p)}")
    yield words
    shown, largest = choose_columns(inspection), find_largest_score(inspection)
    yield Text(f"\nScores per tag, in tenths of {format_number(largest)}; underlined: the Viterbi path", "bold")
    marks = shown[:, None] == np.array(inspection.path_columns)
    names = [inspection.columns[column] for column in shown]
    yield from _heat(inspection.names, names, inspection.scores[:, shown].T, ("d", largest), width, marks)
    yield from _layer_parts(inspection.names, inspection.layers, layer, units, width)


def _layer_parts(names: Sequence[str], layers: Sequence[Layer], layer: int, units: int, width: int) -> Iterator["Text"]:
    """The gates and states of a layer in each direction, with a column for each name."""
    from rich.text import Text

    operator, directions = layers[layer]
    for direction, steps in directions.items():
        chosen = most_active(steps, units)
        head = f"Layer {layer + 1} of {len(layers)}, {operator}, {direction}"
        yield Text(f"\n{head}: {len(chosen)} of {steps['hidden'].shape[1]} units", "bold")
        for name, values in steps.items():
            scale = choose_scale(name, values[:, chosen])
            yield Text(f"{TITLES[name]}, in tenths of {format_number(scale[1])}")
            yield from _heat(names, [f"unit {unit}" for unit in chosen], values[:, chosen].T, scale, width)


def _heat(
    columns: Sequence[str],
    names: Sequence[str],
    values: Array,
    scale: tuple[str, float],
    width: int,
    marks: NDArray[np.bool_] | None = None,
) -> Iterator["Text"]:
    """Rows `values [rows, columns]`, a character in two columns of the terminal and a word in as many as it needs, in
    as many parts as the terminal's width makes."""
    from rich.cells import cell_len, set_cell_size
    from rich.style import Style
    from rich.text import Text

    kind, largest = scale
    colours = palette(kind, "light")
    styles = [
        Style(bgcolor=colour, color="#ffffff" if dark else "#000000")
        for colour, dark in zip(colours, map(_is_dark, colours), strict=True)
    ]
    levels = to_levels(np.nan_to_num(values, neginf=0.0), kind, largest)
    heads = ["".join(map(make_visible, column)) for column in columns]
    column_width = 2 if max(map(len, columns)) == 1 else max(map(cell_len, heads)) + 1
    per_part = max(1, (width - NAMES - 1) // column_width)
    for start in range(0, len(heads), per_part):
        part = heads[start : start + per_part]
        yield Text(" " * NAMES + "".join(set_cell_size(head, column_width) for head in part), no_wrap=True)
        for row, name in enumerate(names):
            line = Text(f"{name[: NAMES - 1]:>{NAMES - 1}} ", no_wrap=True)
            for at in range(start, start + len(part)):
                value = values[row, at]
                marked = Style(underline=True, bold=True) if marks is not None and marks[row, at] else Style()
                tenths = " ·" if value == -np.inf else f"{int(np.clip(10 * value / largest, -9, 9)):2}"
                line.append(f"{tenths:{column_width}}", styles[levels[row, at]] + marked)
            yield line


def _is_dark(colour: str) -> bool:
    r, g, b = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * r + 0.587 * g + 0.114 * b < 140


def _read_line() -> str:
    """The first line of stdin; a note says where a file has more. A pipe is not asked: it may stay open."""
    line = sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.seekable() and sys.stdin.readline():
        print("note: only the first line of stdin is shown", file=sys.stderr)
    return line


def inspect(options: argparse.Namespace) -> None:
    """All that the command line asks for. Raises TaggerError, and OSError when the file cannot be written."""
    if options.output and not options.output.endswith(".svg"):
        raise InputError(f"expected an output that ends in .svg, got {options.output}; name it FILE.svg")
    text = _read_line() if options.text == "-" else options.text
    if len(text) < 60 and Path(text).is_file():
        print(f"note: {text} is a file, but its name is shown; tagger inspect - < {text} takes a line", file=sys.stderr)
    inspection = _inspect(options, text)
    n_layers = len(inspection.layers)
    layer = n_layers if options.layer is None else options.layer
    if not 1 <= layer <= n_layers:
        has = "1 layer" if n_layers == 1 else f"{n_layers} layers"
        raise InputError(f"expected --layer of 1 to {n_layers}, got {layer}; this net has {has}")
    if options.output:
        with publishing(options.output) as temporary:
            if isinstance(inspection, ClassifierInspection):
                drawn = draw_classification(inspection, layer - 1, options.units)
            else:
                drawn = draw_inspection(inspection, layer - 1, options.units)
            temporary.write_text(drawn, encoding="utf-8")
        print(options.output)
        return
    with needed_for("the terminal", ", or give -o FILE.svg"):
        from rich.console import Console
    if isinstance(inspection, ClassifierInspection):
        show_classification(inspection, layer - 1, options.units, Console())
    else:
        show(inspection, layer - 1, options.units, Console())


def _inspect(options: argparse.Namespace, text: str) -> Inspection | ClassifierInspection:
    """What the model computes for the text. Raises TaggerError."""
    path = find(options.model)
    file = open_file(path)
    if file.metadata.kind == "classifier":
        return ClassifierInspector(Classifier(ClassifierModel.of(file, path)), path)(text)
    return Inspector.open(path, presegmenter=NO_PRESEGMENTATION if options.no_presegment else None)(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: inspect(options), output=options.output)


if __name__ == "__main__":
    sys.exit(main())

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
from .tagging.inspection.cells import Array
from .tagging.inspection.inspector import Inspection, Inspector, most_active
from .text.presegment import NO_PRESEGMENTATION
from .visual.heatmaps import TITLES, choose_columns, choose_scale, draw_inspection, find_largest_score
from .visual.svg import format_number, make_visible, palette, to_levels

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

NAMES = 10  # columns for the names of rows


def parser() -> cli.Parser:
    p = cli.parser(
        "inspect",
        "Show what the net computes for a sentence: words with their probabilities, the score of each tag at each "
        "character, and the gates and states of a recurrent layer in each direction.",
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
    p.add_argument("--layer", type=int, metavar="N", help="which recurrent layer, from 1; default: the last")
    p.add_argument(
        "--units", type=int, default=12, metavar="N", help="the N units that vary most; 0: all; default %(default)s"
    )
    cli.add_no_presegment(p)
    return p


def show(inspection: Inspection, layer: int, units: int, console: "Console") -> None:
    """Print an inspection; every cell holds its value as a figure too, so that colours are no condition."""
    for part in _parts(inspection, layer, units, console.width):
        console.print(part)


def _parts(inspection: Inspection, layer: int, units: int, width: int) -> Iterator["RenderableType"]:
    from rich.table import Table
    from rich.text import Text

    words = Table("word", "tag", "path", "probability", title="Words", title_justify="left")
    for word, p in zip(inspection.words, inspection.probabilities, strict=True):
        path = " ".join(inspection.path[word.start : word.end])
        form = "".join(map(make_visible, word.form))
        words.add_row(Text(form), word.pos or "-", path, f"{p:.3f} {'█' * round(20 * p)}")
    yield words
    shown, largest = choose_columns(inspection), find_largest_score(inspection)
    yield Text(f"\nScores per tag, in tenths of {format_number(largest)}; underlined: the Viterbi path", "bold")
    marks = shown[:, None] == np.array(inspection.path_columns)
    names = [inspection.columns[column] for column in shown]
    yield from _heat(inspection.text, names, inspection.scores[:, shown].T, ("d", largest), width, marks)
    operator, directions = inspection.layers[layer]
    for direction, steps in directions.items():
        chosen = most_active(steps, units)
        head = f"Layer {layer + 1} of {len(inspection.layers)}, {operator}, {direction}"
        yield Text(f"\n{head}: {len(chosen)} of {steps['hidden'].shape[1]} units", "bold")
        for name, values in steps.items():
            scale = choose_scale(name, values[:, chosen])
            yield Text(f"{TITLES[name]}, in tenths of {format_number(scale[1])}")
            yield from _heat(inspection.text, [f"unit {unit}" for unit in chosen], values[:, chosen].T, scale, width)


def _heat(
    text: str,
    names: Sequence[str],
    values: Array,
    scale: tuple[str, float],
    width: int,
    marks: NDArray[np.bool_] | None = None,
) -> Iterator["Text"]:
    """Rows `values [rows, characters]` in two columns a character, in as many parts as the terminal's width makes."""
    from rich.cells import set_cell_size
    from rich.style import Style
    from rich.text import Text

    kind, largest = scale
    colours = palette(kind, "light")
    styles = [
        Style(bgcolor=colour, color="#ffffff" if dark else "#000000")
        for colour, dark in zip(colours, map(_is_dark, colours), strict=True)
    ]
    levels = to_levels(np.nan_to_num(values, neginf=0.0), kind, largest)
    per_part = max(1, (width - NAMES - 1) // 2)
    for start in range(0, len(text), per_part):
        chars = text[start : start + per_part]
        yield Text(" " * NAMES + "".join(set_cell_size(make_visible(char), 2) for char in chars), no_wrap=True)
        for row, name in enumerate(names):
            line = Text(f"{name[: NAMES - 1]:>{NAMES - 1}} ", no_wrap=True)
            for at in range(start, start + len(chars)):
                value = values[row, at]
                marked = Style(underline=True, bold=True) if marks is not None and marks[row, at] else Style()
                tenths = " ·" if value == -np.inf else f"{int(np.clip(10 * value / largest, -9, 9)):2}"
                line.append(tenths, styles[levels[row, at]] + marked)
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
    if options.units < 0:
        raise InputError(f"expected --units of 0 or more, got {options.units}")
    text = _read_line() if options.text == "-" else options.text
    if len(text) < 60 and Path(text).is_file():
        print(f"note: {text} is a file, but its name is shown; tagger inspect - < {text} takes a line", file=sys.stderr)
    inspector = Inspector.open(options.model, presegmenter=NO_PRESEGMENTATION if options.no_presegment else None)
    inspection = inspector(text)
    n_layers = len(inspection.layers)
    layer = n_layers if options.layer is None else options.layer
    if not 1 <= layer <= n_layers:
        has = "1 layer" if n_layers == 1 else f"{n_layers} layers"
        raise InputError(f"expected --layer of 1 to {n_layers}, got {layer}; this net has {has}")
    if options.output:
        with publishing(options.output) as temporary:
            temporary.write_text(draw_inspection(inspection, layer - 1, options.units), encoding="utf-8")
        print(options.output)
        return
    with needed_for("the terminal", ", or give -o FILE.svg"):
        from rich.console import Console
    show(inspection, layer - 1, options.units, Console())


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse(arguments)
    return cli.run(lambda: inspect(options), output=options.output)


if __name__ == "__main__":
    sys.exit(main())

"""Learning curves: F1 over the number of training sentences, of runs that differ in `data.share`."""

from collections.abc import Mapping, Sequence

from .comparison import SHARE, Net, Row, spread

# Of each question the curves by name, and of each curve its runs by their number of sentences, in rising order.
Curves = Mapping[str, Mapping[str, Mapping[int, Sequence[Row]]]]


def learning_curves(nets: Sequence[Net], rows: Sequence[Row]) -> Curves:
    """The curves of the questions whose nets were trained on several shares of a corpus."""
    found: dict[str, dict[str, dict[int, list[Row]]]] = {}
    for net in nets:
        runs = [row for row in rows if row.label == net.label and not row.error]
        if runs and SHARE in net.settings:
            found.setdefault(net.question, {}).setdefault(net.series, {})[runs[0].sentences] = runs
    return {
        question: {name: dict(sorted(points.items())) for name, points in curves.items()}
        for question, curves in found.items()
        if any(len(points) > 1 for points in curves.values())
    }


def tables_of(curves: Curves) -> dict[str, Sequence[Sequence[str]]]:
    """A table for each question, under its title."""
    return {f"{question}: F1 over the size of the corpus": table_of(of) for question, of in curves.items()}


def table_of(curves: Mapping[str, Mapping[int, Sequence[Row]]]) -> list[list[str]]:
    """A header, then a line for each size: word F1, and joint F1 after a slash, of every curve."""
    sizes = sorted({size for points in curves.values() for size in points})
    lines = [[f"{size:,}", *(_scores(points.get(size, ())) for points in curves.values())] for size in sizes]
    return [["sentences", *curves], *lines]


def _scores(rows: Sequence[Row]) -> str:
    word, joint = (spread((getattr(row, name) for row in rows), 100, 2) for name in ("word_f1", "joint_f1"))
    return word if joint == "–" else f"{word} / {joint}"

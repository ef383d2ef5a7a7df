"""Nets to compare as settings, their figures as rows, and tables of these."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from statistics import fmean, median
from typing import Any

from ..errors import TaggerError

CELL_NAMES = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn_tanh": "simple, tanh",
    "rnn_relu": "simple, relu",
    "lstm_no_forget": "LSTM without forget gate",
}
CLIP = "trainer.gradient_clip_val"
SHARE, INIT = "data.share", "init"
SIZES = ("net.encoder.cell", "net.encoder.bidirectional", "net.encoder.hidden_sizes")


@dataclass(frozen=True)
class Net:
    """A net to train: the question that it answers, its name in words, and its settings by dotted name.

    `series` is the name of the learning curve that it is a point of: its own without the size of the corpus.
    """

    question: str
    label: str
    settings: Mapping[str, Any]
    series: str = ""

    @property
    def folder(self) -> str:
        return re.sub(r"[^a-z0-9.]+", "-", self.label.lower()).strip("-")


@dataclass(frozen=True)
class Row:
    """What one net with one seed came to: F1 of 0 to 1 on dev at its best epoch, that epoch and how many there were (0
    where an earlier version trained it), the number of training sentences, CPU seconds per epoch on one thread,
    characters tagged per CPU second by its model file (None where not measured).

    A net whose training failed has its `error`, and no figures.
    """

    label: str
    seed: int
    settings: Mapping[str, Any]
    clip: float | None = None
    parameters: int = 0
    encoder_parameters: int = 0
    word_f1: float | None = None
    joint_f1: float | None = None
    cpu_seconds: float = 0.0
    characters_per_second: float | None = None
    f1_by_epoch: Sequence[float] = ()
    gradient_norms: Sequence[float] = ()
    error: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    sentences: int = 0
    best_epoch: int = 0
    epochs: int = 0

    @property
    def still_improving(self) -> bool:
        """Whether the last scoring on dev was the best: more epochs may bring more. False where `epochs` is 0."""
        return self.epochs > 0 and self.f1_by_epoch.index(max(self.f1_by_epoch)) == len(self.f1_by_epoch) - 1

    @property
    def f1(self) -> float | None:
        """Joint F1 where there are tags, else that of words."""
        return self.word_f1 if self.joint_f1 is None else self.joint_f1


def cell_name(cell: str) -> str:
    plain = cell.removeprefix("reference_")
    return CELL_NAMES.get(plain, plain) + (", step by step" if plain != cell else "")


def label(settings: Mapping[str, Any], common: Mapping[str, Any], difference: str = "") -> str:
    """A net in words: cell, direction and sizes, or what it begins from, then its other settings, or `difference` in
    their place.

    `common` holds the settings of all nets, by the same dotted names.
    """
    origin = settings.get(INIT, common.get(INIT))
    cell, bidirectional, sizes = (settings.get(name, common[name]) for name in SIZES)
    shape = [cell_name(cell), "both directions" if bidirectional else "forwards only", "-".join(map(str, sizes))]
    parts = [f"from {origin}"] if origin else shape
    others = [
        _in_words(name, value)
        for name, value in settings.items()
        if name != INIT and (origin or name not in SIZES) and (name, value) not in common.items()
    ]
    return ", ".join(parts + ([difference] if difference else others))


def _in_words(name: str, value: Any) -> str:
    if name == CLIP and value is None:
        return "no clipping"
    if name == SHARE:
        return f"{100 * value:g} % of the sentences" if value <= 1 else f"{value:,} sentences"
    return f"{name.rpartition('.')[2].replace('_', ' ')} {value}"


def expand(lines: Sequence[Any], common: Mapping[str, Any]) -> list[Net]:
    """The nets of every line: all combinations of the values of its settings.

    A line's `question` is what its nets answer, and its `name` says in words what its settings mean. Raises
    TaggerError for a line of another form, and without nets.
    """
    nets = []
    for line in lines:
        settings = {k: v for k, v in line.items() if k not in ("question", "name")} if isinstance(line, dict) else {}
        if not settings or not all(isinstance(values, list) and values for values in settings.values()):
            raise TaggerError(
                f"expected each line of nets to give some settings a list of values each, got {line}; "
                "write for example {question: Cells, net.encoder.cell: [lstm, gru]}"
            )
        for values in product(*settings.values()):
            chosen = dict(zip(settings, values, strict=True))
            others = {name: value for name, value in chosen.items() if name != SHARE}
            said, series = (label(part, common, line.get("name", "")) for part in (chosen, others))
            nets.append(Net(line.get("question", "Nets"), said, chosen, series))
    if not nets:
        raise TaggerError("expected at least one net to compare, got none; give nets=[{net.encoder.cell: [lstm, gru]}]")
    return nets


def spread(values: Iterable[float | None], scale: float = 1.0, digits: int = 1) -> str:
    """Mean, and lowest to highest where there are several: `88.1 (87.9–88.3)`; a dash for nothing."""
    known = [scale * value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{fmean(known):,.{digits}f}"
    return mean if len(known) == 1 else f"{mean} ({min(known):,.{digits}f}–{max(known):,.{digits}f})"


HEADER = (
    "net", "joint F1", "word F1", "best epoch", "parameters", "recurrent", "s/epoch", "characters/s", "norm", "largest",
    "clipped",
)  # fmt: skip
LEGEND = (
    "F1 in % on dev at the best epoch, the mean of the seeds (lowest–highest); the best epoch, and of how many; "
    "parameters of the whole net and of its recurrent layers; CPU seconds on one thread, of the training steps of an "
    "epoch; characters tagged per CPU second with the model file; norm of the gradient before clipping, median and "
    "largest, and the share of steps clipped."
)


def cells_of(rows: Sequence[Row]) -> list[str]:
    """One line of the table, under `HEADER`: the runs of one net, which differ in their seed."""
    done = [row for row in rows if not row.error]
    failed = f" ({len(rows) - len(done)} of {len(rows)} runs failed)" if len(done) < len(rows) else ""
    if not done:
        return [rows[0].label + failed, *["–"] * (len(HEADER) - 1)]
    norms = [norm for row in done for norm in row.gradient_norms]
    clip = done[0].clip
    clipped = sum(norm > clip for norm in norms) / len(norms) if clip and norms else None
    return [
        rows[0].label + failed,
        spread((row.joint_f1 for row in done), 100),
        spread((row.word_f1 for row in done), 100),
        _epochs(done),
        f"{done[0].parameters:,}",
        f"{done[0].encoder_parameters:,}",
        f"{fmean(row.cpu_seconds for row in done):.1f}",
        spread([row.characters_per_second for row in done if row.characters_per_second][:1], digits=0),
        f"{median(norms):.2f}" if norms else "–",
        f"{max(norms):.1f}" if norms else "–",
        "–" if clipped is None else f"{clipped:.0%}",
    ]


def _epochs(rows: Sequence[Row]) -> str:
    """`5 of 6`, of several seeds `4–6 of 6`, and whether a net was still improving."""
    best, epochs = (_range([getattr(row, name) for row in rows]) for name in ("best_epoch", "epochs"))
    improving = ", train longer" if any(row.still_improving for row in rows) else ""
    return f"{best} of {epochs}{improving}" if all(row.epochs for row in rows) else "–"


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"


Groups = Mapping[str, Sequence[Sequence[Row]]]


def grouped(nets: Sequence[Net], rows: Sequence[Row]) -> dict[str, list[list[Row]]]:
    """Questions, their nets in order, and of each net the runs there are; nets without any are left out."""
    groups: dict[str, list[list[Row]]] = {}
    for net in nets:
        if runs := [row for row in rows if row.label == net.label]:
            groups.setdefault(net.question, []).append(runs)
    return groups


def markdown(groups: Groups) -> str:
    """A table for each question."""
    parts = []
    for question, nets in groups.items():
        parts += [f"### {question}", "", markdown_table([HEADER, *map(cells_of, nets)]), ""]
    return "\n".join([*parts, LEGEND, ""])


def markdown_table(lines: Sequence[Sequence[str]]) -> str:
    """A table, of whose lines the first is the header."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], ["---"] * len(lines[0]), *lines[1:]))


def to_csv(rows: Sequence[Row]) -> str:
    """A line per net and seed, without the series."""
    names = [name for name in Row.__dataclass_fields__ if name not in ("config", "f1_by_epoch", "gradient_norms")]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return out.getvalue()

"""Series of numbers: rows of a table in time, of which one column is to be foretold."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError

MADE_COLUMNS = ("sum", "slow", "middle", "fast", "noise")


class Series(NamedTuple):
    """The names of the columns, and their values `[time, columns]`."""

    columns: tuple[str, ...]
    values: NDArray[np.float64]


class Scale(NamedTuple):
    """The mean and the deviation of each column of a series, and which column is foretold."""

    means: Sequence[float]
    deviations: Sequence[float]
    target: int


def made_series(n_rows: int, *, seed: int = 0) -> Series:
    """Three waves of different periods, noise, and a sum of three terms: the slow wave a quarter of its period late,
    the product of the other two waves, and the noise."""
    time = np.arange(n_rows)
    slow, middle, fast = (np.sin(2 * np.pi * time / period) for period in (50, 17, 7))
    noise = np.random.default_rng(seed).normal(scale=0.1, size=n_rows)
    total = np.sin(2 * np.pi * (time - 12) / 50) + middle * fast + noise
    return Series(MADE_COLUMNS, np.stack([total, slow, middle, fast, noise], 1))


@dataclass(frozen=True)
class SeriesCorpus:
    """A table of numbers below `root`, .csv with a line of names, whose column `target` is foretold; without `train`
    the made series.

    The last `dev_share` of the rows are dev. Raises CorpusError for another share than one between 0 and 1.
    """

    train: str | Path | None = None
    root: str | Path = ""
    target: str = MADE_COLUMNS[0]
    dev_share: float = 0.2
    name: str = ""
    licence: str = ""
    made_rows: int = 1000

    def __post_init__(self) -> None:
        if not 0 < self.dev_share < 1:
            raise CorpusError(f"expected data.dev_share between 0 and 1, got {self.dev_share}")

    @property
    def task(self) -> str:
        return "regression"

    def read(self) -> Series:
        """The table. Raises CorpusError for what is none, and for one without the target."""
        series = read_table(Path(self.root, self.train)) if self.train else made_series(self.made_rows)
        if self.target not in series.columns:
            raise CorpusError(
                f"expected data.target to be one of {', '.join(series.columns)}, got {self.target!r}; choose one"
            )
        return series


def read_table(path: Path) -> Series:
    """The numbers of a .csv file. Raises CorpusError with the line that has others."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: expected a .csv table, cannot read it ({error}); correct data.train") from error
    names = tuple(rows[0]) if rows else ()
    values = []
    for number, row in enumerate(rows[1:], 2):
        try:
            values.append([float(field) for field in row])
        except ValueError:
            values.append([])
        if len(values[-1]) != len(names) or not np.isfinite(values[-1]).all():
            raise CorpusError(f"{path}:{number}: expected {len(names)} finite numbers, got {','.join(row)[:80]!r}")
    if not values:
        raise CorpusError(f"{path}: expected a line of names and lines of numbers, got none; give another file")
    return Series(names, np.array(values))

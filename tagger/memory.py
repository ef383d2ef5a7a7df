"""`tagger memory [KEY=VALUE…]`: measures over which distance a recurrent cell remembers a symbol."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig

SETTINGS = {
    "cells=[lstm,gru]": "the cells to compare",
    "distances=[1,10,100]": "steps between a symbol and its recall",
    "trained=N": "the longest distance in training",
    "steps=N": "training steps",
    "seeds=[1,2,3]": "train each cell so many times",
    "threads=N": "threads of torch, 1: several only slow such small nets down",
    "plots=false": "the table alone, without pictures",
    "output=FOLDER": "where memory.csv and the pictures go",
}


def parser() -> cli.Parser:
    return cli.experiment_parser(
        "memory",
        "Train small recurrent nets to recall the first symbol of a sequence, and report how many they recall over\n"
        "longer and longer distances.",
        SETTINGS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = cli.experiment_options(parser(), arguments)

    def task(cfg: "DictConfig") -> None:
        cli.announce_loading()
        from .experiment.memory import memory

        memory(cfg)

    def body() -> None:
        from .experiment.composition import run

        run(task, "memory", options)

    return cli.run(body)


if __name__ == "__main__":
    sys.exit(main())

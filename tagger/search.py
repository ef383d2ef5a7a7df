"""`tagger search [KEY=VALUE…]`: looks for the settings that train the best net, with Optuna."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig

SETTINGS = {
    "space=[{optimizer.lr: {low: 1e-4, high: 1e-2, log: true}}]": "ranges of numbers to search, by setting",
    "space=[{net.encoder.cell: [lstm, gru]}]": "values to choose from",
    "trials=N": "how many nets to train in all",
    "data=NAME trainer.max_epochs=N …": "what is common to all nets: the settings of tagger train",
    "hydra.run.dir=FOLDER": "where the study goes; the same command continues it",
}


def parser() -> cli.Parser:
    return cli.experiment_parser(
        "search",
        "Look for the settings that train the best net on a corpus: Optuna draws them, trials that are worse than\n"
        "the others end early, and one that fails does not end the search.",
        SETTINGS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = cli.experiment_options(parser(), arguments)

    def task(cfg: "DictConfig") -> None:
        cli.announce_loading()
        from .experiment.search import search

        search(cfg)

    def body() -> None:
        from .experiment.composition import run

        run(task, "search", options)

    return cli.run(body, resume="run the same command again to continue", phrase=cli.in_settings)


if __name__ == "__main__":
    sys.exit(main())

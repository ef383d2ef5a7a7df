"""`tagger compare [KEY=VALUE…]`: trains nets that differ in a few settings, and puts them side by side."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig

SETTINGS = {
    "nets=[{net.encoder.cell: [lstm, gru]}]": "what the nets differ in: all combinations of each line's values",
    "seeds=[1,2,3]": "train each net so many times",
    "study=NAME": "a comparison of conf/study",
    "plots=false": "tables alone, without pictures",
    "data=NAME trainer.max_epochs=N …": "what is common to all nets: the settings of tagger train",
    "hydra.run.dir=FOLDER": "where it all goes; what is done there is not done again",
}


def parser() -> cli.Parser:
    return cli.experiment_parser(
        "compare",
        "Train nets that differ in a few settings on one corpus, with the same batches, epochs and optimizer, and\n"
        "write tables and pictures of their scores, sizes, times and gradients.",
        SETTINGS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = cli.experiment_options(parser(), arguments)

    def task(cfg: "DictConfig") -> None:
        cli.announce_loading()
        from .experiment.comparison import compare

        compare(cfg)

    def body() -> None:
        from .experiment.composition import run

        run(task, "compare", options)

    return cli.run(body, resume="run the same command again to continue", phrase=cli.in_settings)


if __name__ == "__main__":
    sys.exit(main())

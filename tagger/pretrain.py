"""`tagger pretrain [KEY=VALUE…]`: learns vectors or a language model from raw text, to begin training with."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig

SETTINGS = {
    "pretrain=vectors": "vectors of characters and bigrams (skip-gram)",
    "pretrain=words": "vectors of words, in languages that write spaces",
    "pretrain=lm": "a bidirectional language model, which begins with pretrain.vectors=FILE",
    "raw=FOLDER": "the raw text: .txt files, compressed or not",
    "encoding=NAME": "what the raw text is in, as gb18030; utf-8 unless given",
    "held_out=[FILE,…]": "corpora whose sentences must not be seen; [] for none",
    "output=FILE.npz": "the result; train with data.vectors=FILE.npz",
}


def parser() -> cli.Parser:
    return cli.experiment_parser(
        "pretrain",
        "Learn from raw text: vectors of characters and bigrams, or a language model that also gives the first\n"
        "recurrent layer of a tagger. A run that was stopped continues when the same command is run again.",
        SETTINGS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = cli.experiment_options(parser(), arguments)

    def task(cfg: "DictConfig") -> None:
        cli.announce_loading()
        from .experiment.pretraining import pretrain

        pretrain(cfg)

    def body() -> None:
        from .experiment.composition import run

        run(task, "pretrain", options)

    return cli.run(body, resume="run the same command again to continue")


if __name__ == "__main__":
    sys.exit(main())

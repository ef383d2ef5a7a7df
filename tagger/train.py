"""`tagger train [KEY=VALUE…]`: trains a net on a corpus, and exports the best checkpoint as a model file."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig

SETTINGS = {
    "data=NAME": "the corpus: data=files for your own words, data=labelled, data=text, …",
    "data.train=FILE data.dev=FILE": "with data=files: your own corpus; data.dev_share=0.1 holds dev out of train",
    "data.test=FILE": "scored once, at the end",
    "net=NAME head=NAME": "the net and its head; head=none where the net has its own",
    "net.encoder.hidden_sizes=[256,256]": "a recurrent layer for each size",
    "net.encoder.cell=NAME": "lstm, gru, rnn_tanh, rnn_relu (simple nets) or lstm_no_forget",
    "net.encoder.cell=reference_NAME": "the same step by step: reference_lstm, _gru, _rnn_tanh, _rnn_relu",
    "optimizer.lr=NUMBER": "the learning rate",
    "trainer=NAME": "cpu, gpu or ddp (several processes)",
    "trainer.max_epochs=N": "the longest training; it ends earlier without a better dev score (patience=N)",
    "trainer.gradient_clip_val=NUMBER": "the longest gradient, 1.0; null for no clipping",
    "threads=N": "threads of torch; without it 1 for a small net, else at most 4",
    "experiment=NAME": "a recipe of conf/experiment, with its data and net",
    "init=zh-base": "begin from a trained net (fine-tuning): a shipped model, NAME.onnx, or RUN/best.ckpt",
    "resume=RUN": "continue the run in this folder, or from a last.ckpt or interrupted.ckpt in it",
    "hydra.run.dir=FOLDER": "where checkpoints, logs and the model file go: a new folder",
}


def parser() -> cli.Parser:
    return cli.experiment_parser(
        "train",
        "Train a net on a corpus. Data, net, system and trainer are built from configurations in conf/.",
        SETTINGS,
        groups=("experiment", "data", "net", "head"),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = cli.experiment_options(parser(), arguments)

    def task(cfg: "DictConfig") -> float:
        from .experiment.run_folder import check_unused

        if not cfg.resume:
            check_unused(Path(cfg.run))
        cli.announce_loading()
        from .experiment.training import train

        return train(cfg)

    def body() -> None:
        from .experiment.composition import run
        from .experiment.run_folder import with_folder

        if not (options.cfg or options.info or options.multirun):
            options.overrides = with_folder(options.overrides)
        run(task, "train", options)

    return cli.run(body, phrase=cli.in_settings)


if __name__ == "__main__":
    sys.exit(main())

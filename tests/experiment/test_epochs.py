"""What training logs: a line for each epoch, a closing block, on stderr and in train.log."""

import logging
import sys
from itertools import count
from pathlib import Path
from typing import Any

import lightning
import pytest
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.demos.boring_classes import BoringModel

from tagger.experiment.console import StderrHandler
from tagger.experiment.epochs import EpochLog, described


@pytest.mark.parametrize(
    ("monitor", "value", "wanted"),
    [
        ("val/joint_f1", 0.81204, "dev joint F1 81.20"),
        ("val/mean_word_f1", 1.0, "dev mean word F1 100.00"),
        ("val/gsd/word_f1", 0.5, "dev gsd word F1 50.00"),
        ("val/accuracy", 0.755, "dev accuracy 75.50"),
        ("val/perplexity", 48.6421, "dev perplexity 48.64"),
    ],
)
def test_a_score_as_tables_show_it(monitor: str, value: float, wanted: str) -> None:
    assert described(monitor, value) == wanted


def test_lines_go_where_stderr_is_at_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = StderrHandler()
    for name in ("first", "second"):
        with (tmp_path / name).open("w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stderr", stream)
            handler.handle(logging.makeLogRecord({"msg": f"第 {name}"}))
        assert (tmp_path / name).read_text(encoding="utf-8") == f"第 {name}\n"


def logged(
    folder: Path, caplog: pytest.LogCaptureFixture, callbacks: list[Callback], *, max_epochs: int, n_scored: int
) -> list[str]:
    """What training logs with epochs of ten batches, after each of which `n_scored` batches of dev are scored."""
    caplog.set_level("INFO", "tagger")
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=max_epochs,
        limit_train_batches=10,
        limit_val_batches=n_scored,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        callbacks=callbacks,
    )
    trainer.fit(BoringModel())
    return [record.message for record in caplog.records if record.name.startswith("tagger")]


def test_a_long_epoch_has_lines_within(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seconds = count(0, 25)  # each time that the clock is read
    epochs = EpochLog("val/loss", "min", now=lambda: next(seconds))
    assert logged(tmp_path, caplog, [epochs], max_epochs=1, n_scored=0) == [
        "epoch 1: 3 of 10 batches in 1 min 15 s, 2 min 55 s left",
        "epoch 1: 6 of 10 batches in 2 min 30 s, 1 min 40 s left",
        "epoch 1 of 1, 4 min 35 s",
    ]


class Clock(Callback):
    """Ten seconds a batch, forty to score dev, and fifty from one epoch to the next."""

    seconds = 0.0

    def on_train_batch_start(self, *_: Any) -> None:
        self.seconds += 10

    def on_validation_batch_end(self, *_: Any) -> None:
        self.seconds += 40

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.seconds += 50 if trainer.current_epoch else 0


def test_the_time_left_holds_scoring_and_what_comes_between_epochs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    epochs = EpochLog("val/loss", "min", now=lambda: clock.seconds)
    assert logged(tmp_path, caplog, [clock, epochs], max_epochs=3, n_scored=1) == [
        "epoch 1: 6 of 10 batches in 1 min 0 s, 40.0 s and the scoring on dev left",
        "epoch 1 of 3, 2 min 20 s, at most 4 min 40 s of training left",
        "epoch 2: 6 of 10 batches in 1 min 0 s, 1 min 20 s left",
        "epoch 2 of 3, 2 min 20 s, at most 2 min 45 s of training left",
        "epoch 3: 6 of 10 batches in 1 min 0 s, 1 min 20 s left",
        "epoch 3 of 3, 2 min 20 s",
    ]


@pytest.mark.parametrize(("max_epochs", "first"), [(20, "stopped early"), (12, "best")])
def test_only_what_had_epochs_left_stopped_early(max_epochs: int, first: str) -> None:
    epochs = EpochLog("val/accuracy", "max")
    epochs.load_state_dict({"best": 0.5, "best_epoch": 2, "last_epoch": 12})
    lines = list(epochs.closing_lines(max_epochs=max_epochs, to_export=None, n_in_vain=10))
    assert lines[0].partition(":")[0] == first

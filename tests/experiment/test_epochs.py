"""What training logs: a line for each epoch, a closing block, on stderr and in train.log."""

import logging
import sys
from pathlib import Path

import pytest

from tagger.experiment.console import StderrHandler
from tagger.experiment.epochs import described


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

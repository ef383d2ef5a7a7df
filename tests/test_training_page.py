"""docs/training.md is true: its blocks run, in order."""

from pathlib import Path

import pytest
from pages import ROOT, run


@pytest.mark.timeout(900)  # more than ten trainings: minutes, and more of them on a machine that others use
def test_the_page_runs(tmp_path: Path) -> None:
    for block, printed in run(ROOT / "docs/training.md", tmp_path):
        assert block.body == printed

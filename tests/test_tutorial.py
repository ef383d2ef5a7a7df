"""The tutorial is true: its blocks run in order, in one folder, as one program; the notebook is the same."""

from pathlib import Path
from typing import Any

import pytest
from tutorial_notebook import NOTEBOOK, PAGE, PICTURES, blocks, notebook, run


def test_the_tutorial_runs(tmp_path: Path) -> None:
    printed = run(tmp_path)
    for name in PICTURES:
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<svg")
        assert f"](tutorial/{name})" in PAGE.read_text(encoding="utf-8")
    for block, found in zip(blocks(), printed, strict=True):
        if block.printed:
            assert found == block.printed, block.body
    assert "forget gate, in tenths of 1" in "".join(printed)


def test_the_notebook_is_the_page() -> None:
    assert NOTEBOOK.read_text(encoding="utf-8") == notebook(), "run python tests/tutorial_notebook.py"


def test_a_reader_may_go_back_in_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells up to the first in the shell run in order; then each of them runs again."""
    monkeypatch.chdir(tmp_path)
    kinds = [block.kind for block in blocks()]
    cells = [compile(block.body, "tutorial.md", "exec") for block in blocks()[: kinds.index("sh")]]
    names: dict[str, Any] = {}
    for cell in [*cells, *cells, *reversed(cells)]:
        exec(cell, names)

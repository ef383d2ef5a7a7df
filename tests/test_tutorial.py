"""The tutorial is true: its blocks run in order, in one folder, as one program; the notebook is the same."""

from pathlib import Path

from tutorial_notebook import NOTEBOOK, PAGE, PICTURES, notebook, run


def test_the_tutorial_runs(tmp_path: Path) -> None:
    printed = run(tmp_path)
    for name in PICTURES:
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<svg")
        assert f"](tutorial/{name})" in PAGE.read_text(encoding="utf-8")
    for shown in ("['B', 'S', 'S'] is no segmentation", "forget gate, in tenths of 1", '"probability":'):
        assert shown in printed


def test_the_notebook_is_the_page() -> None:
    assert NOTEBOOK.read_text(encoding="utf-8") == notebook(), "run python tests/tutorial_notebook.py"

"""docs/integrations.md is true: its blocks run against the real libraries and print what stands below them."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LIBRARY = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


def title(block: str) -> str:
    """The last heading above a block."""
    return re.findall(r"^## (.*)$", PAGE[: PAGE.index(block)], re.MULTILINE)[-1]


@pytest.mark.parametrize(("block", "printed"), BLOCKS, ids=[title(block) for block, _ in BLOCKS])
def test_a_block_prints_what_stands_below_it(
    block: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in LIBRARY.findall(block):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block, "docs/integrations.md", "exec"), {"__name__": "block"})
    assert out.getvalue() == printed


def test_every_block_is_checked() -> None:
    assert len(BLOCKS) == PAGE.count("```python\n")

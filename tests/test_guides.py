"""The home page, the FAQ and the Chinese guide are true: their blocks run and print what they say."""

from pathlib import Path

import pytest
from pages import CHINESE, GUIDES, ROOT, blocks, run

SHARED = [ROOT / "docs/zh" / name for name in ("training.md", "service.md")]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_runs(page: Path, tmp_path: Path) -> None:
    for block, printed in run(page, tmp_path):
        assert block.body == printed


@pytest.mark.parametrize("page", SHARED, ids=lambda page: page.name)
def test_the_blocks_are_those_of_the_readme(page: Path) -> None:
    """They take long, and tests/test_readme.py runs them."""
    assert set(blocks(page)) < set(blocks(CHINESE))


def test_every_chinese_page_is_tested() -> None:
    assert set((ROOT / "docs/zh").glob("*.md")) <= {*GUIDES, *SHARED}

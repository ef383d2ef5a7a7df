"""The home page, the FAQ and the Chinese guide are true: their blocks run and print what they say."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from pages import CHINESE, GUIDES, ROOT, blocks, run

from serve.settings import Settings
from tagger import tag

_ROW = re.compile(r"^\| (`-[^|]*`) \| `?([^|`]*?)`? ?\|", re.MULTILINE)
_FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
OPTIONS = ROOT / "docs/zh/options.md"
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
    assert set((ROOT / "docs/zh").glob("*.md")) <= {*GUIDES, *SHARED, OPTIONS}


def test_a_tag_has_one_chinese_name() -> None:
    """In the README, in the guide to the standard, and on the service's page, which has the first of two names."""
    page = (ROOT / "serve/page/tags.js").read_text(encoding="utf-8")
    standard = (ROOT / "docs/words.zh-CN.md").read_text(encoding="utf-8")
    names = dict(re.findall(r"\| `([A-Z]+)` \| ([^ |]+)", CHINESE.read_text(encoding="utf-8")))
    assert len(names) == 17
    assert dict(re.findall(r"^\| ([A-Z]+)（(\w[^）]*)） \|", standard, re.MULTILINE)) == names
    on_page = {tag: name for tag, name in re.findall(r'\b([A-Z]+): \[\w+, "([^"]+)"', page) if tag in names}
    assert {tag: name.split("、")[0] for tag, name in on_page.items()} == {
        tag: name.split("、")[0] for tag, name in names.items()
    }


def test_the_chinese_options_are_those_of_the_commands() -> None:
    """Every option of `tagger tag`, and options of `tagger serve`, with their defaults."""
    of_tag, of_serve = (
        {flag: default for flags, default in _ROW.findall(part) for flag in _FLAG.findall(flags)}
        for part in OPTIONS.read_text(encoding="utf-8").split("\n## ")[1:]
    )
    parser = tag.parser()
    assert of_tag.keys() == set(_FLAG.findall(parser.format_help()))
    for flag, default in of_tag.items():
        assert default in ("", str(parser.get_default(flag.strip("-").replace("-", "_"))))
    settings = {"--" + setting.name.replace("_", "-"): setting.default for setting in fields(Settings)}
    for flag, default in of_serve.items():
        assert default in ("", "yes" if settings[flag] is True else str(settings[flag]))

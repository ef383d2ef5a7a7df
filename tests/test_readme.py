"""The README and the pages of commands are true: their blocks run, in order, and print what stands below them."""

import re
from pathlib import Path

import pytest
from pages import CHINESE, README, ROOT, blocks, run

PAGES = ("README.md", "docs/files.md", "docs/dictionary.md", "docs/confidence.md")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_runs(name: str, tmp_path: Path) -> None:
    for block, printed in run(ROOT / name, tmp_path):
        assert block.body == printed


def test_both_languages_show_the_same() -> None:
    """The same commands, outputs, pictures, tables of figures and number of sections, and the same pages but for the
    Chinese guide."""
    assert blocks(README) == blocks(CHINESE)
    texts = [page.read_text(encoding="utf-8").replace(".zh-CN", "") for page in (README, CHINESE)]
    shown = [re.sub(r"```.*?```", "", text, flags=re.DOTALL) for text in texts]
    for pattern in (r"^#+ ", r"!\[.*\]\((.*)\)", r"\]\((docs/(?!zh/)[^)]*)\)", r"\| (\d[\d.,]*) "):
        english, chinese = (re.findall(pattern, text, re.MULTILINE) for text in shown)
        assert sorted(english) == sorted(chinese), pattern
    assert all(text.count("\n") < 200 for text in texts)


@pytest.mark.parametrize("page", [README, CHINESE], ids=["english", "chinese"])
def test_the_hours_for_10_gb_follow_from_the_table(page: Path) -> None:
    """10 GB are 3.3 billion characters; the first table has the speed of each model."""
    text = page.read_text(encoding="utf-8")
    speeds = dict(re.findall(r"^\| (zh-\w+) ?[(（].*\| ([\d,]+) \|$", text, re.MULTILINE))
    hours = [3.3e9 / int(speeds[name].replace(",", "")) / 3600 for name in ("zh-small", "zh-base")]
    assert re.findall(r"([\d.]+) (?:hours|小时)", text) == [f"{hour:.{int(hour < 10)}f}" for hour in hours]


def test_the_first_table_has_the_figures_of_the_page_on_accuracy() -> None:
    """The tools stand in the same order; the page has three columns more, of HK, the sample and the essays."""
    row = r"^\|[^|\n]+\| (\S+ / \S+) \|{between} (\S+ / \S+) \| ([\d,]+) \|$"
    shown = re.findall(row.format(between=""), README.read_text(encoding="utf-8"), re.MULTILINE)
    accuracy = (ROOT / "docs/accuracy.md").read_text(encoding="utf-8")
    assert shown == re.findall(row.format(between=r"[^|\n]+\|[^|\n]+\|[^|\n]+\|"), accuracy, re.MULTILINE)
    assert shown

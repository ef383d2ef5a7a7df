"""What the documentation site is made of: links, anchors, navigation, and pages as Python-Markdown reads them."""

import posixpath
import tomllib
from pathlib import Path

import pytest

from website.http import http_page
from website.links import Link, anchors, links, replace_links, slug
from website.markdown import adapt
from website.names import names_page
from website.navigation import as_toml, navigation
from website.pages import place

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tagger/**/README.md")])
DOCS = [path.relative_to(ROOT / "docs").as_posix() for path in PAGES if path.is_relative_to(ROOT / "docs")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        target = page.parent / link.path if link.path else page
        assert target.exists(), link
        if link.anchor:
            assert link.anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pictures_have_a_text(page: Path) -> None:
    assert "![](" not in page.read_text(encoding="utf-8")


def test_links_are_found_and_replaced() -> None:
    text = "[a](b.md) ![c](d.svg) [e](#f) [g](h.md#i)\n[j](https://k) `[l](m)`\n```sh\n[n](o)\n```\n[p](q)\n"
    assert list(links(text)) == [
        Link("b.md", ""), Link("d.svg", ""), Link("", "f"), Link("h.md", "i"), Link("q", ""),
    ]  # fmt: skip
    replaced = "[a](X) ![c](X) [e](X) [g](X)\n[j](https://k) `[l](m)`\n```sh\n[n](o)\n```\n[p](X)\n"
    assert replace_links(text, lambda _: "X") == replaced


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Look inside", "look-inside"),
        ("Fine-tuning: corrections, word lists", "fine-tuning-corrections-word-lists"),
        ("`self_test`", "self_test"),
        ("A [link](to.md) & more", "a-link--more"),
        ("名词还是动词？", "名词还是动词"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_equal_headings_have_numbers() -> None:
    assert anchors("# A\n## B\n```\n# C\n```\n## B ##\n") == {"a", "b", "b-1"}


@pytest.mark.parametrize(
    ("github", "python"),
    [
        ("Text:\n- a\n- b\n", "Text:\n\n- a\n- b\n"),
        ("Text,\nmore:\n1. a\n", "Text,\nmore:\n\n1. a\n"),
        ("In the year of\n93. No list\n", "In the year of\n93. No list\n"),
        ("- a\n  b\n- c\n", "- a\n    b\n- c\n"),
        ("- a\n\n      code\n\ntext\n\n    code\n", "- a\n\n        code\n\ntext\n\n    code\n"),
        ("# Head\n\nText - no list\n", "# Head\n\nText - no list\n"),
        ("a\n\n<details>\n", 'a\n\n<details markdown="1">\n'),
        ("```sh\nText:\n- a\n```\n", "```sh\nText:\n- a\n```\n"),
    ],
)
def test_pages_are_adapted(github: str, python: str) -> None:
    assert adapt(github) == python


def test_formulas_become_mathml() -> None:
    pytest.importorskip("latex2mathml", reason="needs hantagger[site]")
    page = adapt("$$h_t$$\n\nand $`x`$, not `$x$`\n\n```sh\necho $$\n```\n")
    assert page.count("<math") == 2
    assert page.endswith("echo $$\n```\n")


def test_every_page_has_one_place_in_the_navigation() -> None:
    pages = [*DOCS, "new.md", "zh/new.md", "reference/http.md", "project/CHANGELOG.md"]
    sections = navigation(pages)
    assert sorted([page for listed in sections.values() for page in listed] + ["index.md"]) == sorted(pages)
    assert "new.md" in sections["How-to"]
    assert "zh/new.md" in sections["中文"]
    assert tomllib.loads(as_toml({"A": ["a.md"], "B": ["b.md", "project/overview.md"]})) == {
        "nav": ["index.md", {"A": "a.md"}, {"B": ["b.md", {"README": "project/overview.md"}]}]
    }


@pytest.mark.parametrize(
    ("path", "on_the_site"),
    [
        ("docs/models/zh-base.md", "models/zh-base.md"),
        ("README.md", "project/overview.md"),
        ("README.zh-CN.md", "project/overview.zh-CN.md"),
        ("tagger/corpus/sample/README.md", "project/tagger/corpus/sample.md"),
        ("LICENSE", "project/LICENSE"),
    ],
)
def test_files_have_a_place_on_the_site(path: str, on_the_site: str) -> None:
    assert place(path) == on_the_site


def test_the_reference_names_all_that_is_public() -> None:
    import tagger

    named = {line.removeprefix("::: tagger.") for line in names_page().splitlines() if line.startswith(":::")}
    assert named == set(tagger.__all__) - {"__version__"}


def test_the_reference_of_the_service_has_its_paths_and_schemas() -> None:
    page = http_page()
    assert "### `POST /v1/tag`" in page
    found = anchors(page)
    for link in links(page):
        assert posixpath.basename(link.path) == ""
        assert link.anchor in found

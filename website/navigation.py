"""The order of the pages. A page that nobody has placed stands at the end of its folder's section."""

from collections.abc import Collection

# A section's name, the folder whose other pages come last in it (none: an empty string), and its pages in order.
_SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Tutorial", "", ("tutorial.md",)),
    (
        "How-to",
        "",
        (
            "files.md",
            "dictionary.md",
            "confidence.md",
            "entities.md",
            "integrations.md",
            "serve.md",
            "runtimes.md",
            "native.md",
            "cluster.md",
            "training.md",
            "languages.md",
            "annotation.md",
            "standards.md",
            "teachers.md",
            "classify.md",
            "many_to_one.md",
            "next_char.md",
            "extending.md",
        ),
    ),
    (
        "Reference",
        "reference",
        (
            "reference/python.md",
            "reference/commands.md",
            "reference/http.md",
            "model-file.md",
            "words.md",
            "versions.md",
        ),
    ),
    ("Models", "models", ("models/zh-small.md", "models/zh-base.md", "models/zh-ner.md")),
    ("Benchmarks", "", ("accuracy.md", "speed.md", "cells.md", "readmes.md")),
    ("FAQ", "", ("faq.md",)),
    ("中文", "zh", ("zh/index.md", "words.zh-CN.md", "faq.zh-CN.md")),
    ("Project", "project", ()),
)
_HOME = "index.md"
# Names in place of the pages' own headings.
_NAMES = {"project/overview.md": "README", "project/overview.zh-CN.md": "README 中文"}
_FOR_OTHERS = "How-to"


def navigation(pages: Collection[str]) -> dict[str, list[str]]:
    """The pages of every section, each page once; the home page is in no section. `pages` are paths on the site."""
    placed = {page for _, _, listed in _SECTIONS for page in listed}
    folders = {folder for _, folder, _ in _SECTIONS if folder}
    others = sorted(set(pages) - placed - {_HOME})
    sections = {}
    for name, folder, listed in _SECTIONS:
        found = [page for page in listed if page in pages]
        found += [page for page in others if folder and page.startswith(f"{folder}/")]
        if name == _FOR_OTHERS:
            found += [page for page in others if page.split("/")[0] not in folders]
        if found:
            sections[name] = found
    return sections


def as_toml(sections: dict[str, list[str]]) -> str:
    """The navigation as a line of zensical.toml. A section of one page is shown as that page."""
    entries = [f'"{_HOME}"']
    for name, pages in sections.items():
        listed = ", ".join(map(_entry, pages))
        entries.append(f'{{"{name}" = {listed if len(pages) == 1 else f"[{listed}]"}}}')
    return f"nav = [{', '.join(entries)}]"


def _entry(page: str) -> str:
    return f'{{"{_NAMES[page]}" = "{page}"}}' if page in _NAMES else f'"{page}"'

"""`python -m website FOLDER` writes the sources of the documentation site into a folder, which it empties before."""

import argparse
from pathlib import Path
from shutil import rmtree

from .commands import commands_page
from .http import http_page
from .names import names_page
from .navigation import as_toml, navigation
from .pages import ROOT, write_pages

_NO_NAVIGATION = "nav = []"


def main() -> int:
    """Writes zensical.toml and the pages, in docs/, below the folder."""
    parser = argparse.ArgumentParser(prog="python -m website", description=__doc__)
    parser.add_argument("folder", type=Path, help="where zensical.toml and docs/ are written")
    folder: Path = parser.parse_args().folder
    rmtree(folder, ignore_errors=True)
    pages = write_pages(folder / "docs")
    for name, page in (("python", names_page()), ("commands", commands_page()), ("http", http_page())):
        path = folder / "docs" / "reference" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8")
        pages.append(f"reference/{name}.md")
    settings = (ROOT / "website" / "zensical.toml").read_text(encoding="utf-8").replace("ROOT", str(ROOT))
    assert settings.count(_NO_NAVIGATION) == 1
    navigated = settings.replace(_NO_NAVIGATION, as_toml(navigation(pages)))
    (folder / "zensical.toml").write_text(navigated, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

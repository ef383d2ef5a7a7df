"""Pages of the repository on the site: which they are, where they stand there, and the links between them."""

import posixpath
from pathlib import Path
from shutil import copyfile

from .links import Link, links, replace_links
from .markdown import adapt

ROOT = Path(__file__).parents[1]
_DOCS = "docs/"
_PROJECT = "project"


def write_pages(folder: Path) -> list[str]:
    """Copies docs/ and what its pages lead to into a folder. Returns the paths of the pages on the site.

    Raises FileNotFoundError for a link that leads nowhere.
    """
    files = [path for path in (ROOT / "docs").rglob("*") if path.is_file()]
    paths = _reachable(sorted(path.relative_to(ROOT).as_posix() for path in files))
    for path in paths:
        target = folder / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".md"):
            target.write_text(_page(path), encoding="utf-8")
        else:
            copyfile(ROOT / path, target)
    return [place(path) for path in paths if path.endswith(".md")]


def place(path: str) -> str:
    """Where a file of the repository stands on the site: those of docs/ at the same place, others in a folder.

    A README gets another name: a site generator takes it for the first page of its folder.
    """
    if path.startswith(_DOCS):
        return path.removeprefix(_DOCS)
    *parents, name = path.split("/")
    if name.startswith("README"):
        name = name.replace("README", parents.pop() if parents else "overview")
    return "/".join((_PROJECT, *parents, name))


def _reachable(paths: list[str]) -> list[str]:
    """These files and all that their pages, and the pages found so, have links to."""
    found = list(paths)
    for path in found:
        if path.endswith(".md"):
            for link in links((ROOT / path).read_text(encoding="utf-8")):
                target = _target(path, link)
                if not (ROOT / target).is_file():
                    raise FileNotFoundError(f"{path}: expected a file at {link.path}, found none; correct the link")
                if target not in found:
                    found.append(target)
    return found


def _target(page: str, link: Link) -> str:
    """The path of a link's file in the repository."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link.path)) if link.path else page


def _page(path: str) -> str:
    """A page's text as the site has it."""

    def moved(link: Link) -> str:
        goal = posixpath.relpath(place(_target(path, link)), posixpath.dirname(place(path)) or ".")
        anchor = f"#{link.anchor}" if link.anchor else ""
        return f"{goal if link.path else ''}{anchor}"

    return adapt(replace_links((ROOT / path).read_text(encoding="utf-8"), moved))

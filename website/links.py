"""Links and anchors of Markdown pages, as GitHub reads them."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_FENCED = r"^(`{3,}).*?^\1$"
_LINK = r"(?<=\])\((?!https?:|mailto:)(?P<path>[^()\s#]*)(?:#(?P<anchor>[^()\s]*))?\)"
_CODE_OR_LINK = re.compile(rf"{_FENCED}|`[^`\n]+`|{_LINK}", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


class Link(NamedTuple):
    """A link to a file: its path relative to the page (empty: the page itself) and an anchor, or none (empty)."""

    path: str
    anchor: str


def links(text: str) -> Iterator[Link]:
    """The links of a page that lead neither to the web nor to an e-mail address, in order, with those of pictures."""
    yield from filter(None, map(_link, _CODE_OR_LINK.finditer(text)))


def replace_links(text: str, replace: Callable[[Link], str]) -> str:
    """The page with other targets for its links; what stands in code is left as it is."""

    def target(found: re.Match[str]) -> str:
        link = _link(found)
        return f"({replace(link)})" if link else found[0]

    return _CODE_OR_LINK.sub(target, text)


def anchors(text: str) -> set[str]:
    """The anchors of a page: those written as `<a id="NAME">`, and of its headings; of equal headings the second has
    `-1` at its end, and so on."""
    shown = re.sub(_FENCED, "", text, flags=re.MULTILINE | re.DOTALL)
    counts: dict[str, int] = {}
    found = set(re.findall(r'<a id="([^"]+)">', shown))
    for heading in _HEADING.findall(shown):
        name = slug(heading)
        times = counts.get(name, 0)
        counts[name] = times + 1
        found.add(f"{name}-{times}" if times else name)
    return found


def slug(heading: str) -> str:
    """The anchor of a heading: its text in lower case without marks of punctuation, and hyphens for spaces."""
    shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def _link(found: re.Match[str]) -> Link | None:
    """None for code."""
    return None if found["path"] is None else Link(found["path"], found["anchor"] or "")

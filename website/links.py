"""Links and anchors of Markdown pages, as GitHub reads them."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_CODE = re.compile(r"^(`{3,}).*?^\1$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\])\((?!https?:|mailto:)([^()\s#]*)(?:#([^()\s]*))?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


class Link(NamedTuple):
    """A link to a file: its path relative to the page (empty: the page itself) and an anchor, or none (empty)."""

    path: str
    anchor: str


def links(text: str) -> Iterator[Link]:
    """The links of a page that lead neither to the web nor to an e-mail address, in order, with those of pictures."""
    for found in _LINK.finditer(_without_code(text)):
        yield Link(found[1], found[2] or "")


def replace_links(text: str, replace: Callable[[Link], str]) -> str:
    """The page with other targets for its links; what stands in code is left as it is."""
    code = [range(*found.span()) for found in _CODE.finditer(text)]

    def target(found: re.Match[str]) -> str:
        in_code = any(found.start() in span for span in code)
        return found[0] if in_code else f"({replace(Link(found[1], found[2] or ''))})"

    return _LINK.sub(target, text)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings; of equal headings the second has `-1` at its end, and so on."""
    counts: dict[str, int] = {}
    found = set()
    for heading in _HEADING.findall(re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)):
        name = slug(heading)
        times = counts.get(name, 0)
        counts[name] = times + 1
        found.add(f"{name}-{times}" if times else name)
    return found


def slug(heading: str) -> str:
    """The anchor of a heading: its text in lower case without marks of punctuation, and hyphens for spaces."""
    shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def _without_code(text: str) -> str:
    return _CODE.sub(lambda found: " " * len(found[0]), text)

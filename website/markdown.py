"""What GitHub's Markdown and Python-Markdown read differently."""

import re

_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"(?:[-*+]|\d+\.) ")
_INTERRUPTS = re.compile(r"(?:[-*+]|1\.) ")  # as a list may begin right after a line of text


def adapt(text: str) -> str:
    """A page of GitHub's Markdown for Python-Markdown, with formulas in MathML; code stays as it is."""
    parts = _FENCED.split(text)
    parts[::2] = [_with_mathml(_with_wide_items(_with_separate_lists(part))) for part in parts[::2]]
    return "".join(parts).replace("\n<details>\n", '\n<details markdown="1">\n')


def _with_separate_lists(text: str) -> str:
    """With an empty line between a paragraph and a list that follows it."""
    paragraphs = re.split(r"(\n[ \t]*\n)", text)
    for i in range(0, len(paragraphs), 2):
        lines = paragraphs[i].lstrip("\n").split("\n")
        if lines[0].startswith(("#", "|", " ")) or _ITEM.match(lines[0]):
            continue
        item = next((j for j, line in enumerate(lines) if j and _INTERRUPTS.match(line)), None)
        if item is not None:
            lines.insert(item, "")
            leading = paragraphs[i][: len(paragraphs[i]) - len(paragraphs[i].lstrip("\n"))]
            paragraphs[i] = leading + "\n".join(lines)
    return "".join(paragraphs)


def _with_wide_items(text: str) -> str:
    """With the content of list items four columns from their marker, where GitHub wants as many as the marker has."""
    lines = text.split("\n")
    more = 0
    for i, line in enumerate(lines):
        if marker := _ITEM.match(line):
            more = 4 - len(marker[0])
        elif line.startswith("  "):
            lines[i] = " " * more + line
        elif line and not lines[i - 1]:
            more = 0
    return "\n".join(lines)


def _with_mathml(text: str) -> str:
    """With MathML for `$$formula$$` on lines of its own, and for `$`formula`$` within a line."""
    if "$$" not in text and "$`" not in text:
        return text
    # Of the extra `site`, which tests do without.
    from latex2mathml.converter import convert

    text = re.sub(r"^\$\$(.+?)\$\$$", lambda found: convert(found[1], display="block"), text, flags=re.MULTILINE)
    return re.sub(r"\$`([^`\n]+)`\$", lambda found: convert(found[1]), text)

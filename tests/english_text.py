"""English prose out of the files of Debian packages, a paragraph to a line, for `tagger pretrain pretrain=words`.

    python tests/english_text.py FOLDER OUTPUT.txt

FOLDER is what `dpkg -x PACKAGE.deb FOLDER` made; docs/languages.md says which packages.
"""

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

LARGEST = 60_000_000  # bytes of a file that is read
_BLOCKS = {
    "p", "li", "dd", "dt", "td", "th", "h1", "h2", "h3", "h4", "div", "br", "blockquote", "title", "tr", "pre", "page",
    "item",
}  # fmt: skip
_CODE = {"script", "style", "pre", "screen", "programlisting", "code-block"}
_TRANSLATED = re.compile(
    r"/(man|doc|help|html)/(?!man\d)[a-z]{2}(_[A-Z]{2}|-[a-z]{2,4})?/"
    r"|\.(de|fr|es|it|ja|ru|pl|pt|zh|cs|da|nl|sv|ko|tr|fi|hu|ro|uk|vi|el|id|nb|ca|gl|eu)(\.|_|-)"
    r"|\.(ja|ko|tr|de|es|fr|pt-br|zh-cn|da|el|id|it|nb|nl|pl|ro|ru|sk|uk|cs|zh_cn)\."
    r"|/(fr|de|es|it|ja|pt|ru|zh|pl|cs|sv|nl)(_[A-Z]{2}|-[A-Z]{2})?/"
)
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_COMMON = {
    "the", "of", "and", "to", "a", "in", "is", "you", "that", "it", "for", "on", "with", "as", "this", "be", "are",
    "or", "not", "have", "from", "by", "at", "can", "if", "an", "will", "your", "was", "but", "we", "they", "he", "she",
    "his", "her", "their", "all", "my", "me", "so", "what", "do", "which", "when", "no",
}  # fmt: skip
_MARKS = str.maketrans({"\r": "", "\u00a0": " "})
_QUOTES = (("’", "'"), ("“", '"'), ("”", '"'), ('\\"', '"'), ("\\n", " "))
_ROFF = (
    (r"\-", "-"), (r"\(aq", "'"), (r"\(cq", "'"), (r"\(lq", '"'), (r"\(rq", '"'), (r"\(dq", '"'), (r"\(em", " - "),
    (r"\&", ""), (r"\e", "\\"), (r"\ ", " "), (r"\|", ""), ("\\*(Aq", "'"),
)  # fmt: skip


class _Markup(HTMLParser):
    """The text of HTML or XML, without code, with an empty line around each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _CODE:
            self.depth += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _CODE:
            self.depth = max(0, self.depth - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.parts.append(data)


def read_markup(text: str) -> str:
    parser = _Markup()
    parser.feed(text)
    return "".join(parser.parts)


def _read_request(line: str) -> str:
    """The text of a line of a manual page."""
    if re.match(r"\.([BI]|[BIR]{2}) ", line):
        name, _, rest = line.partition(" ")
        rest = rest.replace('"', "")
        joined = len(name) == 3 and name[1] != name[2] and len(rest.split()) == 2
        return rest.replace(" ", "") if joined else rest
    return "\n" if line.startswith((".", "'")) else line


def read_manual(text: str) -> str:
    lines = [_read_request(line) for line in text.split("\n") if not line.startswith(('.\\"', "'\\\""))]
    text = re.sub(r"\\f\[?[A-Z0-9]+\]?|\\f.", "", "\n".join(lines))
    for mark, char in _ROFF:
        text = text.replace(mark, char)
    return text


def read_glosses(text: str) -> str:
    """Definitions and examples of WordNet."""
    glosses = [line.split(" | ", 1)[1] for line in text.split("\n") if " | " in line and not line.startswith(" ")]
    return "\n\n".join(part.strip(' "\n') for gloss in glosses for part in re.split(r";\s*(?=\")|(?<=\")\s*;", gloss))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def read_json(text: str) -> str:
    try:
        return "\n\n".join(re.sub(r"<color_[^>]*>|</color>", "", s) for s in _strings(json.loads(text)) if len(s) > 30)
    except ValueError:
        return ""


def read_missions(text: str) -> str:
    """Strings of Endless Sky's data."""
    return "\n\n".join(re.findall(r"`([^`]{20,})`", text) + re.findall(r'"([^"\n]{30,})"', text))


def read_strings(text: str) -> str:
    """Long strings of programs."""
    text = re.sub(r'"\s*\.\.\s*"|"\s*\n\s*"', "", text)
    return "\n\n".join(re.findall(r'"((?:[^"\\\n]|\\.){30,})"', text) + re.findall(r"\[\[([^\]]{30,})\]\]", text))


def read_plain(text: str) -> str:
    text = re.sub(r":[a-z:]+:`([^`<]*)(<[^`]*>)?`", r"\1", text)
    return re.sub(r"``([^`]*)``|\*\*([^*]*)\*\*", lambda match: match[1] or match[2], text)


def read_fortunes(text: str) -> str:
    return re.sub(r"(?m)^%+$", "\n\n", text)


# What reads a file whose path, without .gz, has this in it: the first that fits.
_READERS: tuple[tuple[str, Callable[[str], str] | None], ...] = (
    (r"/wordnet/.*/data\.|/wordnet/data\.", read_glosses),
    (r"fortunes(?!.*\.(dat|u8|html)$)", read_fortunes),
    (r"/dictd/.*\.dict\.dz$", str),
    (r"\.(html|htm|xhtml|page|xml|xhp)$", read_markup),
    (r"/man/man\d/", read_manual),
    (r"\.json$", read_json),
    (r"endless-sky.*\.txt$", read_missions),
    (r"\.(lua|cfg|ruleset)$", read_strings),
    (r"\.(rst|rst\.txt|pod)$", read_plain),
    (r"hangelog|copyright|NEWS\.Debian", None),
    (r"\.(txt|text|md|tex|texi|info|adoc|asciidoc)$|/(README|NEWS|HACKING|FAQ|TODO|INSTALL)[^/]*$", read_plain),
    (r"/miscfiles/|crawl.*/dat/|/dat/.*crawl", read_plain),
)


def read_text(path: Path) -> str:
    """The text of a file, with empty lines between paragraphs; an empty string for a file of another kind."""
    name = str(path).removesuffix(".gz")
    reader = next((reader for pattern, reader in _READERS if re.search(pattern, name)), None)
    if reader is None:
        return ""
    data = path.read_bytes()
    packed = path.suffix in {".gz", ".dz"}
    return reader((gzip.decompress(data) if packed else data).decode("utf-8", "replace"))


def is_prose(line: str) -> bool:
    """Whether a paragraph is English: enough words, of which enough are common ones, and little else."""
    tokens, words = line.split(), _WORD.findall(line)
    if len(tokens) < 5 or len(words) < 5 or len(line) > 20_000:
        return False
    plain = sum(token.strip(".,;:!?()\"'").replace("'", "").replace("-", "").isalpha() for token in tokens)
    letters = sum(map(len, words))
    common = sum(word.lower() in _COMMON for word in words)
    foreign = sum(ord(char) > 0x24F for char in line)
    return (
        plain >= 0.75 * len(tokens)
        and letters >= 0.7 * len(line.replace(" ", ""))
        and common >= 0.2 * len(words)
        and foreign <= 0.03 * len(line)
    )


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a text that are prose, each on one line."""
    for block in re.split(r"\n\s*\n|\n(?=[ \t]*[-*o•] )", text.translate(_MARKS)):
        line = re.sub(r"^[-*o•#=|\"]+\s+", "", " ".join(block.split()))
        for mark, char in _QUOTES:
            line = line.replace(mark, char)
        if is_prose(line):
            yield line


def main(folder: Path, output: Path) -> None:
    """Write the paragraphs of all files of a folder, each once."""
    lines: dict[str, None] = {}
    for path in sorted(folder.rglob("*")):
        is_read = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST
        if is_read and ("/en" in str(path) or not _TRANSLATED.search(str(path))):
            try:
                lines |= dict.fromkeys(paragraphs(read_text(path)))
            except EOFError:  # a truncated archive
                continue
    output.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    print(f"{output}: {len(lines)} lines, {sum(line.count(' ') + 1 for line in lines)} words")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

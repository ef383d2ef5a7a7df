"""CoNLL-U (universaldependencies.org/format): sentences with comments, and the spaces between words."""

import re
from collections.abc import Iterable, Iterator

from .errors import CorpusError
from .stream import Line
from .text import WHITESPACE, Sentence

COLUMNS = {"upos": 3, "xpos": 4}
# UDPipe's escapes for spaces in MISC; `\p` is the column separator of MISC.
_ESCAPES = {"\\s": " ", "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\p": "|", "\\\\": "\\"}
_CODES = {char: code for code, char in _ESCAPES.items()}
TEXT = "# text ="


def escape(gap: str) -> str:
    return "".join(_CODES.get(char, char) for char in gap)


def unescape(code: str) -> str:
    return re.sub(r"\\[stnrp\\]", lambda match: _ESCAPES[match.group()], code)


def read(lines: Iterable[Line], name: str, tag: str) -> Iterator[Sentence]:
    """Sentences of CoNLL-U lines. A multiword token is one word, tagged with its parts' tags joined by `+`;
    empty nodes are passed over. Raises CorpusError with file and line."""
    block: list[Line] = []
    for line in lines:
        line = Line(line.number, line.text.removesuffix("\r"))
        if line.text:
            block.append(line)
        elif block:
            yield _sentence(block, name, tag)
            block = []
    if block:
        yield _sentence(block, name, tag)


def _fail(name: str, number: int, wanted: str, got: str, remedy: str) -> CorpusError:
    return CorpusError(f"{name}:{number}: expected {wanted}, got {got}; {remedy}")


def _sentence(block: list[Line], name: str, tag: str) -> Sentence:
    comments, text = [], None
    forms: list[str] = []
    tags: list[str | None] = []
    gaps: list[str] = [""]
    next_id, until, column = 1, 0, COLUMNS.get(tag)
    for number, line in block:
        if line.startswith("#"):
            if line.startswith(TEXT):
                text = line[len(TEXT) :].removeprefix(" ")
            else:
                comments.append(line)
            continue
        cells = line.split("\t")
        if len(cells) != 10:
            raise _fail(name, number, "10 columns separated by tabs", f"{len(cells)}", "is this CoNLL-U? see format=")
        pos = None
        if column is not None:
            pos = cells[column]
        if re.fullmatch(r"\d+\.\d+", cells[0]):
            continue
        span = re.fullmatch(r"(\d+)-(\d+)", cells[0])
        if span:
            if int(span[1]) != next_id or int(span[2]) < next_id:
                raise _fail(name, number, f"a token that begins at {next_id}", cells[0], "number the words 1, 2, 3, …")
            until = int(span[2])
            tags.append(None)
        elif cells[0] != str(next_id):
            raise _fail(name, number, f"word number {next_id}", repr(cells[0]), "number the words 1, 2, 3, …")
        else:
            next_id += 1
            if pos == "_" and cells[1] != "_":
                raise _fail(
                    name, number, f"a tag in column {tag.upper()}", f"none on {cells[1]!r}", "use tag=xpos or tag=none"
                )
            if next_id - 1 <= until:  # a part of the token above
                if pos is not None:
                    tags[-1] = pos if tags[-1] is None else f"{tags[-1]}+{pos}"
                continue
            tags.append(pos)
        if not cells[1]:
            raise _fail(name, number, "a form in column 2", "nothing", "delete the word or write its form")
        forms.append(cells[1])
        features = dict(part.partition("=")[::2] for part in cells[9].split("|"))
        if "SpacesBefore" in features and len(forms) == 1:
            gaps[0] = unescape(features["SpacesBefore"])
        gaps.append(
            unescape(features["SpacesAfter"])
            if "SpacesAfter" in features
            else ""
            if features.get("SpaceAfter") == "No"
            else " "
        )
        last_has_spaces = "SpacesAfter" in features
    if until >= next_id:
        raise _fail(name, block[-1].number, f"words up to {until}", f"{next_id - 1}", "complete the multiword token")
    if not forms:
        return Sentence(text or "", (), tuple(comments))
    if not last_has_spaces:
        gaps[-1] = ""  # a sentence's own text ends with its last word
    if text is not None:
        gaps = _align(text, forms, gaps, name, block[0].number)
    return Sentence.from_forms(forms, tags, gaps=gaps, comments=comments)


def _align(text: str, forms: list[str], gaps: list[str], name: str, number: int) -> list[str]:
    """The gaps of the words in `# text`, or those of MISC where that is the fuller account."""
    found, at = [], 0
    for form in forms:
        start = text.find(form, at)
        if start < 0 or not WHITESPACE.issuperset(text[at:start]):
            raise _fail(
                name,
                number,
                f"the words of # text = {text!r}",
                f"{form!r} at {text[at : at + 20]!r}",
                "correct one of them",
            )
        found.append(text[at:start])
        at = start + len(form)
    if not WHITESPACE.issuperset(text[at:]):
        raise _fail(
            name, number, f"the words of # text = {text!r}", f"no word for {text[at:]!r}", "correct one of them"
        )
    return [*found, text[at:] or gaps[-1]] if any(found) or text[at:] or "".join(gaps).strip(" ") == "" else gaps


def write(sentence: Sentence) -> str:
    """One sentence and the empty line after it. A text without words is comments alone, its whitespace lost
    only if it holds a line feed. Raises CorpusError for a word with a tab or line feed in it."""
    rows = list(sentence.comments)
    gaps = sentence.gaps
    exact = "\n" not in sentence.text and "\r" not in sentence.text
    if exact:
        rows.append(f"{TEXT} {sentence.text}")
    for i, (form, pos, _, _) in enumerate(sentence.words):
        if "\t" in form or "\n" in form or "\r" in form:
            raise CorpusError(
                f"expected words without tabs and line breaks for CoNLL-U, got {form!r}; use format=jsonl"
            )
        misc = []
        if not i and gaps[0]:
            misc.append(f"SpacesBefore={escape(gaps[0])}")
        if not gaps[i + 1]:
            misc.append("SpaceAfter=No")
        elif gaps[i + 1] != " " or i == len(sentence.words) - 1:
            misc.append(f"SpacesAfter={escape(gaps[i + 1])}")
        rows.append("\t".join([str(i + 1), form, "_", pos or "_", *"_____", "|".join(misc) or "_"]))
    return "\n".join(rows) + "\n\n"

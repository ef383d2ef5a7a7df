"""CoNLL-U (universaldependencies.org/format): sentences with comments, and the spaces between words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import CorpusError
from ..files.lines import Line
from ..text.sentence import WHITESPACE, Sentence
from .reading import ReadOptions

COLUMNS = {"upos": 3, "xpos": 4}
# UDPipe's escapes for spaces in MISC; `\p` is the column separator of MISC.
_ESCAPES = {"\\s": " ", "\\t": "\t", "\\n": "\n", "\\r": "\r", "\\p": "|", "\\\\": "\\"}
_CODES = {char: code for code, char in _ESCAPES.items()}
TEXT, SPACES = "# text =", "# spaces ="
_EMPTY_NODE = re.compile(r"[0-9]+\.[0-9]+")
_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def escape(gap: str) -> str:
    return "".join(_CODES.get(char, char) for char in gap)


def unescape(code: str) -> str:
    """Spaces by their escapes, `\\u00A0` (as in UD English EWT) among them."""
    return re.sub(
        r"\\(?:[stnrp\\]|u[0-9A-Fa-f]{4})",
        lambda match: _ESCAPES.get(match.group()) or chr(int(match.group().removeprefix("\\u"), base=16)),
        code,
    )


def read(lines: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of CoNLL-U lines. A multiword token is one word, tagged with its parts' tags joined by `+`;
    empty nodes are passed over. Raises CorpusError with file and line."""
    block: list[Line] = []
    for line in lines:
        line = Line(line.number, line.text.removesuffix("\r"))
        if line.text:
            block.append(line)
        elif block:
            yield _sentence(block, options.name, options.tag)
            block = []
    if block:
        yield _sentence(block, options.name, options.tag)


def read_words(lines: Iterable[Line], options: ReadOptions) -> Iterator[Sentence]:
    """Sentences of the syntactic words: multiword tokens are passed over. So is the text, which the words do not
    always spell (`du` is `de le`): it is made of the words instead."""
    kept = (
        line for line in lines if not line.text.startswith(TEXT) and not _SPAN.fullmatch(line.text.partition("\t")[0])
    )
    return read(kept, options)


def _fail(name: str, number: int, wanted: str, got: str, remedy: str) -> CorpusError:
    return CorpusError(f"{name}:{number}: expected {wanted}, got {got}; {remedy}")


def _sentence(block: list[Line], name: str, tag: str) -> Sentence:
    comments, text = [], None
    forms: list[str] = []
    tags: list[str | None] = []
    gaps, last = [""], ""
    next_id, until, column = 1, 0, COLUMNS.get(tag)
    for number, line in block:
        if line.startswith("#"):
            if line.startswith(TEXT):
                text = line.removeprefix(TEXT).removeprefix(" ")
            elif line.startswith(SPACES):
                last = unescape(line.removeprefix(SPACES).removeprefix(" "))
            else:
                comments.append(line)
            continue
        cells = line.split("\t")
        if len(cells) != 10:
            raise _fail(name, number, "10 columns separated by tabs", str(len(cells)), "is this CoNLL-U? see format=")
        if _EMPTY_NODE.fullmatch(cells[0]):
            continue
        pos = None if column is None else cells[column]
        span = _SPAN.fullmatch(cells[0])
        if span:
            if int(span[1]) != next_id or int(span[2]) <= next_id:
                raise _fail(name, number, f"a token that begins at {next_id}", cells[0], "number the words 1, 2, 3, …")
            if next_id <= until:
                raise _fail(name, number, f"words up to {until}", cells[0], "complete the multiword token before")
            until, pos = int(span[2]), None
        elif cells[0] != str(next_id):
            raise _fail(name, number, f"word number {next_id}", repr(cells[0]), "number the words 1, 2, 3, …")
        else:
            next_id += 1
            if pos in ("_", ""):
                other = "upos" if tag == "xpos" else "xpos"
                wanted, remedy = f"a tag in column {tag.upper()}", f"use tag={other} or tag=none"
                raise _fail(name, number, wanted, f"none on {cells[1]!r}", remedy)
            if next_id - 1 <= until:  # a part of the token above
                if pos is not None:
                    tags[-1] = pos if tags[-1] is None else f"{tags[-1]}+{pos}"
                continue
        if not cells[1]:
            raise _fail(name, number, "a form in column 2", "nothing", "delete the word or write its form")
        forms.append(cells[1])
        tags.append(pos)
        misc = dict(part.partition("=")[::2] for part in cells[9].split("|"))
        if len(forms) == 1:
            gaps[0] = unescape(misc.get("SpacesBefore", ""))
        last = unescape(misc.get("SpacesAfter", ""))
        gaps.append(last or ("" if misc.get("SpaceAfter") == "No" else " "))
    if until >= next_id:
        raise _fail(name, block[-1].number, f"words up to {until}", f"{next_id - 1}", "complete the multiword token")
    gaps[len(forms) :] = [last]  # by itself the space after a sentence's last word lies outside the sentence
    if text is not None:
        gaps = _align(text, forms, name, block[0].number)
    elif lost := [gap for gap in gaps if not WHITESPACE.issuperset(gap)]:
        raise _fail(name, block[0].number, "only whitespace between words", repr(lost[0]), "make it a word")
    return Sentence.from_forms(forms, tags, gaps=gaps, comments=comments)


def _align(text: str, forms: list[str], name: str, number: int) -> list[str]:
    """The gaps that `# text` leaves around the words."""
    gaps, at, wanted = [], 0, f"the words of # text = {text!r}"
    for form in forms:
        start = text.find(form, at)
        if start < 0 or not WHITESPACE.issuperset(text[at:start]):
            raise _fail(name, number, wanted, f"{form!r} at {text[at : at + 20]!r}", "correct one of them")
        gaps.append(text[at:start])
        at = start + len(form)
    if not WHITESPACE.issuperset(text[at:]):
        raise _fail(name, number, wanted, f"no word for {text[at:]!r}", "correct one of them")
    return [*gaps, text[at:]]


def write(sentence: Sentence, notes: Sequence[Sequence[str]] = ()) -> str:
    """One sentence and the empty line after it; a text without words is a comment `# spaces = …` alone.

    `notes` are what to add to each word's MISC: `Name=Value`.

    Raises CorpusError for a word or tag with a tab or line feed in it, for a tag that would read as none, and
    for a comment that would not read as one.
    """
    rows = []
    for comment in sentence.comments:
        if not comment.startswith("#") or "\n" in comment or comment.startswith((TEXT, SPACES)):
            wanted = f"comments of one line that begin with # (but not {TEXT!r} or {SPACES!r})"
            raise CorpusError(f"expected {wanted}, got {comment!r}; change it, or use format=jsonl")
        rows.append(comment + "\r" if comment.endswith("\r") else comment)  # readers take one away
    gaps = sentence.gaps
    if not sentence.words:
        rows.append(f"{SPACES} {escape(sentence.text)}")
    elif (
        "\n" not in sentence.text
        and not sentence.text.endswith("\r")
        and WHITESPACE.isdisjoint(form[0] for form in sentence.forms)  # else the words' places could be mistaken
    ):
        rows.append(f"{TEXT} {sentence.text}")
    for i, (form, pos, _, _) in enumerate(sentence.words):
        if not {"\t", "\n"}.isdisjoint(form):
            raise CorpusError(f"expected words without tabs and line feeds, got {form!r}; use format=jsonl")
        if pos is not None and (pos in ("", "_") or not {"\t", "\n"}.isdisjoint(pos)):
            raise CorpusError(f"expected a tag that CoNLL-U can hold, got {pos!r} on {form!r}; use format=jsonl")
        misc = []
        if not i and gaps[0]:
            misc.append(f"SpacesBefore={escape(gaps[0])}")
        if not gaps[i + 1]:
            misc.append("SpaceAfter=No")
        elif gaps[i + 1] != " " or i == len(sentence.words) - 1:
            misc.append(f"SpacesAfter={escape(gaps[i + 1])}")
        misc += notes[i] if notes else ()
        rows.append("\t".join([str(i + 1), form, "_", pos or "_", *"_____", "|".join(misc) or "_"]))
    return "\n".join(rows) + "\n\n"

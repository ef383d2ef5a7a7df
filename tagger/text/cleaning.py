"""Text as it is pasted from PDF and web pages: without hard line ends, spaces between Han, and HTML's entities.

What is cleaned keeps its place: every code point of the cleaned text knows the stretch of the original that it stands
for. So words of the cleaned text have offsets in the original.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from .block import Places, Spans, Unit, widths
from .characters import code_points
from .marks import CLOSERS, END_MARKS
from .sentence import Entity, Sentence, Word
from .windows import SECTION

# Chinese characters, and punctuation that is as wide: a space or a line end between two of them is none of the text's.
_WIDE = (
    "\u2e80-\u2fdf\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65‘’“”…—·"
)
_SPACES = re.compile(f"(?<=[{_WIDE}])[ \t\u00a0]+(?=[{_WIDE}])")
_BETWEEN_LINES = re.compile("[ \t\u00a0\r]*\n[ \t\u00a0]*")
_IS_WIDE = re.compile(f"[{_WIDE}]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SENTENCE_END = re.compile(rf"[{END_MARKS}；;：:.．][{re.escape(CLOSERS)}]*\s*\Z")
_INDENT = re.compile("\u3000|\t|[ \u00a0]{2}")


class _Edit(NamedTuple):
    """What comes in place of the code points `start` to `end`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, eq=False)
class CleanText:
    """A cleaned text: code point `i` of `text` stands for `original[starts[i] : ends[i]]`."""

    original: str
    text: str
    starts: Places
    ends: Places

    def offsets(self, sentence: Sentence, unit: Unit = "codepoint") -> tuple[tuple[int, int], ...]:
        """The start and the end, in the original, of every word (or entity, if it has no words) of a sentence with this
        text, half-open, in `unit`."""
        before = [0, *accumulate(widths(code_points(self.original), unit).tolist())]
        spans: Sequence[Word | Entity] = sentence.words or sentence.entities
        return tuple((before[self.starts[span.start]], before[self.ends[span.end - 1]]) for span in spans)

    def words(self, sentence: Sentence) -> tuple[Word, ...]:
        """The words of a sentence with this text, each with the offsets that it has in the original."""
        places = zip(sentence.words, self.offsets(sentence), strict=True)
        return tuple(Word(word.form, word.pos, start, end) for word, (start, end) in places)


def clean(text: str) -> CleanText:
    """A text without its hard line ends, spaces between Chinese characters, and HTML entities.

    Lines of one paragraph (see `paragraph_ends`) are joined, with a space unless Chinese characters or punctuation are
    on both sides. Spaces, tabs and no-break spaces between two of these are left out. An entity, which ends in a
    semicolon, becomes its characters, one that is a line end a space; it is replaced once, so `&amp;lt;` becomes
    `&lt;`. All else stays as it is.
    """
    decoded, starts, ends = _apply(text, _entity_edits(text))
    cleaned, later_starts, later_ends = _apply(decoded, _space_edits(decoded))
    return CleanText(text, cleaned, starts[later_starts], ends[later_ends - 1])


def paragraph_ends(lines: Sequence[str]) -> list[bool]:
    """Whether a paragraph ends with each line of a text with hard line ends; with the last one in any case.

    It ends with an empty line and before one, with a line that ends in the punctuation of a sentence, before an
    indented line, with a line that is not full, narrower than three quarters of the widest line before it in the
    paragraph or of the next one, and where it would become longer than `SECTION`.
    """
    return _paragraph_ends([_unescaped(line) for line in lines])


def ends_for_sure(line: str) -> bool:
    """Whether a paragraph ends with a line, whatever follows."""
    return _is_whole(_unescaped(line))


def paragraphs(lines: Iterable[str]) -> list[str]:
    """The paragraphs of lines with hard line ends; an empty line is one of its own."""
    found: list[str] = []
    open_lines: list[str] = []
    lines = list(lines)
    for line, is_end in zip(lines, paragraph_ends(lines), strict=True):
        open_lines.append(line)
        if is_end:
            found.append("\n".join(open_lines))
            open_lines = []
    return found


def original_offsets(spans: Spans, cleaned: Sequence[CleanText], unit: Unit) -> tuple[Places, Places]:
    """The start and the end of each word of cleaned texts within its original text, `[n_words]`, in `unit`."""
    starts, ends = spans.offsets()
    if not len(starts):
        return starts, ends
    texts = np.repeat(np.arange(len(cleaned)), np.diff(spans.firsts))  # the text of each word
    base = _firsts([text.text for text in cleaned])[texts]
    begun = np.concatenate([text.starts for text in cleaned])[base + starts]
    ended = np.concatenate([text.ends for text in cleaned])[base + ends - 1]
    originals = [text.original for text in cleaned]
    before = np.concatenate([[0], np.cumsum(widths(code_points("".join(originals)), unit), dtype=np.int64)])
    base = _firsts(originals)[texts]
    return before[base + begun] - before[base], before[base + ended] - before[base]


def _firsts(texts: Sequence[str]) -> Places:
    """Where each text begins when they are joined."""
    lengths = np.array([len(text) for text in texts], np.int64)
    return np.asarray(np.cumsum(lengths) - lengths, np.int64)


def _paragraph_ends(lines: Sequence[str]) -> list[bool]:
    """`paragraph_ends` of lines without entities."""
    ends = []
    widest = length = 0
    sizes = [_width(line) for line in lines]
    for (line, following), (width, next_width) in zip(pairwise([*lines, ""]), pairwise([*sizes, 0]), strict=True):
        widest, length = max(widest, width), length + len(line) + 1
        is_end = (
            _is_whole(line)
            or not following.strip()
            or _INDENT.match(following) is not None
            or 4 * width < 3 * max(widest, next_width)
            or length + len(following) > SECTION
        )
        ends.append(is_end)
        if is_end:
            widest = length = 0
    return ends


def _is_whole(line: str) -> bool:
    """Whether a line is empty, or ends as a sentence does."""
    return not line.strip() or _SENTENCE_END.search(line) is not None


def _width(line: str) -> int:
    """The columns that a line takes: two for each character outside ASCII."""
    line = line.strip()
    return 2 * len(line) - len(line.encode("ascii", "ignore"))


def _entity_edits(text: str) -> list[_Edit]:
    """The entities of a text. One that stands for no character, or that Python cannot tell, stays."""
    if "&" not in text:
        return []
    edits = []
    for match in _ENTITY.finditer(text):
        new = html.unescape(match[0])
        if new and new != match[0] and "\ufffd" not in new:
            edits.append(_Edit(*match.span(), " " if new in ("\n", "\r") else new))
    return edits


def _unescaped(line: str) -> str:
    return _apply(line, _entity_edits(line))[0] if "&" in line else line


def _space_edits(text: str) -> list[_Edit]:
    """The line ends and the spaces to leave out, and line ends to make a space of."""
    edits = [_Edit(*match.span(), "") for match in _SPACES.finditer(text)]
    if "\n" not in text:
        return edits
    ends = _paragraph_ends(text.split("\n"))
    for match, is_end in zip(_BETWEEN_LINES.finditer(text), ends, strict=False):
        if not is_end:
            start, end = match.span()
            is_wide = _IS_WIDE.match(text[start - 1 : start]) and _IS_WIDE.match(text, end)
            edits.append(_Edit(start, end, "" if is_wide else " "))
    return sorted(edits)


def _apply(text: str, edits: Sequence[_Edit]) -> tuple[str, Places, Places]:
    """The text after edits, and for each of its code points the start and the end of what it stands for."""
    if not edits:
        starts = np.arange(len(text))
        return text, starts, starts + 1
    parts: list[str] = []
    begun: list[int] = []
    ended: list[int] = []
    place = 0
    for start, end, new in [*edits, _Edit(len(text), len(text), "")]:
        parts += text[place:start], new
        begun += *range(place, start), *[start] * len(new)
        ended += *range(place + 1, start + 1), *[end] * len(new)
        place = end
    return "".join(parts), np.array(begun, np.int64), np.array(ended, np.int64)

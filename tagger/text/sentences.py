"""Where the sentences of a text end, by rules: no model is needed.

A sentence ends at a line break and at 。 ！ ？ …… and their half-width forms, with the closing quotes, brackets, emoji
and spaces that follow. It does not end

- at ； and ：, nor where a comma, a semicolon or a colon follows the mark;
- in brackets that are closed on the same line within `BRACKET` characters;
- in a URL, a number or another string that presegmentation keeps whole;
- before the words that name the speaker of a quotation (“走吧！”他说。);
- at the full stop of an abbreviation, an initial, a foreign name (約翰．史密斯) or the number of an item.

A full stop `.` ends a clause of Chinese characters by the rule by which nets read it as 。 (see `context`), and an
English sentence before a space and a capital, a digit or Chinese. Marks without a letter or a digit belong to the
sentence before.
"""

import re
from bisect import bisect
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .characters import CLASSES, class_table
from .context import Neighbour, ends_a_clause
from .marks import BRACKETS, CLOSERS, END_MARKS, LINE_BREAKS
from .presegment import Presegmenter

BRACKET = 200  # characters in brackets, at most, in which no sentence ends
_INSIDE = "|".join(
    f"{re.escape(a)}[^{re.escape(a + b)}{LINE_BREAKS}]{{0,{BRACKET}}}{re.escape(b)}" for a, b in BRACKETS
)
_TOKEN = re.compile(f"(?P<brackets>{_INSIDE})|(?P<line>[{LINE_BREAKS}])|[{END_MARKS}.．]+")
_CLOSING = "".join(char for char in CLOSERS if char not in "\"'")
# What follows the mark and belongs to the sentence: marks, closing ones, notes ([1]), emoji and what is not seen.
_TAIL = re.compile(
    f"(?:[{END_MARKS}.．{re.escape(_CLOSING)}]|\\[[0-9]{{1,3}}\\]"
    "|[\u0300-\u036f\u200b-\u200f\u2060\u20e3\ufe00-\ufe0f\ufeff]"
    "|[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\U000e0020-\U000e007f])*"
)
_OPERAND = re.compile("[A-Za-z0-9]{2}|.[=/&#%]")  # beside a mark: a?b, x!=y
_GOES_ON = re.compile("[，、；：,;:]")
_SPEAKER = re.compile(
    r"[”」』\"’][\u4e00-\u9fff]{0,4}?(?<!知)[说說道问問答喊叫嚷笑][着著道]?(?:[^\w\s]|$)"  # ”他说。 ”小王笑道：
)
_WORDS = re.compile(r"[^\W_]")
_STRINGS = re.compile(r"[.．!?！？…][^\W_]|[.．!?！？][/&=#%@-]")  # without these, no string has a mark inside
_BREAK = re.compile(f"[{LINE_BREAKS}]")
_SPACES = re.compile(r"\s*")
_ITEM = re.compile(r"[（(]?(?:[0-9]{1,3}(?:\.[0-9]{1,3})*|[A-Za-z]|[一二三四五六七八九十]{1,3})[)）]?")
_INITIALS = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]\.)*[A-Za-z]")
# Characters that write the sounds of foreign names: a full stop among them parts first names from family names.
_SOUNDS = (
    "阿埃艾安奥奧巴拜班贝貝本比彼波伯博布查达達戴丹德迪蒂杜顿頓多恩尔爾法菲费費弗福盖蓋戈格古哈海汉漢赫亨霍基吉加贾賈杰傑卡凯凱"
    "科克肯库庫拉莱萊兰蘭勒雷蕾里莉利列琳卢盧鲁魯伦倫罗羅洛马馬玛瑪麦麥曼梅蒙米密默莫穆内內纳納娜尼诺諾帕佩皮普奇琪乔喬琼瓊若萨薩塞"
    "瑟沙莎史斯丝絲松孙孫索塔泰坦汤湯特图圖托瓦威维維韦韋翁沃伍西希谢謝辛雅亚亞耶伊约約翰詹茨兹茲佐朱"
)
_NAME = re.compile(f"[{_SOUNDS}]{{2}}[.．][{_SOUNDS}]{{2}}")
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "no",
        "fig",
        "eq",
        "sec",
        "vol",
        "pp",
        "ed",
        "eds",
        "vs",
        "cf",
        "al",
        "etc",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "univ",
        "approx",
        "est",
        "jr",
        "sr",
        "rev",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "gov",
        "sen",
        "rep",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mt",
        "ave",
        "blvd",
    ]
)
_HAN, _NEXT = ("Han", "kana", "Hangul"), ("Latin capital", "digit", "Han", "kana", "Hangul")


def sentences(text: str) -> list[str]:
    """The sentences of a text, which joined give the text: spaces and line breaks belong to the sentence before them,
    or to the first one. None of an empty text."""
    return [text[start:end] for start, end in pairwise([0, *sentence_ends(text)])]


def sentence_ends(text: str) -> list[int]:
    """Where each sentence of a text ends; the last one ends where the text does."""
    splitter, ends = _Splitter(text), list[int]()
    start = at = 0
    on_new_line, has_word, is_visible = True, False, False
    while start < len(text):
        seen, at = at, splitter.next_end(start, at)
        part = text[seen:at]
        has_word = has_word or bool(_WORDS.search(part))
        is_visible = is_visible or not part.isspace()
        ends_line = bool(_BREAK.search(part, len(part.rstrip())))
        if has_word or ((on_new_line or not ends) and is_visible and (ends_line or at == len(text))):
            ends.append(at)
        elif ends and (not on_new_line or at == len(text)):
            ends[-1] = at
        elif at == len(text):
            ends.append(at)
        else:
            continue  # marks or spaces that begin a sentence
        start, on_new_line, has_word, is_visible = at, ends_line, False, False
    return ends


@dataclass(frozen=True)
class _Splitter:
    """Finds the ends of sentences of one text."""

    text: str

    @cached_property
    def joined(self) -> NDArray[np.bool_] | None:
        """Where presegmentation allows no boundary, `[n]`; None if no such string has a mark inside."""
        return Presegmenter().joined_mask(self.text) if _STRINGS.search(self.text) else None

    @cached_property
    def quotes(self) -> list[int]:
        """Where straight double quotes stand."""
        return [match.start() for match in re.finditer('"', self.text)]

    def next_end(self, start: int, at: int) -> int:
        """Where what begins at `start` ends by its marks and spaces, looked for from `at` on: after `at`."""
        text, first = self.text, _skip(_SPACES, self.text, start) if start == at else -1
        while match := _TOKEN.search(text, at):
            at = match.end()
            if match["line"]:
                return _skip(_SPACES, text, at)
            if match["brackets"]:
                if match.start() == first and match[0][0] not in "《〈" and match[0][-2] in END_MARKS:
                    return _skip(_SPACES, text, at)
                continue
            tail = self.tail(at)
            is_joined = self.joined is not None and tail < len(text) and bool(self.joined[tail])
            if not is_joined and _ends(text, first, match, tail):
                return _skip(_SPACES, text, tail)
        return len(text)

    def tail(self, at: int) -> int:
        """Where a sentence ends if it ends with the marks before `at`. Of the straight double quotes of a line every
        second one closes."""
        text, end = self.text, _skip(_TAIL, self.text, at)
        while text[end : end + 1] == "'" or (text[end : end + 1] == '"' and self.is_open(end)):
            end = _skip(_TAIL, text, end + 1)
        return end

    def is_open(self, at: int) -> bool:
        """Whether a straight quote is open at a place in its line."""
        line = self.text.rfind("\n", 0, at) + 1
        return (bisect(self.quotes, at - 1) - bisect(self.quotes, line - 1)) % 2 == 1


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _ends(text: str, first: int, marks: re.Match[str], tail: int) -> bool:
    """Whether a sentence whose first character is `first`, or -1 if it began with marks, ends with these marks and what
    follows them up to `tail`."""
    after = _skip(_SPACES, text, tail)
    if after == len(text) or _BREAK.search(text, tail, after):
        return True
    following = text[after]
    if _GOES_ON.match(following) or (tail > marks.end() and _SPEAKER.match(text, tail - 1)):
        return False
    if not set(marks[0]) <= {".", "．", "…"}:
        beside = text[marks.start() - 1 : marks.start()] + text[tail : tail + 1]
        return not (marks[0].isascii() and _OPERAND.fullmatch(beside))
    if "…" in marks[0] or len(marks[0]) > 2:
        return _kind(following) != "Latin small"
    return _is_full_stop(text, first, marks.start(), tail, after)


def _is_full_stop(text: str, first: int, at: int, tail: int, after: int) -> bool:
    """Whether the full stop at `at`, with what follows it up to `tail` and spaces up to `after`, ends a sentence."""
    if first >= 0 and _ITEM.fullmatch(text, first, at):
        return False
    if _NAME.match(text, at - 2):
        return False
    before, following = text[at - 1 : at], text[after]
    word = re.search(r"[A-Za-z.]*\Z", text[max(first, at - 12, 0) : at])
    last = word[0].lower() if word else ""
    is_short = last in _ABBREVIATIONS or bool(_INITIALS.fullmatch(last))
    if ends_a_clause(_neighbour(before), _neighbour(text[at + 1 : at + 2])) and not (is_short and "." in last):
        return _kind(before) in _HAN or tail > at + 1 or _kind(following) in _HAN
    if after == tail or not (_kind(following) in _NEXT or following in "“\"‘'「『（(《"):
        return False
    return not is_short


def _kind(char: str) -> str:
    return CLASSES[class_table()[ord(char)]] if char else "padding"


def _neighbour(char: str) -> Neighbour:
    """A character as the rules of `context` see it."""
    folded = chr(ord(char) - 0xFEE0) if "！" <= char <= "～" else char
    return Neighbour(_kind(char), folded)

"""Presegmentation: patterns find strings that no word boundary may cut, such as URLs and numbers.

URLs, e-mail addresses, numbers, Latin words, emoji sequences and the like are words, or parts of words, in every
segmentation standard. Which kinds a corpus keeps whole is learnt from its gold words (`Presegmenter.fit`). No boundary
is allowed inside such a string, and the model decides about its edges: a boundary is never forced, so "GPT-4模型" may
still be one word.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .characters import N_CODE_POINTS, code_points
from .list_numbers import DATE
from .partial import Partial
from .sentence import Sentence

_LATIN = "A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ԯḀ-ỿ"
# A comma stands inside a number between groups of three digits only; a colon inside a time or a ratio only, and not
# before the year of a date. "1.2019年" is the first item of a list, not a decimal (see `list_numbers`).
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9]|,[0-9])(?:\.[0-9]+)?"
_DOTTED = rf"[0-9]+(?:\.(?!{DATE})[0-9]+)+"
_NUMBER = f"(?:{_GROUPED}|{_DOTTED}|[0-9]+)"
_TIME = r"(?:[01]?[0-9]|2[0-4])[:：][0-5][0-9](?:[:：][0-5][0-9](?:\.[0-9]+)?)?(?![0-9:：年])"
_RATIO = r"[0-9]{1,4}(?:\.[0-9]+)?[:：](?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{1,6}(?:\.[0-9]+)?(?![0-9:：年月])"
# Roman numerals of several characters: Ⅰ, Ⅴ, Ⅹ, … side by side, and Ⅱ, Ⅳ, … after a ten (ⅩⅣ). ⅠⅡⅢ are three numbers.
_ROMAN = "[ⅠⅤⅩⅬⅭⅮⅯ]{0,15}[ⅩⅬⅭⅮⅯ][ⅡⅢⅣⅥⅦⅧⅨⅪⅫ]|[ⅠⅤⅩⅬⅭⅮⅯ]{2,15}"
_ROMAN = f"{_ROMAN}|{_ROMAN.lower()}"
# Chinese identity cards (17 digits and a check character) and social credit codes (18 digits and letters).
_IDENTITY = "[0-9]{8}[0-9A-Z]{10}(?![0-9A-Za-z])"
_IDENTITY_LENGTH = 18
# What follows the host of a URL. A comma does not lead from one URL to the next.
_PATH = r"(?:[!#-+\--;=?-~]|,(?![A-Za-z][A-Za-z0-9+.-]{0,31}://))*[A-Za-z0-9/#&=~_-]"
_DOMAINS = "com|cn|net|org|edu|gov|io|cc|tv|me|co|info"
# Where a name in Han characters ends: a space, a colon or a bracket says so. Before other punctuation, or at the end of
# the text, what follows "@" or "#" may be a clause, so only a short name counts.
_CLOSED_NAME = r"[\w·-]{1,15}(?=(?!\n)\s|[:：/@)）\]】])"
_SHORT_NAME = r"[\w·-]{1,6}(?=[,，.。!！?？;；、…\n]|$)"
_ASCII_NAME = "[A-Za-z0-9_]{1,40}"
_EVERYONE = "所有人|全体成员|全体人员"
_PICTURE = (
    "\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
_EMOJI = f"[{_PICTURE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*"

_CHINESE_PUNCTUATION = np.zeros(0x5F, bool)  # by the distance from U+FF00
_CHINESE_PUNCTUATION[[ord(char) - 0xFF00 for char in "！＂＇（），．：；？［］｛｝"]] = True

# A pattern for each kind of string. Of several that match at a place the first one is taken. Patterns see full-width
# forms as half-width ones (see `_fold`). A part that is tried at every letter and may fail (before "://", before "@")
# has a bounded length: otherwise a long line takes n² steps.
PATTERNS = {
    "url": rf"(?:[A-Za-z][A-Za-z0-9+.-]{{0,31}}://|www\.){_PATH}|(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:{_DOMAINS})/{_PATH}",
    "email": r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "hashtag": rf"(?<![A-Za-z0-9_#&])#(?:[\w·.+-]{{1,40}}#|{_CLOSED_NAME}|{_ASCII_NAME}|{_SHORT_NAME})",
    "mention": rf"(?<![A-Za-z0-9_.@-])@(?:{_EVERYONE}|{_CLOSED_NAME}|{_ASCII_NAME}|{_SHORT_NAME}|[\w]{{1,2}})",
    "emoji": rf"[#*0-9]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}(?:\u200d{_EMOJI})*",
    "percentage": rf"{_NUMBER}[%‰]",
    "measure": rf"{_IDENTITY}|{_NUMBER}(?:[{_LATIN}]+(?:/[{_LATIN}]+)?|[°℃℉])",
    "code": rf"[{_LATIN}]+(?:[-_.]?[0-9]+[{_LATIN}]*)+",
    "number": f"{_IDENTITY}|{_TIME}|{_RATIO}|{_NUMBER}|{_ROMAN}",
    "latin": rf"[{_LATIN}][{_LATIN}\u0300-\u036f]*(?:['’·-][{_LATIN}\u0300-\u036f]+)*",
    "dots": r"…{2,}|\.{2,}|—{2,}|-{2,}|~{2,}|。{2,}",
}
_NUMBERS = {kind: number for number, kind in enumerate(PATTERNS)}
# The share of a kind's strings that gold words may cut before the kind is no longer kept whole.
TOLERATED = 0.05


@cache
def _first_chars() -> NDArray[np.bool_]:
    """Mask `[0x110000]` of the code points that a match can begin with: patterns are tried at no others."""
    table = np.zeros(N_CODE_POINTS, bool)
    for chars in (_LATIN, "0-9", _PICTURE, "\U0001f1e6-\U0001f1ff", "Ⅰ-Ⅿⅰ-ⅿ", "#@*….—~。-"):
        for first, last in re.findall("(.)-(.)", chars):
            table[ord(first) : ord(last) + 1] = True
        table[[ord(char) for char in chars]] = True
    return table


# Without any of these, full-width forms among them, a text has no string of two characters or more to keep whole.
_POSSIBLE = re.compile(f"[{_LATIN}0-9{_PICTURE}\U0001f1e6-\U0001f1ffⅠ-Ⅿⅰ-ⅿ#@*….—~\\-＃＠＊．～－Ａ-Ｚａ-ｚ０-９]|。。")


class Runs(NamedTuple):
    """Strings one after the other: the number of each one's kind in `PATTERNS`, its start and end `[n_runs]`."""

    kinds: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def outside(self, found: NDArray[np.int64], kinds: Sequence[int]) -> "Runs":
        """What the runs of some kinds leave of more than one character behind `found` `[n_found, 3]`, and these too."""
        ends_before = np.r_[0, found[:, 2]][np.searchsorted(found[:, 1], self.starts)]
        starts = np.maximum(self.starts, ends_before)
        left = (self.ends - starts > 1) & np.isin(self.kinds, kinds)
        rows = np.concatenate([found, np.c_[self.kinds, starts, self.ends][left]])
        return Runs(*rows[np.argsort(rows[:, 1])].T)


_OTHER, _DIGIT, _LETTER, _APART = range(4)


@cache
def _run_table() -> NDArray[np.uint8]:
    """Of each code point `[0x110000]` whether it is an ASCII digit or letter, or in no string to keep whole, where that
    begins with neither "#" nor "@"."""
    table = np.full(N_CODE_POINTS, _OTHER, np.uint8)
    table[ord("0") : ord("9") + 1] = _DIGIT
    table[ord("A") : ord("Z") + 1] = table[ord("a") : ord("z") + 1] = _LETTER
    table[0x4E00:0xA000] = table[[ord(char) for char in "\n 　，。、；！？（）《》“”"]] = _APART
    return table


def _bare_runs(folded: NDArray[np.int32]) -> tuple[Runs, NDArray[np.bool_]]:
    """Digits alone and letters alone between characters that are in no string to keep whole, and a mask `[n_chars]` of
    them: numbers and words without trying a pattern, and what is no identity card."""
    classes = _run_table().take(folded)
    edges = np.flatnonzero(classes[1:] != classes[:-1]) + 1
    starts, ends = np.r_[0, edges], np.r_[edges, len(classes)]
    kinds, lengths = classes[starts], ends - starts
    apart = np.r_[True, kinds == _APART, True]
    is_bare = apart[:-2] & apart[2:] & ((kinds == _LETTER) | (kinds == _DIGIT) & (lengths < _IDENTITY_LENGTH))
    numbers = np.where(kinds == _DIGIT, _NUMBERS["number"], _NUMBERS["latin"])
    return Runs(numbers[is_bare], starts[is_bare], ends[is_bare]), np.repeat(is_bare, lengths)


def _fold(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Replaces full-width forms by half-width ones in code points `[n_chars]`, but keeps Chinese punctuation outside of
    full-width text: a full-width comma or colon after "10000" or "a.com" ends the number or the URL."""
    wide = (codes > 0xFF00) & (codes < 0xFF5F)
    if not wide.any():
        return codes
    inside = np.zeros(len(codes), bool)
    inside[1:-1] = wide[:-2] & wide[2:]
    chinese = _CHINESE_PUNCTUATION[np.where(wide, codes - 0xFF00, 0)]
    return np.where(wide & (inside | ~chinese), codes - 0xFEE0, codes)


@dataclass(frozen=True)
class Presegmenter:
    """Finds strings of some kinds, which no word boundary may cut. `kinds` are keys of `PATTERNS`; without any,
    every boundary is allowed. Raises ValueError for an unknown kind."""

    kinds: tuple[str, ...] = tuple(PATTERNS)

    def __post_init__(self) -> None:
        if unknown := [kind for kind in self.kinds if kind not in PATTERNS]:
            raise ValueError(f"expected kinds out of {', '.join(PATTERNS)}, got {', '.join(unknown)}; correct them")

    @classmethod
    def fit(cls, sentences: Iterable[Sentence]) -> Self:
        """The presegmenter of the kinds that the gold words of a corpus keep whole, and of those that it lacks."""
        counts = RunCounts()
        for sentence in sentences:
            counts.add(sentence)
        return cls(counts.kept_kinds())

    def __and__(self, other: Self) -> Self:
        """The presegmenter of the kinds that both presegmenters have."""
        return type(self)(tuple(kind for kind in self.kinds if kind in other.kinds))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?P<{kind}>{PATTERNS[kind]})" for kind in PATTERNS if kind in self.kinds))

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The matches of more than one character, in order; `lastgroup` is the kind."""
        if not self.kinds or not _POSSIBLE.search(text):
            return
        codes = _fold(code_points(text))
        folded = codes.tobytes().decode("utf-32-le", "surrogatepass")
        match_at, end = self._pattern.match, 0
        for start in np.flatnonzero(_first_chars()[codes]).tolist():
            if start >= end and (match := match_at(folded, start)):
                end = match.end()
                if end - start > 1:
                    yield match

    def find_all(self, codes: NDArray[np.int32], bounds: NDArray[np.int64]) -> Runs:
        """The matches that `find` finds in texts one after the other: `bounds` `[n_texts + 1]` are where each begins
        in `codes`, and where the last one ends."""
        if not self.kinds or not len(codes):
            return Runs(*np.zeros((3, 0), np.int64))
        folded = _fold(np.insert(codes, bounds[1:-1], ord("\n")))
        bare, is_bare = _bare_runs(folded)
        possible = _first_chars().take(folded) & ~is_bare
        possible[:-1] &= (folded[:-1] != ord("。")) | (folded[1:] == ord("。"))
        first_places = bounds[1:-1] + np.arange(1, len(bounds) - 1)  # in `folded`, of every text but the first
        places = np.flatnonzero(possible)
        numbers = np.searchsorted(first_places, places, side="right")
        text = folded.tobytes().decode("utf-32-le", "surrogatepass")
        match_at, end, found = self._pattern.match, 0, list[tuple[int, int, int]]()
        for start, text_end in zip(places.tolist(), (bounds[1:][numbers] + numbers).tolist(), strict=True):
            if start >= end and (match := match_at(text, start, text_end)):
                end = match.end()
                if end - start > 1:
                    found.append((_NUMBERS[str(match.lastgroup)], start, end))
        runs = bare.outside(np.array(found, np.int64).reshape(-1, 3), [_NUMBERS[kind] for kind in self.kinds])
        shift = np.searchsorted(first_places, runs.starts, side="right")
        return Runs(runs.kinds, runs.starts - shift, runs.ends - shift)

    def joined_mask(self, text: str) -> NDArray[np.bool_]:
        """Mask `[n_chars]` of the characters at which no word may begin, because a match began before them."""
        joined = np.zeros(len(text), bool)
        for match in self.find(text):
            joined[match.start() + 1 : match.end()] = True
        return joined

    def gold_joined_mask(self, sentence: Sentence | Partial) -> NDArray[np.bool_]:
        """`joined_mask` of an annotated sentence, without the strings that its known word boundaries cut."""
        joined = self.joined_mask(sentence.text)
        leave_out_cut(joined, np.array(sentence.edges, np.int64))
        return joined


def leave_out_cut(joined: NDArray[np.bool_], edges: NDArray[np.int64]) -> None:
    """Take the strings that word boundaries at `edges` cut out of a `joined_mask`, in place."""
    inner = edges[edges < len(joined)]
    for edge in inner[joined[inner]].tolist():
        if joined[edge]:  # not yet taken out by an earlier boundary
            before, after = edge - 1, edge
            while before >= 0 and joined[before]:
                joined[before] = False
                before -= 1
            while after < len(joined) and joined[after]:
                joined[after] = False
                after += 1


NO_PRESEGMENTATION = Presegmenter(())
_ALL_KINDS = Presegmenter()


@dataclass(frozen=True)
class RunCounts:
    """How many strings of each kind a corpus has, and how many of them its gold words cut."""

    n_seen: Counter[str] = field(default_factory=Counter)
    n_cut: Counter[str] = field(default_factory=Counter)

    def add(self, sentence: Sentence) -> None:
        """Count those of a sentence."""
        starts: set[int] | None = None
        for match in _ALL_KINDS.find(sentence.text):
            kind = str(match.lastgroup)
            starts = {word.start for word in sentence.words} if starts is None else starts
            self.n_seen[kind] += 1
            self.n_cut[kind] += not starts.isdisjoint(range(match.start() + 1, match.end()))

    def add_all(self, codes: NDArray[np.int32], bounds: NDArray[np.int64], starts: NDArray[np.int64]) -> None:
        """Count those of texts one after the other (see `Presegmenter.find_all`) in which words start at `starts`.
        Texts without words say nothing."""
        has_words = np.diff(np.searchsorted(starts, bounds)) > 0
        texts = np.repeat(has_words, np.diff(bounds))
        words_before = np.cumsum(np.bincount(starts, minlength=len(codes)))
        kinds, firsts, ends = _ALL_KINDS.find_all(codes, bounds)
        is_cut = words_before[ends - 1] > words_before[firsts]
        for counter, counted in ((self.n_seen, texts[firsts]), (self.n_cut, texts[firsts] & is_cut)):
            of_kinds = np.bincount(kinds[counted], minlength=len(PATTERNS)).tolist()
            counter.update(dict(zip(PATTERNS, of_kinds, strict=True)))

    def __add__(self, other: Self) -> Self:
        return type(self)(self.n_seen + other.n_seen, self.n_cut + other.n_cut)

    def kept_kinds(self) -> tuple[str, ...]:
        """The kinds that gold words keep whole, and those that the corpus lacks."""
        return tuple(kind for kind in PATTERNS if self.n_cut[kind] <= TOLERATED * self.n_seen[kind])

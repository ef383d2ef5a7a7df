"""Presegmentation: patterns find strings that no word boundary may cut, such as URLs and numbers.

URLs, e-mail addresses, numbers, Latin words, emoji sequences and the like are words, or parts of words, in every
segmentation standard. Which kinds a corpus keeps whole is learnt from its gold words (`Presegmenter.fit`). No boundary
is allowed inside such a string, and the model decides about its edges: a boundary is never forced, so "GPT-4模型" may
still be one word.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .characters import N_CODE_POINTS, code_points
from .partial import Partial
from .sentence import Sentence

_LATIN = "A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ԯḀ-ỿ"
_NUMBER = "[0-9]+(?:[.,:][0-9]+)*"
_PICTURE = (
    "\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
_EMOJI = f"[{_PICTURE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*"

# A pattern for each kind of string. Of several that match at a place the first one is taken. Patterns see full-width
# forms as half-width ones. A part that is tried at every letter and may fail (before "://", before "@") has a bounded
# length: otherwise a long line takes n² steps.
PATTERNS = {
    "url": r"(?:[A-Za-z][A-Za-z0-9+.-]{0,31}://|www\.)[!#-;=?-~]*[A-Za-z0-9/#&=~_-]",
    "email": r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "hashtag": r"(?<![\w#])#[\w·.+-]{1,40}#?",
    "mention": r"(?<![\w@])@[\w-]{1,30}",
    "emoji": rf"[#*0-9]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}(?:\u200d{_EMOJI})*",
    "percentage": rf"{_NUMBER}[%‰]",
    "measure": rf"{_NUMBER}(?:[{_LATIN}]+(?:/[{_LATIN}]+)?|[°℃℉])",
    "code": rf"[{_LATIN}]+(?:[-_.]?[0-9]+[{_LATIN}]*)+",
    "number": _NUMBER,
    "latin": rf"[{_LATIN}][{_LATIN}\u0300-\u036f]*(?:['’·-][{_LATIN}\u0300-\u036f]+)*",
    "dots": r"…{2,}|\.{2,}|—{2,}|-{2,}|~{2,}|。{2,}",
}
# The share of a kind's strings that gold words may cut before the kind is no longer kept whole.
TOLERATED = 0.05


@cache
def _first_chars() -> NDArray[np.bool_]:
    """Mask `[0x110000]` of the code points that a match can begin with: patterns are tried at no others."""
    table = np.zeros(N_CODE_POINTS, bool)
    for chars in (_LATIN, "0-9", _PICTURE, "\U0001f1e6-\U0001f1ff", "#@*….—~。-"):
        for first, last in re.findall("(.)-(.)", chars):
            table[ord(first) : ord(last) + 1] = True
        table[[ord(char) for char in chars]] = True
    return table


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
        n_seen, n_cut = Counter[str](), Counter[str]()
        all_kinds = cls()
        for sentence in sentences:
            starts = {word.start for word in sentence.words}
            for match in all_kinds.find(sentence.text):
                kind = str(match.lastgroup)
                n_seen[kind] += 1
                n_cut[kind] += not starts.isdisjoint(range(match.start() + 1, match.end()))
        return cls(tuple(kind for kind in PATTERNS if n_cut[kind] <= TOLERATED * n_seen[kind]))

    def __and__(self, other: Self) -> Self:
        """The presegmenter of the kinds that both presegmenters have."""
        return type(self)(tuple(kind for kind in self.kinds if kind in other.kinds))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?P<{kind}>{PATTERNS[kind]})" for kind in PATTERNS if kind in self.kinds))

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The matches of more than one character, in order; `lastgroup` is the kind."""
        if not self.kinds:
            return
        codes = code_points(text)
        codes = np.where((codes > 0xFF00) & (codes < 0xFF5F), codes - 0xFEE0, codes)
        folded = codes.tobytes().decode("utf-32-le", "surrogatepass")
        match_at, end = self._pattern.match, 0
        for start in np.flatnonzero(_first_chars()[codes]).tolist():
            if start >= end and (match := match_at(folded, start)):
                end = match.end()
                if end - start > 1:
                    yield match

    def joined_mask(self, text: str) -> NDArray[np.bool_]:
        """Mask `[n_chars]` of the characters at which no word may begin, because a match began before them."""
        joined = np.zeros(len(text), bool)
        for match in self.find(text):
            joined[match.start() + 1 : match.end()] = True
        return joined

    def gold_joined_mask(self, sentence: Sentence | Partial) -> NDArray[np.bool_]:
        """`joined_mask` of an annotated sentence, without the strings that its known word boundaries cut."""
        joined = self.joined_mask(sentence.text)
        for edge in sentence.edges:
            if edge < len(joined) and joined[edge]:
                before, after = edge - 1, edge
                while before >= 0 and joined[before]:
                    joined[before] = False
                    before -= 1
                while after < len(joined) and joined[after]:
                    joined[after] = False
                    after += 1
        return joined


NO_PRESEGMENTATION = Presegmenter(())

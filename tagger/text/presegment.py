"""Pre-segmentation: runs of characters that a word boundary never cuts, found by pattern.

URLs, e-mail addresses, numbers, Latin words, emoji sequences and the like are words, or parts of
words, in every segmentation standard; which of the kinds hold in a corpus is read off its gold words
(`Presegmenter.fit`). Inside a run no boundary is allowed; its edges are left to the model. A boundary is
never forced, so "GPT-4模型" may still be one word.
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

# In order: the first kind that matches at a place takes it. Full-width forms are read as half-width ones.
# What is tried at every letter and may fail (before "://", before "@") is bounded: else long lines take n² steps.
KINDS = {
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
# A kind is kept unless gold words cut more than this share of its runs in training.
TOLERATED = 0.05


@cache
def _first() -> NDArray[np.bool_]:
    """Which code points a run can begin with, `[0x110000]`: elsewhere the patterns are not tried."""
    table = np.zeros(N_CODE_POINTS, bool)
    for chars in (_LATIN, "0-9", _PICTURE, "\U0001f1e6-\U0001f1ff", "#@*….—~。-"):
        for first, last in re.findall("(.)-(.)", chars):
            table[ord(first) : ord(last) + 1] = True
        table[[ord(char) for char in chars]] = True
    return table


@dataclass(frozen=True)
class Presegmenter:
    """The kinds of runs to keep together, of `KINDS`; none at all switches pre-segmentation off."""

    kinds: tuple[str, ...] = tuple(KINDS)

    def __post_init__(self) -> None:
        if unknown := [kind for kind in self.kinds if kind not in KINDS]:
            raise ValueError(f"expected kinds of runs out of {', '.join(KINDS)}, got {', '.join(unknown)}")

    @classmethod
    def fit(cls, sentences: Iterable[Sentence]) -> Self:
        """The kinds that the gold words of a corpus keep together; those that it never shows are kept."""
        seen, cut = Counter[str](), Counter[str]()
        every = cls()
        for sentence in sentences:
            if isinstance(sentence, Partial):  # what it does not cut may still be cut
                continue
            starts = {word.start for word in sentence.words}
            for match in every.find(sentence.text):
                kind = str(match.lastgroup)
                seen[kind] += 1
                cut[kind] += not starts.isdisjoint(range(match.start() + 1, match.end()))
        return cls(tuple(kind for kind in KINDS if cut[kind] <= TOLERATED * seen[kind]))

    def __and__(self, other: Self) -> Self:
        """The kinds that both keep."""
        return type(self)(tuple(kind for kind in self.kinds if kind in other.kinds))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        kinds = "|".join(f"(?P<{kind}>{KINDS[kind]})" for kind in KINDS if kind in self.kinds)
        return re.compile(kinds)

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The runs of more than one character, in order; `lastgroup` is the kind."""
        if not self.kinds:
            return
        codes = code_points(text)
        codes = np.where((codes > 0xFF00) & (codes < 0xFF5F), codes - 0xFEE0, codes)
        folded = codes.tobytes().decode("utf-32-le", "surrogatepass")
        match_at, end = self._pattern.match, 0
        for start in np.flatnonzero(_first()[codes]).tolist():
            if start >= end and (match := match_at(folded, start)):
                end = match.end()
                if end - start > 1:
                    yield match

    def joined(self, text: str) -> NDArray[np.bool_]:
        """Which characters go on a run, so that no word begins at them: `[n_chars]`."""
        joined = np.zeros(len(text), bool)
        for match in self.find(text):
            joined[match.start() + 1 : match.end()] = True
        return joined

    def joined_in(self, sentence: Sentence) -> NDArray[np.bool_]:
        """The same for a gold sentence, without the runs that its words cut."""
        joined = self.joined(sentence.text)
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

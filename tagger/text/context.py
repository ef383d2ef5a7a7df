"""Characters that stand for another one in some contexts: 著 for 着 in 看著, "." for "。" between Chinese clauses.

One table of characters cannot tell 看著 from 著名, so these are decided by the neighbours of a character. A rule is a
function of both neighbours; `ContextTables` holds the rules as tables of character ids, which numpy, torch and the
exported graph read alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .characters import CLASSES, PAD


class Neighbour(NamedTuple):
    """A character beside another one: its class, and itself if a rule names it, else ""."""

    kind: str
    char: str


@dataclass(frozen=True)
class Rule:
    """`source` stands for `target` between the neighbours for which `applies` holds."""

    source: str
    target: str
    named: str  # the characters that `applies` asks for
    applies: Callable[[Neighbour, Neighbour], bool]


# The words in which simplified text writes 著, by the character before it and by the one after it.
_BEFORE_ZHU, _AFTER_ZHU = "显顯名专專原论論合编編昭卓土巨遗遺译譯拙所", "名作者述称稱录錄书書"
# What follows 乾 (qián) in names; elsewhere it is 干 (gān, dry).
_AFTER_QIAN = "隆坤陵"
# Brackets and quotes as the ids have them: full-width forms are folded.
_CLOSING, _OPENING = "”’」』)》〉】", "“‘「『(《〈【"
_CLAUSE, _WORD = ("Han", "kana", "Hangul"), ("Latin capital", "Latin small", "digit")


def _is_particle(before: Neighbour, after: Neighbour) -> bool:
    """著 as 着. Without a Han character before it, 著有 is a verb (著有多部小說)."""
    if (before.char and before.char in _BEFORE_ZHU) or (after.char and after.char in _AFTER_ZHU):
        return False
    return before.kind == "Han"


def _is_dry(before: Neighbour, after: Neighbour) -> bool:
    return not (after.char and after.char in _AFTER_QIAN)


def ends_a_clause(before: Neighbour, after: Neighbour) -> bool:
    """A full stop after a Chinese clause, at the end of the text or before another clause, which may begin with a
    number or a capital; after a Latin word or a number only before a Chinese clause."""
    if before.kind in _WORD:
        return after.kind in _CLAUSE
    ended = before.kind in _CLAUSE or (before.char != "" and before.char in _CLOSING)
    begins = after.kind in (*_CLAUSE, "padding", "space", "digit", "Latin capital")
    return ended and (begins or (after.char != "" and after.char in _OPENING + _CLOSING))


RULES = (
    Rule("著", "着", _BEFORE_ZHU + _AFTER_ZHU, _is_particle),
    Rule("乾", "干", _AFTER_QIAN, _is_dry),
    Rule(".", "。", _CLOSING + _OPENING, ends_a_clause),
)


class ContextTables(NamedTuple):
    """The rules that an alphabet can follow, as tables of character ids.

    The id of a character `id` between `left` and `right` is `id + change[source[id] + before[left] + after[right]]`;
    `source`, `before` and `after` are `[n_chars]`.
    """

    source: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    change: NDArray[np.int32]

    @classmethod
    def of(cls, chars: tuple[int, ...], classes_of_ids: NDArray[np.int64]) -> Self:
        """The tables of an alphabet: `chars` and `classes_of_ids` are those of `Alphabet`."""
        ids = {chr(code): id for id, code in enumerate(chars, len(CLASSES))}
        rules = [rule for rule in RULES if rule.source in ids and rule.target in ids]
        named = {char for rule in rules for char in rule.named}
        known = ["" for _ in CLASSES] + [char if char in named else "" for char in map(chr, chars)]
        kinds = [CLASSES[id] for id in classes_of_ids.tolist()]
        neighbours = list(dict.fromkeys(map(Neighbour, kinds, known)))
        numbers = {neighbour: number for number, neighbour in enumerate(neighbours)}
        after = np.array([numbers[neighbour] for neighbour in map(Neighbour, kinds, known)], np.int32)
        n = len(neighbours)
        source, change = np.zeros(len(kinds), np.int32), np.zeros((1 + len(rules), n, n), np.int32)
        for number, rule in enumerate(rules, 1):
            source[ids[rule.source]] = number * n * n
            fits = [[rule.applies(left, right) for right in neighbours] for left in neighbours]
            change[number] = np.where(fits, ids[rule.target] - ids[rule.source], 0)
        return cls(source, after * n, after, change.reshape(-1))

    def __call__(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """The ids of a text's characters in their context, `[n_chars]`."""
        left, right = np.r_[PAD, ids[:-1]], np.r_[ids[1:], PAD]
        changed: NDArray[np.int32] = ids + self.change[self.source[ids] + self.before[left] + self.after[right]]
        return changed

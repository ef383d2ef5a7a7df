"""Format characters: code points that nobody sees and that no word is spelled with, such as zero-width spaces.

They are transparent: a text has the same words with them as without them.
"""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .characters import N_CODE_POINTS, code_points
from .clusters import EXTEND, LINKER, PICTURE, cluster_table, last_place
from .partial import Partial
from .sentence import Entity, Sentence, Word

# Unicode's categories Cc and Cf, without whitespace and without the Arabic, Syriac and Kaithi signs of Cf that stand
# before numbers and are seen; variation selectors and the combining grapheme joiner (U+034F), which are marks (Mn).
FORMAT_CHARACTERS = (
    (0x0000, 0x0008), (0x000E, 0x001F), (0x007F, 0x0084), (0x0086, 0x009F), (0x00AD, 0x00AD), (0x034F, 0x034F),
    (0x061C, 0x061C), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
JOINER = 0x200D


@cache
def format_table() -> NDArray[np.bool_]:
    """Mask `[0x110000]` of the format characters."""
    table = np.zeros(N_CODE_POINTS, bool)
    for first, last in FORMAT_CHARACTERS:
        table[first : last + 1] = True
    return table


def format_mask(codes: NDArray[np.int32]) -> NDArray[np.bool_] | None:
    """Mask `[n]` of the format characters among code points; None where there are none.

    A zero-width joiner between two pictures is none: it makes one emoji of them.
    """
    mask = format_table()[codes]
    if not mask.any():
        return None
    joiners = np.flatnonzero(codes == JOINER)
    if len(joiners):
        mask[_emoji_joiners(codes, mask, joiners)] = False
    return mask if mask.any() else None


def _emoji_joiners(codes: NDArray[np.int32], mask: NDArray[np.bool_], joiners: NDArray[np.intp]) -> NDArray[np.intp]:
    """Those of the `joiners` that stand between two pictures, where the first may have marks: of several side by side
    the last one."""
    classes = cluster_table()[codes]
    before = last_place(~mask & (classes != EXTEND) & (classes != LINKER))[joiners]
    after = len(codes) - 1 - last_place(~mask[::-1])[::-1][joiners]
    found = (before >= 0) & (after < len(codes))
    joiners, before, after = joiners[found], before[found], after[found]
    found = (classes[before] == PICTURE) & (classes[after] == PICTURE)
    found[:-1] &= after[:-1] != after[1:]
    chosen: NDArray[np.intp] = joiners[found]
    return chosen


def without_format(text: str) -> str:
    """The text without its format characters."""
    codes = code_points(text)
    mask = format_mask(codes)
    return text if mask is None else codes[~mask].tobytes().decode("utf-32-le", "surrogatepass")


def bare_sentence(sentence: Sentence) -> Sentence:
    """The sentence without format characters, and without words and entities that hold nothing else."""
    mask = format_mask(code_points(sentence.text))
    if mask is None:
        return sentence
    text, offsets = without_format(sentence.text), _bare_offsets(mask)
    places = [(entity.label, offsets[entity.start], offsets[entity.end]) for entity in sentence.entities]
    entities = tuple(Entity(text[start:end], label, start, end) for label, start, end in places if start < end)
    return replace(sentence, text=text, words=_bare_words(sentence.words, text, offsets), entities=entities)


def bare_partial(partial: Partial) -> Partial:
    """The same for a partially annotated sentence. What joins a format character says nothing of other characters."""
    mask = format_mask(code_points(partial.text))
    if mask is None:
        return partial
    text, offsets = without_format(partial.text), _bare_offsets(mask)
    cuts = dict.fromkeys(offsets[cut] for cut in partial.cuts if 0 < offsets[cut] < len(text))
    joins = (offsets[join] for join in partial.joins if not mask[join - 1 : join + 1].any())
    return Partial(text, _bare_words(partial.words, text, offsets), tuple(cuts), tuple(joins))


def _bare_offsets(mask: NDArray[np.bool_]) -> list[int]:
    """How many code points that are not in the `mask [n]` come before each place, `[n + 1]`."""
    return [0, *np.cumsum(~mask).tolist()]


def _bare_words(words: tuple[Word, ...], text: str, offsets: list[int]) -> tuple[Word, ...]:
    places = [(word.pos, offsets[word.start], offsets[word.end]) for word in words]
    return tuple(Word(text[start:end], pos, start, end) for pos, start, end in places if start < end)

"""What a classifier reads of a text: its first characters, or its last words."""

import re
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .characters import code_points
from .vocabulary import BLANK, spell

Unit = Literal["character", "word"]
Padding = Literal["none", "front"]
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*")


def split_words(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, with apostrophes inside them, and single Han characters. Marks
    and spaces between them are left out."""
    return _WORD.findall(text)


class TextReading(NamedTuple):
    """The first `limit` characters of a text, or its last `limit` words; with `padding` front, words without any
    characters are put before a shorter text until it has `limit` words."""

    unit: Unit = "character"
    limit: int = 1000
    padding: Padding = "none"

    @property
    def fill(self) -> int:
        """What a batch holds behind a shorter text."""
        return BLANK if self.unit == "word" else 0

    def read(self, text: str) -> NDArray[np.int32]:
        """Code points `[n_chars]`, or those of words `[n_words, n_chars]`. A text without any is a space, or a word
        without characters."""
        if self.unit == "character":
            return code_points(text[: self.limit] or " ")
        words = split_words(text)[-self.limit :]
        n_front = self.limit - len(words) if self.padding == "front" else int(not words)
        spelled = spell([*[""] * n_front, *words])
        return spelled if spelled.size else np.full((len(spelled), 1), BLANK, np.int32)

    def is_longer(self, text: str) -> bool:
        """Does the text have more than what is read?"""
        return len(text if self.unit == "character" else split_words(text)) > self.limit

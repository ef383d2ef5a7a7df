"""Sentences to JSON: a word is `{"form", "pos", "start", "end"}`, its offsets in the unit asked for."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import orjson

from tagger.alphabet import code_points
from tagger.inference import Tagger
from tagger.text import Sentence

Unit = Literal["codepoint", "utf16", "byte"]
UNITS: tuple[Unit, ...] = ("codepoint", "utf16", "byte")
_BOUNDS = {"utf16": (0x10000,), "byte": (0x80, 0x800, 0x10000)}


def places(text: str, unit: Unit) -> list[int] | None:
    """Where each code point (and the end) lies, counted in UTF-16 units or UTF-8 bytes; None if nothing changes."""
    if unit == "codepoint" or text.isascii():
        return None
    codes = code_points(text)
    widths = 1 + sum((codes >= bound).astype(np.int64) for bound in _BOUNDS[unit])
    ends: list[int] = np.cumsum(widths).tolist()
    return [0, *ends]


def words(sentence: Sentence, unit: Unit) -> list[dict[str, str | int | None]]:
    """The words of a sentence as JSON values."""
    at = places(sentence.text, unit)
    if at is None:
        return [{"form": form, "pos": pos, "start": a, "end": b} for form, pos, a, b in sentence.words]
    return [{"form": form, "pos": pos, "start": at[a], "end": at[b]} for form, pos, a, b in sentence.words]


def answers(tagger: Tagger, texts: Sequence[str], unit: Unit) -> list[bytes]:
    """The words of every text as a JSON array: the one place where the service calls the tagger."""
    return [orjson.dumps(words(sentence, unit)) for sentence in tagger.tag(texts)]

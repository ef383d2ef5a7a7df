"""Texts and their words, as the formats of the output get them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..tagging.alternatives import Alternative
from ..text.block import Spans, Unit


@dataclass(frozen=True)
class TaggedTexts:
    """Texts and the words found in them.

    The block of `spans` was made of `texts`. `pos` holds the names of the POS by number. Offsets are to be written in
    `unit`. `fields` are the objects that the texts came from, each with its text, as JSON without the closing brace;
    empty if they came from no objects.
    """

    spans: Spans
    texts: Sequence[str]
    pos: Sequence[str | None]
    unit: Unit = "codepoint"
    fields: Sequence[str] = ()


@dataclass(frozen=True)
class TextAlternatives:
    """Texts with several readings each, the best first; `unit` and `fields` as in TaggedTexts."""

    alternatives: Sequence[Sequence[Alternative]]
    unit: Unit = "codepoint"
    fields: Sequence[str] = ()


def encode(text: str) -> bytes:
    """A text in UTF-8. Raises InputError for a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"expected text that UTF-8 can hold, got {text[error.start]!r}; use the format jsonl"
        ) from None

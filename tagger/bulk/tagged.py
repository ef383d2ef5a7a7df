"""Texts and their words, as the formats of the output get them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..tagging.alternatives import Alternative
from ..tagging.span_names import ENTITIES, WORDS, SpanNames
from ..text.block import Places, Spans, Unit
from ..text.cleaning import CleanText, original_offsets
from ..text.sentence import Sentence


class Reject(NamedTuple):
    """A row of the input that was left out (`skip`) or changed (`replace`), and why; and what to do if all rows are so,
    where the reason does not say it."""

    name: str
    number: int
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class TaggedTexts:
    """Texts and the words, or entities, found in them.

    The block of `spans` was made of `texts`. `pos` holds the names of the POS, or types, by number, and `names` says
    which of the two they are. Offsets are to be written in `unit`. `fields` are the objects that the texts came from,
    each with its text, as JSON without the closing brace; empty if they came from no objects. `cleaned`, unless empty,
    says of which originals `texts` were made by cleaning: offsets are those in the originals. With `by_sentence` each
    row of the block is a sentence, which the output shows. With `given_words` entities are those of words that white
    space separates. With `some_words` other words were left out, so that a line of words shows nothing of what lies
    between them. `entities` are those of the same texts beside their words, if both were found.
    """

    spans: Spans
    texts: Sequence[str]
    pos: Sequence[str | None]
    unit: Unit = "codepoint"
    fields: Sequence[str] = ()
    cleaned: Sequence[CleanText] = ()
    by_sentence: bool = False
    names: SpanNames = WORDS
    given_words: bool = False
    some_words: bool = False
    entities: "TaggedTexts | None" = None

    def beside(self, entities: Spans, labels: Sequence[str | None]) -> Self:
        """The same with the entities of the texts beside their words; `labels` holds the names of their types."""
        layer = replace(self, spans=entities, pos=labels, names=ENTITIES, some_words=False)
        return replace(self, entities=layer)

    @property
    def originals(self) -> Sequence[str]:
        """The texts as they were before cleaning."""
        return [text.original for text in self.cleaned] if self.cleaned else self.texts

    def offsets(self) -> tuple[Places, Places]:
        """The start and the end of each word within its original text, `[n_words]`."""
        if self.cleaned:
            return original_offsets(self.spans, self.cleaned, self.unit)
        return self.spans.offsets(self.unit)


@dataclass(frozen=True)
class TextAlternatives:
    """Texts with several readings each, the best first; `unit`, `fields`, `cleaned` and `names` as in TaggedTexts."""

    alternatives: Sequence[Sequence[Alternative]]
    unit: Unit = "codepoint"
    fields: Sequence[str] = ()
    cleaned: Sequence[CleanText] = ()
    names: SpanNames = WORDS

    def original(self, index: int) -> str:
        """A text as it was before cleaning."""
        return self.cleaned[index].original if self.cleaned else self.alternatives[index][0].sentence.text

    def offsets(self, index: int, sentence: Sentence) -> tuple[tuple[int, int], ...]:
        """The start and the end, in the original text, of each word of a reading."""
        return self.cleaned[index].offsets(sentence, self.unit) if self.cleaned else sentence.offsets(self.unit)


class TaggedChunk(NamedTuple):
    """The output for a chunk, and what it counts.

    `tail` says how many bytes of `data` follow the last word of an unfinished text. `matched` are the entries of each
    dictionary, by number, that matched here and, in this process, in no earlier chunk.
    """

    data: bytes
    n_texts: int
    n_words: int
    n_chars: int
    rejects: Sequence[Reject]
    tail: int = 0
    matched: Sequence[NDArray[np.int64]] = ()


def encode(text: str) -> bytes:
    """A text in UTF-8. Raises InputError for a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"expected text that UTF-8 can hold, got {text[error.start]!r}; use the format jsonl"
        ) from None

"""What to write beside, or in place of, the tagger's answer: probabilities, doubts, words to search, alternatives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from ..text.block import Block, Spans, Unit
from .alternatives import Alternative, Distinct
from .known import Annotations
from .tagger import Tagger

_TABLES = ("jsonl", "conllu", "parquet")


@dataclass(frozen=True)
class OutputOptions:
    """`confidence`: every word's probability. `min_confidence`: words less likely are marked as doubtful.
    `search`: all words at least as likely, which overlap. `nbest`: so many readings of each text, which differ in
    their words (or, if `distinct` says so, in their words or tags)."""

    confidence: bool = False
    min_confidence: float = 0.0
    search: float = 0.0
    nbest: int = 0
    distinct: Distinct = "words"

    def check(self, format: str) -> None:
        """Raises InputError for what does not go together."""
        for name, value in (("--min-confidence", self.min_confidence), ("--search", self.search)):
            if not 0 <= value <= 1:
                raise InputError(f"expected a probability from 0 to 1 for {name}, got {value}")
        if self.nbest < 0:
            raise InputError(f"expected 1 or more for --nbest, got {self.nbest}")
        if bool(self.search) + bool(self.nbest) + bool(self.confidence or self.min_confidence) > 1:
            raise InputError(
                "expected one of --search, --nbest, and --confidence or --min-confidence, got several; "
                "searched words and alternatives carry their probabilities anyway"
            )
        if self.confidence and format not in _TABLES:
            raise InputError(
                f"expected the format {', '.join(_TABLES)} for --confidence, got {format}, which has no place for "
                "numbers; use one of these, or --min-confidence, which marks words"
            )
        if (self.search and format == "conllu") or (self.nbest and format == "parquet"):
            raise InputError(
                f"expected another format for {'overlapping words' if self.search else 'alternatives'}, got {format}, "
                "which cannot hold them; use jsonl"
            )

    @property
    def whole(self) -> bool:
        """Must a text be seen as a whole, however long its line?"""
        return bool(self.search or self.nbest)

    def spans(self, tagger: Tagger, block: Block, known: Sequence[Annotations] = ()) -> Spans:
        """The words of a block, rated if that is wanted."""
        if self.search:
            return tagger.search(block, self.search, known)
        if self.confidence or self.min_confidence:
            return replace(tagger.rated(block, known), shown=self.confidence, least=self.min_confidence)
        return tagger.spans(block, known)

    def alternatives(
        self, tagger: Tagger, texts: Sequence[str], known: Sequence[Annotations] = ()
    ) -> list[list[Alternative]]:
        marks = known or [()] * len(texts)
        return [
            tagger.alternatives(text, self.nbest, distinct=self.distinct, known=own)
            for text, own in zip(texts, marks, strict=True)
        ]


PLAIN = OutputOptions()


def as_json(reading: Alternative, unit: Unit) -> dict[str, Any]:
    """A reading as JSON values, offsets in units."""
    words = [
        {"form": form, "pos": pos, "start": start, "end": end}
        for (form, pos, _, _), (start, end) in zip(reading.sentence.words, reading.sentence.offsets(unit), strict=True)
    ]
    return {
        "score": round(reading.score, 4),
        "probability": round(reading.probability, 6),
        "span_probability": round(reading.span_probability, 6),
        "words": words,
    }

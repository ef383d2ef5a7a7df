"""What to find of texts beside their words, or in place of them: probabilities, words to search, other readings."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import InputError
from ..text.block import Block, Spans
from ..text.sentences import sentences as split_sentences
from ..text.windows import SECTION
from .alternatives import Alternative, Distinct
from .known import Annotations
from .span_names import WORDS, SpanNames
from .tagger import Tagger
from .values import is_count, is_probability


@dataclass(frozen=True)
class OutputOptions:
    """What to find of texts.

    `confidence` asks for the probability of every word, and marks words with a probability below `min_confidence` as
    doubtful. `search` asks for all words with a probability of at least so much, which overlap. `nbest` asks for so
    many readings of each text: they differ in their words or, with `distinct="tags"`, in their words or tags.
    `sentences` splits texts into sentences, each of which is tagged by itself.
    """

    confidence: bool = False
    min_confidence: float = 0.0
    search: float = 0.0
    nbest: int = 0
    distinct: Distinct = "words"
    sentences: bool = False

    def check(self) -> None:
        """Raises OptionError for values out of range and for options that exclude each other."""
        for name, value in (("min_confidence", self.min_confidence), ("search", self.search)):
            if not is_probability(value):
                wanted = f"expected a probability from 0 to 1 for {{{name}}}"
                raise OptionError(wanted + ", got {value!r}; correct it", value=value)
        if self.nbest != 0 and not is_count(self.nbest):
            raise OptionError("expected 1 or more for {nbest}, got {value!r}; correct it", value=self.nbest)
        if bool(self.search) + bool(self.nbest) + bool(self.confidence or self.min_confidence) > 1:
            raise OptionError(
                "expected one of {search}, {nbest}, and {confidence} or {min_confidence}, got several; "
                "searched words and alternatives carry their probabilities anyway"
            )

        if self.sentences and self.nbest:
            raise OptionError("expected {sentences} or {nbest}, got both; alternatives are those of whole texts")

    def block(self, texts: Iterable[str], *, section: int = SECTION) -> Block:
        """The texts as a block, with a row for each sentence if the options ask for sentences."""
        return Block.of(texts, section=section, split=split_sentences if self.sentences else None)

    @property
    def needs_whole_texts(self) -> bool:
        """Whether the answer needs a text as a whole, so that a long line may not be cut."""
        return bool(self.search or self.nbest or self.sentences)

    def spans(self, tagger: Tagger, block: Block, known: Sequence[Annotations] = ()) -> Spans:
        """The words of a block that the options ask for, with their probabilities if they ask for those."""
        if self.search:
            return tagger.search(block, self.search, known)
        if self.confidence or self.min_confidence:
            return replace(tagger.rated(block, known), shown=self.confidence, least=self.min_confidence)
        return tagger.spans(block, known)

    def layers(self, tagger: Tagger, block: Block, known: Sequence[Annotations] = ()) -> Sequence[Spans]:
        """The same and, of a model that finds words and entities, the entities after the words."""
        entities = tagger.entity_tagger
        if entities is None or self.search:
            words = self.spans(tagger, block, known)
            return [words] if entities is None else [words, self.spans(entities, block)]
        if not (self.confidence or self.min_confidence):
            return tagger.layers(block, known)
        rated = tagger.rated_layers(block, known)
        return [replace(spans, shown=self.confidence, least=self.min_confidence) for spans in rated]

    def alternatives(
        self, tagger: Tagger, texts: Sequence[str], known: Sequence[Annotations] = ()
    ) -> list[list[Alternative]]:
        """The `nbest` best readings of each text, given what is known of it."""
        return [
            tagger.alternatives(text, self.nbest, distinct=self.distinct, known=annotations)
            for text, annotations in zip(texts, known or [()] * len(texts), strict=True)
        ]


PLAIN = OutputOptions()


class OptionError(InputError):
    """Options that are out of range, exclude each other, or ask for what the output cannot hold.

    `template` holds `{name}` for each option of OutputOptions and each of `values` that the message names.
    """

    def __init__(self, template: str, **values: object) -> None:
        self._template, self._values = template, values
        super().__init__(self.describe(str))

    def describe(self, call: Callable[[str], str]) -> str:
        """The message, in which `call` says what an option is called; a command calls them by their flags."""
        names = {field.name: call(field.name) for field in fields(OutputOptions)}
        return self._template.format(**names, **self._values)


def alternative_values(
    alternative: Alternative, offsets: Sequence[tuple[int, int]], names: SpanNames = WORDS
) -> dict[str, Any]:
    """A reading as values of JSON, with the start and the end of each of its words, or entities."""
    sentence = alternative.sentence
    spans = [
        {"form": form, names.tag: tag, "start": start, "end": end}
        for (form, tag, _, _), (start, end) in zip(sentence.words or sentence.entities, offsets, strict=True)
    ]
    return {
        "score": round(alternative.score, 4),
        "probability": round(alternative.probability, 6),
        "span_probability": round(alternative.span_probability, 6),
        names.spans: spans,
    }

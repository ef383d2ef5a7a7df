"""Words and entities of the same texts: what a model with two heads finds in one run of its net."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..modelfile.tagger import Model
from ..text.block import Block, Spans
from ..text.sentence import Sentence
from .bare_block import BareBlock
from .confidence import RatedSpans, rate_words, rated_spans, words_as_entities
from .constraints import Constraints
from .known import Annotations
from .rows import Layer, RowTagger, read_nothing


class Side(NamedTuple):
    """One of the layers of a model, as the model of it, and the texts with what is known of its spans there; all sides
    have the same code points."""

    model: Model
    bare: BareBlock
    constraints: Constraints
    temperature: float


def plain_layers(rows: RowTagger, sides: Sequence[Side]) -> list[Spans]:
    """The spans of each side; the first one is that of the words."""
    layers = [Layer(side.model, side.constraints, read_nothing) for side in sides]
    return [
        side.bare.restore(Spans.of(found.block, *side.model.scheme.spans(found.gather(found.tags))))
        for side, found in zip(sides, rows.decode_layers(sides[0].bare.block, layers), strict=True)
    ]


def rated_layers(rows: RowTagger, sides: Sequence[Side]) -> list[RatedSpans]:
    """The same with their probabilities."""
    layers = [Layer(side.model, side.constraints, rate_words(side.model.decoder, side.temperature)) for side in sides]
    return [
        side.bare.restore(rated_spans(found, side.model.scheme))
        for side, found in zip(sides, rows.decode_layers(sides[0].bare.block, layers), strict=True)
    ]


def tag_layers(
    parts: Iterable[tuple[Sequence[str], Sequence[Annotations]]],
    find_layers: Callable[[Block, Sequence[Annotations]], Sequence[Spans]],
    model: Model,
) -> Iterator[Sentence]:
    """A sentence per text of some parts, with words and entities: the spans that `find_layers` finds in each part."""
    for part, of_part in parts:
        words, entities = find_layers(Block.of(part), of_part)
        yield from _sentences_with_entities(part, words, entities, model)


def _sentences_with_entities(texts: Sequence[str], words: Spans, entities: Spans, model: Model) -> Iterator[Sentence]:
    with_words = words.sentences(texts, model.scheme.pos or (None,))
    with_entities = entities.sentences(texts, model.layers[1].scheme.pos)
    for sentence, other in zip(with_words, map(words_as_entities, with_entities), strict=True):
        yield replace(sentence, entities=other.entities, entities_annotated=True)

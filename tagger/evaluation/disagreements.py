"""Where a tagger disagrees with gold sentences, and how much: errors of annotation are found among these places.

A place is a stretch of text in which the words (or entities) of gold and those that the tagger finds are not the same:
spans that overlap belong together, so that 北京大学 against 北京 and 大学 is one place. A side is as likely as its
least likely word, by the marginals of the model at its temperature, and the margin is the probability of the model's
side less that of gold's: the normalized margin of Northcutt et al. (Confident Learning, JAIR 2021), for spans.
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..corpus import Located
from ..corpus.conllu import sent_id_of
from ..errors import InputError
from ..tagging.tagger import Tagger
from ..text.format_characters import bare_sentence
from ..text.sentence import Sentence, Word, entities_as_words
from ..text.windows import SECTION
from .sides import Rated, Sides, rate_sides

SENTENCES = 256  # looked at together, so that those of like length share a batch
DIGITS = 6  # of probabilities: the mates of a sentence in its batch change the digits beyond


class Side(NamedTuple):
    """What gold or the model has at a place: words or entities, and how likely the least likely one is. Where one side
    has no entity, how likely it is that there is none at the place's least likely code point."""

    words: Sequence[Word]
    probability: float


class Disagreement(NamedTuple):
    """A place: code points `start` to `end` (half-open) of a sentence without format characters, and both sides."""

    sentence: Located
    text: str
    start: int
    end: int
    gold: Side
    found: Side

    @property
    def margin(self) -> float:
        """How much likelier the model's side is than gold's, -1 to 1."""
        return round(self.found.probability - self.gold.probability, DIGITS)

    @property
    def identity(self) -> str:
        """The `sent_id` of the sentence; empty if it has none."""
        return sent_id_of(self.sentence.sentence)

    def to_json(self) -> dict[str, Any]:
        """The disagreement as JSON values."""
        return {
            "margin": self.margin,
            "gold_probability": self.gold.probability,
            "model_probability": self.found.probability,
            "file": self.sentence.file,
            "line": self.sentence.line,
            "sentence": self.sentence.number,
            "sent_id": self.identity,
            "start": self.start,
            "end": self.end,
            "gold": [{"form": word.form, "tag": word.pos} for word in self.gold.words],
            "model": [{"form": word.form, "tag": word.pos} for word in self.found.words],
            "text": self.text,
        }


def largest(disagreements: Iterable[Disagreement], n: int) -> list[Disagreement]:
    """The `n` disagreements with the largest margins; equal ones in the order in which they come. No more than `n` are
    held at a time. Raises InputError for an `n` below 1."""
    if n < 1:
        raise InputError(f"expected a number of places of 1 or more, got {n}; give --top N")
    return heapq.nsmallest(n, disagreements, key=lambda disagreement: -disagreement.margin)


def disagreements(tagger: Tagger, gold: Iterable[Located]) -> Iterator[Disagreement]:
    """Every place of a stream of gold sentences at which the tagger finds something else, in order; see `rate_sides`
    for what is compared. Raises InputError for a sentence of more than `SECTION` code points."""
    stream = iter(gold)
    while part := list(islice(stream, SENTENCES)):
        sentences = [_comparable(tagger, located) for located in part]
        for located, sentence, sides in zip(part, sentences, rate_sides(tagger, sentences), strict=True):
            for start, end in different_places(sides):
                gold_side, found_side = (_side(words, start, end, sides) for words in (sides.gold, sides.found))
                yield Disagreement(located, sentence.text, start, end, gold_side, found_side)


def different_places(sides: Sides) -> list[tuple[int, int]]:
    """The stretches, half-open and in order, that spans of one side alone cover: those that overlap joined."""
    of_one = {rated.word for rated in sides.gold} ^ {rated.word for rated in sides.found}
    places: list[tuple[int, int]] = []
    for start, end in sorted((word.start, word.end) for word in of_one):
        if places and start < places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((start, end))
    return places


def _comparable(tagger: Tagger, located: Located) -> Sentence:
    """A gold sentence as the tagger is compared with it. Raises InputError for one that is too long."""
    sentence = bare_sentence(located.sentence)
    if len(sentence.text) > SECTION:
        raise InputError(
            f"{located.file}:{located.line}: expected a sentence of at most {SECTION} characters, got "
            f"{len(sentence.text)}; cut it"
        )
    return entities_as_words(sentence) if tagger.finds_entities else sentence


def _side(words: Sequence[Rated], start: int, end: int, sides: Sides) -> Side:
    here = [rated for rated in words if start <= rated.word.start and rated.word.end <= end]
    probability = min((rated.probability for rated in here), default=float(sides.outside[start:end].min()))
    return Side([rated.word for rated in here], round(probability, DIGITS))


COLUMNS = (
    "margin", "gold_probability", "model_probability", "file", "line", "sentence", "start", "end", "gold", "model",
    "text",
)  # fmt: skip


def to_tsv(places: Iterable[Disagreement]) -> Iterator[str]:
    """The lines of a table, with a head; spaces stand for tabs and line ends of texts. A sentence is named by its
    `sent_id`, else by its number."""
    yield "\t".join(COLUMNS) + "\n"
    for place in places:
        file, number, line, _ = place.sentence
        rates = (place.margin, place.gold.probability, place.found.probability)
        where = (file, line, place.identity or number, place.start, place.end)
        cells = (*(f"{rate:.4f}" for rate in rates), *where, _shown(place.gold), _shown(place.found), place.text)
        yield "\t".join(" ".join(str(cell).splitlines()).replace("\t", " ") for cell in cells) + "\n"


def _shown(side: Side) -> str:
    """`北京/PROPN 大学/NOUN`, or a dash where there is no entity."""
    return " ".join(word.form if word.pos is None else f"{word.form}/{word.pos}" for word in side.words) or "–"


def to_json_lines(places: Iterable[Disagreement]) -> Iterator[str]:
    """An object a line."""
    return (json.dumps(place.to_json(), ensure_ascii=False) + "\n" for place in places)

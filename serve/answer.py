"""What is asked of a batch, and its answer as JSON: words with offsets in the unit asked for; labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from tagger.tagging.classifier import Classifier
from tagger.tagging.confidence import RatedSpans
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.known import Annotations
from tagger.tagging.output import PLAIN, OutputOptions, as_json
from tagger.tagging.tagger import Tagger
from tagger.text.block import UNITS, Block, Unit

__all__ = [
    "PLAIN",
    "UNITS",
    "ClassifyRequest",
    "Known",
    "OutputOptions",
    "TagRequest",
    "Text",
    "Unit",
    "answers",
    "labels",
]


@dataclass(frozen=True)
class TagRequest:
    """What is asked of a tagger: the unit of offsets, what to say beside, or in place of, words, and which
    dictionaries to obey."""

    unit: Unit = "codepoint"
    view: OutputOptions = PLAIN
    dictionaries: tuple[Dictionary, ...] = ()


@dataclass(frozen=True)
class ClassifyRequest:
    """What is asked of a classifier: so many labels of each text."""

    top: int


@dataclass(frozen=True)
class Known:
    """A text of whose words something is known; as long as its text."""

    text: str
    known: Annotations

    def __len__(self) -> int:
        return len(self.text)


Text = str | Known


def answers(tagger: Tagger, texts: Sequence[Text], asked: TagRequest) -> list[bytes]:
    """The words of every text, or its alternatives, as a JSON array: the one place where the service calls the
    tagger."""
    unit, view, tagger = asked.unit, asked.view, tagger.with_dictionary(*asked.dictionaries)
    plain = [text.text if isinstance(text, Known) else text for text in texts]
    known = [text.known if isinstance(text, Known) else () for text in texts]
    if view.nbest:
        found = view.alternatives(tagger, plain, known)
        return [orjson.dumps([as_json(one, unit) for one in readings]) for readings in found]
    spans = view.spans(tagger, Block.of(plain), known)
    starts, ends = (column.tolist() for column in spans.offsets(unit))
    names = tagger.model.scheme.pos or (None,)
    words = [
        {"form": form, "pos": names[pos], "start": start, "end": end}
        for form, pos, start, end in zip(spans.forms(), spans.pos.tolist(), starts, ends, strict=True)
    ]
    if isinstance(spans, RatedSpans):
        rates = (column.round(6).tolist() for column in (spans.probability, spans.span_probability))
        for word, probability, span_probability in zip(words, *rates, strict=True):
            word |= {"probability": probability, "span_probability": span_probability}
    firsts = spans.firsts.tolist()
    return [orjson.dumps(words[a:b]) for a, b in pairwise(firsts)]


def labels(classifier: Classifier, texts: Sequence[str], asked: ClassifyRequest) -> list[bytes]:
    """The likeliest label of every text as a JSON object, with the `top` best ones in it if they are several."""
    found = []
    for prediction in classifier.classify(texts):
        best = [{"label": label, "probability": p} for label, p in classifier.top(prediction.probabilities, asked.top)]
        answer = best[0] | {"truncated": prediction.truncated} | ({"labels": best} if asked.top > 1 else {})
        found.append(orjson.dumps(answer))
    return found

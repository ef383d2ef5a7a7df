"""Words to JSON: each is `{"form", "pos", "start", "end"}`, offsets in the unit asked for; its probabilities."""

from collections.abc import Sequence
from itertools import pairwise

import orjson

from tagger.block import UNITS, Block, Unit
from tagger.inference import Tagger
from tagger.rating import RatedSpans
from tagger.view import PLAIN, View, as_json

__all__ = ["PLAIN", "UNITS", "Unit", "View", "answers"]


def answers(tagger: Tagger, texts: Sequence[str], unit: Unit, view: View = PLAIN) -> list[bytes]:
    """The words of every text, or its alternatives, as a JSON array: the one place where the service calls the
    tagger."""
    if view.nbest:
        return [orjson.dumps([as_json(one, unit) for one in found]) for found in view.alternatives(tagger, texts)]
    spans = view.spans(tagger, Block.of(texts))
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

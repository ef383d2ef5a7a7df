"""Words to JSON: each is `{"form", "pos", "start", "end"}`, its offsets in the unit asked for; and labels to JSON."""

from collections.abc import Sequence
from itertools import pairwise

import orjson

from tagger.block import UNITS, Block, Unit
from tagger.classifier import Classifier
from tagger.inference import Tagger

__all__ = ["UNITS", "Unit", "answers", "labels"]


def answers(tagger: Tagger, texts: Sequence[str], unit: Unit) -> list[bytes]:
    """The words of every text as a JSON array: the one place where the service calls the tagger."""
    spans = tagger.spans(Block.of(texts))
    starts, ends = (column.tolist() for column in spans.offsets(unit))
    names = tagger.model.scheme.pos or (None,)
    words = [
        {"form": form, "pos": names[pos], "start": start, "end": end}
        for form, pos, start, end in zip(spans.forms(), spans.pos.tolist(), starts, ends, strict=True)
    ]
    firsts = spans.firsts.tolist()
    return [orjson.dumps(words[a:b]) for a, b in pairwise(firsts)]


def labels(classifier: Classifier, texts: Sequence[str], top: int) -> list[bytes]:
    """The likeliest label of every text as a JSON object, with the `top` best ones in it if they are several."""
    found = []
    for prediction in classifier.classify(texts):
        best = [{"label": label, "probability": p} for label, p in classifier.top(prediction.probabilities, top)]
        answer = best[0] | {"truncated": prediction.truncated} | ({"labels": best} if top > 1 else {})
        found.append(orjson.dumps(answer))
    return found

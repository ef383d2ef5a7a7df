"""Entity scores are those of seqeval in strict mode over IOB2: of all entities together, and of each type.

seqeval needs scikit-learn, so `make test-integrations` installs it and runs this.
"""

import os
import random

import pytest

from tagger.scores.words import summary
from tagger.text.sentence import Entity, Sentence, entities_as_words
from tagger.text.span_tags import Span, write_tags

TYPES, N_CORPORA, N_SENTENCES, N_UNITS = ("LOC", "ORG", "PER"), 300, 5, 8


def random_spans(chance: random.Random) -> list[Span]:
    """Spans of a sentence, some side by side."""
    spans, place = list[Span](), 0
    while place < N_UNITS:
        end = min(N_UNITS, place + chance.randint(1, 3))
        if chance.random() < 0.5:
            spans.append(Span(place, end, chance.choice(TYPES)))
        place = end
    return spans


def sentence_of(spans: list[Span]) -> Sentence:
    text = "字" * N_UNITS
    entities = tuple(Entity(text[start:end], label, start, end) for start, end, label in spans)
    return entities_as_words(Sentence(text, (), (), entities, entities_annotated=True))


def test_scores_are_those_of_seqeval() -> None:
    if "TEST_INTEGRATIONS" not in os.environ:
        pytest.importorskip("seqeval", reason="make test-integrations installs seqeval")
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    strict = {"scheme": IOB2, "zero_division": 0}
    chance = random.Random(1)
    for _ in range(N_CORPORA):
        gold = [random_spans(chance) for _ in range(N_SENTENCES)]
        found = [spans if chance.random() < 0.3 else random_spans(chance) for spans in gold]
        tags = [[write_tags(spans, N_UNITS, "iob2") for spans in side] for side in (gold, found)]
        report = summary(*([sentence_of(spans) for spans in side] for side in (gold, found)), n_resamples=2)
        micro = precision_recall_fscore_support(*tags, average="micro", **strict)[:3]
        assert report.joint is not None
        assert (report.joint.precision, report.joint.recall, report.joint.f1) == pytest.approx(micro)
        names = sorted({span.label for side in (gold, found) for spans in side for span in spans})
        by_type = precision_recall_fscore_support(*tags, average=None, **strict)
        for name, *wanted in zip(names, *by_type[:3], strict=True):
            overlap = report.tags[name]
            assert [overlap.precision, overlap.recall, overlap.f1] == pytest.approx(wanted), name

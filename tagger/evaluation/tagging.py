"""How right a tagger is on a split of a corpus."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..learning.data.tagging import TaggingData
from ..scores.calibration import expected_calibration_error
from ..scores.words import summary, tag_summary
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import AnyTagger, WordTagger, answers
from ..text.sentence import Sentence
from .calibration import Rater, match_gold


def evaluate(tagger: AnyTagger, data: TaggingData, split: str, *, resamples: int = 1000) -> tuple[dict[str, Any], str]:
    """Score the words found in the plain text of a split's sentences, or the tags of given words: as JSON values, and
    as a table.

    Each part of a corpus of several standards is tagged by its own. Raises InputError for one the model has not.
    """
    pairs = [] if isinstance(tagger, WordTagger) else _pairs(tagger, data, split)
    asked: list[tuple[AnyTagger, list[Sentence]]] = [*pairs] or [(tagger, data.read(split))]
    gold = [sentence for _, sentences in asked for sentence in sentences]
    vocabulary = {word.form for sentence in data.read("train") for word in sentence.words}
    start = time.perf_counter()
    found = [found for own, sentences in asked for found in answers(own, sentences)]
    seconds = time.perf_counter() - start
    score = tag_summary if isinstance(tagger, WordTagger) else summary
    report = score(gold, found, vocabulary, n_resamples=resamples)
    n_chars = sum(len(sentence.text) for sentence in gold)
    about = {
        "model": tagger.model.name,
        "corpus": data.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    head = f"{about['model']} on {about['corpus']}, {split}: {n_chars} characters, {n_chars / seconds:,.0f} a second"
    if isinstance(tagger, WordTagger):
        return about | report.to_json(), f"{head}\n\n{report.table()}"
    calibrated = calibration(pairs)
    return about | report.to_json() | {
        "calibration": calibrated
    }, f"{head}\n\n{report.table()}\n{_sentence(calibrated)}\n"


def _pairs(tagger: Tagger, data: TaggingData, split: str) -> list[tuple[Tagger, list[Sentence]]]:
    """What tags the sentences of a split, and these: of several standards each part by its own."""
    if not data.parts:
        return [(tagger, data.read(split))]
    return [(tagger.using(standard), part.read(split)) for standard, part in data.parts.items()]


def calibration(pairs: Sequence[tuple[Tagger, Sequence[Sentence]]]) -> dict[str, float]:
    """Expected calibration errors of the found words' probabilities: of words with their POS (`joint`) and of words,
    at the model's temperature, and without one (`_plain`). Of gold sentences, each with what tags them."""
    raters = [Rater(tagger, gold) for tagger, gold in pairs]
    truths = _joined(match_gold(tagger, gold) for tagger, gold in pairs)
    figures = {"temperature": pairs[0][0].temperature}
    for suffix, temperature in (("", figures["temperature"]), ("_plain", 1.0)):
        rates = _joined(rater(temperature) for rater in raters)
        for name, rate, truth in zip(("joint", "word"), rates, truths, strict=True):
            figures[f"{name}_ece{suffix}"] = expected_calibration_error(rate, truth)
    return figures


def _joined(parts: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> list[NDArray[Any]]:
    """Pairs of columns as one pair."""
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _sentence(figures: Mapping[str, float]) -> str:
    errors = [
        f"of {what} {figures[f'{name}_ece']:.2%} ({figures[f'{name}_ece_plain']:.2%} at temperature 1)"
        for name, what in (("joint", "words + tags"), ("word", "words"))
    ]
    return f"expected calibration error at temperature {figures['temperature']:g}: {', '.join(errors)}"

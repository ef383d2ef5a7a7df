"""How right a tagger is on a split of a corpus."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.corpora import AnyCorpus
from ..scores.calibration import expected_calibration_error
from ..scores.words import summary, tag_summary
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import AnyTagger, WordTagger, answers
from ..text.sentence import Sentence
from .calibration import Rater, match_gold

Gold = Sequence[tuple[Tagger, Sequence[Sentence]]]  # gold sentences, each with the tagger of their standard


def evaluate(tagger: AnyTagger, corpus: AnyCorpus, split: str, *, resamples: int = 1000) -> tuple[dict[str, Any], str]:
    """Score the words found in the plain text of a split's sentences, or the tags of given words: as JSON values, and
    as a table.

    Each part of a corpus of several standards is tagged by its own. Without a train file nothing is said of words that
    train lacks. Raises InputError for a standard that the model does not have, CorpusError for a corpus that cannot be
    read.
    """
    gold = [] if isinstance(tagger, WordTagger) else _by_standard(tagger, corpus, split)
    tasks: Sequence[tuple[AnyTagger, Sequence[Sentence]]] = gold or [(tagger, corpus.read(split))]
    wanted = [sentence for _, sentences in tasks for sentence in sentences]
    vocabulary = corpus.vocabulary()
    start = time.perf_counter()
    predicted = [sentence for part, sentences in tasks for sentence in answers(part, sentences)]
    seconds = time.perf_counter() - start
    score = tag_summary if isinstance(tagger, WordTagger) else summary
    report = score(wanted, predicted, vocabulary, n_resamples=resamples)
    n_chars = sum(len(sentence.text) for sentence in wanted)
    values: dict[str, Any] = {
        "model": tagger.model.name,
        "corpus": corpus.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    head = f"{tagger.model.name} on {corpus.name}, {split}: {n_chars} characters, {n_chars / seconds:,.0f} a second"
    values |= report.to_json()
    table = f"{head}\n\n{report.table()}"
    if isinstance(tagger, WordTagger):
        return values, table
    figures = calibration(gold)
    return values | {"calibration": figures}, f"{table}\n{_sentence(figures)}\n"


def _by_standard(tagger: Tagger, corpus: AnyCorpus, split: str) -> Gold:
    """The sentences of a split with what tags them: those of each standard with a tagger that follows it."""
    if not corpus.standards:
        return [(tagger, corpus.read(split))]
    members = zip(corpus.member_standards, corpus.read_members(split), strict=True)
    return [(tagger.using(standard), sentences) for standard, sentences in members if sentences]


def calibration(gold: Gold) -> dict[str, float]:
    """Expected calibration errors of the found words' probabilities: of words with their POS (`joint`) and of words,
    at the model's temperature, and without one (`_plain`)."""
    raters = [Rater(tagger, sentences) for tagger, sentences in gold]
    truths = _joined(match_gold(tagger, sentences) for tagger, sentences in gold)
    figures = {"temperature": gold[0][0].temperature}
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

"""How right a tagger is on a split of a corpus."""

import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.corpora import Corpus
from ..corpus.genres import Genres
from ..corpus.layers import JOINT_SPANS, sentences_with
from ..corpus.several import AnyCorpus
from ..corpus.spans import SPANS
from ..errors import CorpusError
from ..scores.calibration import expected_calibration_error
from ..scores.names import ENTITY_FIGURES, WORD_FIGURES, FigureNames
from ..scores.words import Counts, count, summary, tag_summary, total
from ..tagging.tagger import Tagger
from ..tagging.word_tagger import AnyTagger, WordTagger, answers, judged
from ..text.sentence import Sentence
from .calibration import Rater, match_gold
from .tag_sets import TagSets, comparable

Members = Sequence[Sequence[Sentence]]  # the sentences of a split, of each member of the corpus
Gold = Sequence[tuple[Tagger, Sequence[Sentence]]]  # gold sentences, each with the tagger of their standard


def evaluate(
    tagger: AnyTagger,
    corpus: AnyCorpus,
    split: str,
    *,
    resamples: int = 1000,
    vocabulary: Container[str] | None = None,
) -> tuple[dict[str, Any], str]:
    """Score the words found in the plain text of a split's sentences, or the tags of given words: as JSON values, and
    as a table.

    Each part of a corpus of several standards is tagged by its own, and its figures stand beside those of all. Of a
    model and a corpus of words and entities both are scored, each in the sentences that have them. `vocabulary` are the
    words of train, by default read from its file, as are its entities; without one nothing is said of words that train
    lacks. Where gold and the model share no tag, the spans alone are compared. Raises InputError for a standard that
    the model does not have, CorpusError for a corpus that cannot be read and for given words without a tag in common.
    """
    scored = [
        _evaluate_layer(layer, corpus, split, members, vocabulary, resamples=resamples)
        for layer, members in _layers(tagger, corpus, split)
    ]
    values, table = scored[0]
    for of_entities, further in scored[1:]:
        more = {name: value for name, value in of_entities.items() if name not in values}
        values |= {"intervals": of_entities["intervals"] | values["intervals"], **more}
        values["entity_calibration"] = of_entities["calibration"]
        table += f"\n{further}"
    return values, table


def _layers(tagger: AnyTagger, corpus: AnyCorpus, split: str) -> Sequence[tuple[AnyTagger, Members]]:
    """What finds the words and the entities that a split has, if the tagger finds both, else the tagger alone; each
    with the sentences that have them. The split is read once."""
    members = corpus.read_members(split)
    entities = None if isinstance(tagger, WordTagger) else tagger.entity_tagger
    if entities is not None and corpus.task == SPANS:
        return [(entities, members)]
    if isinstance(tagger, WordTagger) or corpus.task != JOINT_SPANS:
        return [(tagger, members)]
    layers = [
        (layer, [sentences_with(sentences, entities=layer.finds_entities) for sentences in members])
        for layer in (tagger, entities)
        if layer is not None
    ]
    return [(layer, found) for layer, found in layers if any(found)] or layers[:1]


def count_sentences(tagger: AnyTagger, corpus: AnyCorpus, split: str) -> list[Counts]:
    """How the words found in each sentence of a split agree with gold; of a model and a corpus of words and entities,
    the words. Raises InputError and CorpusError as `evaluate` does."""
    layer, members = _layers(tagger, corpus, split)[0]
    if isinstance(layer, WordTagger):
        given = judged(layer, list(chain(*members)))
        return [count(*pair) for pair in zip(given, answers(layer, given), strict=True)]
    parts = _by_part(layer, corpus, members).values()
    return [count(*pair) for part, gold in parts for pair in zip(gold, answers(part, gold), strict=True)]


def _evaluate_layer(
    tagger: AnyTagger,
    corpus: AnyCorpus,
    split: str,
    members: Members,
    vocabulary: Container[str] | None,
    *,
    resamples: int,
) -> tuple[dict[str, Any], str]:
    parts = {} if isinstance(tagger, WordTagger) else _by_part(tagger, corpus, members)
    gold = list(parts.values())
    finds_entities = tagger.model.scheme.outside
    tags = TagSets.of(tagger, judged(tagger, list(chain(*members))))
    if tags.disjoint and isinstance(tagger, WordTagger):
        raise CorpusError(f"{corpus.name}: expected tags of the model, got others ({tags.sides}); give another model")
    tasks: Sequence[tuple[AnyTagger, Sequence[Sentence]]] = gold or [(tagger, judged(tagger, list(chain(*members))))]
    wanted = [sentence for _, sentences in tasks for sentence in sentences]
    if vocabulary is None or (finds_entities and corpus.task == JOINT_SPANS):
        vocabulary = corpus.vocabulary(entities=finds_entities)
    start = time.perf_counter()
    predicted = [sentence for part, sentences in tasks for sentence in answers(part, sentences)]
    seconds = time.perf_counter() - start
    score = tag_summary if isinstance(tagger, WordTagger) and not finds_entities else summary
    report = score(wanted, predicted, vocabulary, n_resamples=resamples)
    if finds_entities:
        report = replace(report, names=ENTITY_FIGURES)
    n_chars = sum(len(sentence.text) for sentence in wanted)
    values: dict[str, Any] = {
        "model": tagger.model.name,
        "model_version": tagger.model.metadata.model_version,
        "corpus": corpus.name,
        "split": split,
        "n_characters": n_chars,
        "characters_per_second": round(n_chars / seconds),
    }
    standards = [part.standard_name for part, _ in gold if part.standard_name]
    values |= {"standard": standards[0]} if len(standards) == 1 else {}
    by = f" by the standard {standards[0]}" if len(standards) == 1 else ""
    speed = f"{n_chars} characters, {n_chars / seconds:,.0f} a second"
    head = f"{tagger.model.versioned_name} on {corpus.name}, {split}{by}: {speed}"
    values |= report.to_json() | {"unknown_tags": tags.unknown}
    compared = tags if tags.disjoint else TagSets.of(tagger, wanted)  # without those of parts that share no tag
    note = compared.note(report.names.spans)
    table = "\n".join([head, *([note] if note else []), "", report.table()])
    if isinstance(tagger, WordTagger):
        return values, table
    if len(parts) > 1:
        values["parts"] = _score_parts(parts, predicted, report.names)
        table += "".join(f"\n{line_of_scores(name, part)}" for name, part in values["parts"].items())
    figures = calibration(gold)
    return values | {"calibration": figures}, f"{table}\n{_sentence(figures, gold)}\n"


def following(tagger: Tagger, corpus: AnyCorpus) -> Tagger:
    """The tagger by the standard that the corpus names, if the model has it; else as it is."""
    named = corpus.standard if isinstance(corpus, Corpus) else None
    return tagger.using(named) if named in tagger.model.standards else tagger


def _by_part(tagger: Tagger, corpus: AnyCorpus, members: Members) -> Mapping[str, tuple[Tagger, Sequence[Sentence]]]:
    """The sentences of a split with what tags them, by part: those of each standard with a tagger that follows it."""
    if isinstance(corpus, Corpus):
        return {corpus.name: (tagger, comparable(tagger, list(chain(*members))))}
    parts = zip(corpus.parts, corpus.member_standards, members, strict=True)
    return {
        name: (tagger.using(standard), comparable(tagger, sentences))
        for name, standard, sentences in parts
        if sentences
    }


def line_of_scores(name: str, scores: Mapping[str, float]) -> str:
    """The scores of a part of a corpus, or of a genre, as a line of a table."""
    return f"{name}: " + ", ".join(f"{figure.replace('_', ' ')} {value:.2%}" for figure, value in scores.items())


def _score_parts(
    parts: Mapping[str, tuple[Tagger, Sequence[Sentence]]], predicted: Sequence[Sentence], names: FigureNames
) -> dict[str, dict[str, float]]:
    """F1 of each part; `predicted` are the sentences of all, one part after the other."""
    found = iter(predicted)
    return {name: _f1(sentences, islice(found, len(sentences)), names) for name, (_, sentences) in parts.items()}


def score_genres(tagger: AnyTagger, genres: Genres) -> dict[str, dict[str, float]]:
    """F1 of each genre."""
    names = ENTITY_FIGURES if tagger.model.scheme.outside else WORD_FIGURES
    return {name: _f1(comparable(tagger, gold), answers(tagger, gold), names) for name, gold in genres.items()}


def _f1(gold: Sequence[Sentence], found: Iterable[Sentence], names: FigureNames) -> dict[str, float]:
    counts = total(count(*pair) for pair in zip(gold, found, strict=True))
    f1 = {"word_f1": counts.words.f1} | ({"joint_f1": counts.joint.f1} if counts.joint.gold else {})
    return {names.keys.get(name, name): value for name, value in f1.items()}


def calibration(gold: Gold) -> dict[str, float | None]:
    """Expected calibration errors of the found words' probabilities: of words with their POS (`joint`, None without
    tags in gold) and of words, at the model's temperature for the standard, and without one (`_plain`). `temperature`
    is that of the first part."""
    tagged = any(pos is not None for _, sentences in gold for sentence in sentences for pos in sentence.tags)
    raters = [Rater(tagger, sentences) for tagger, sentences in gold]
    truths = _joined(match_gold(tagger, sentences) for tagger, sentences in gold)
    own = [tagger.temperature for tagger, _ in gold]
    figures: dict[str, float | None] = {"temperature": own[0]}
    for suffix, temperatures in (("", own), ("_plain", [1.0] * len(own))):
        rates = _joined(rater(temperature) for rater, temperature in zip(raters, temperatures, strict=True))
        for name, rate, truth in zip(("joint", "word"), rates, truths, strict=True):
            known = tagged or name == "word"
            figures[f"{name}_ece{suffix}"] = expected_calibration_error(rate, truth) if known else None
    return figures


def _joined(parts: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> list[NDArray[Any]]:
    """Pairs of columns as one pair."""
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _sentence(figures: Mapping[str, float | None], gold: Gold) -> str:
    by_standard = {tagger.standard_name: f"{tagger.temperature:g}" for tagger, _ in gold}
    several = len(set(by_standard.values())) > 1
    temperatures = [f"{value} ({name})" if several else value for name, value in by_standard.items()]
    at = ", ".join(dict.fromkeys(temperatures))
    names = ENTITY_FIGURES if gold[0][0].finds_entities else WORD_FIGURES
    errors = [
        f"of {what} {figures[f'{name}_ece']:.2%}"
        + ("" if at == "1" else f" ({figures[f'{name}_ece_plain']:.2%} at temperature 1)")
        for name, what in (("joint", names.tagged), ("word", names.spans))
        if figures[f"{name}_ece"] is not None
    ]
    return f"expected calibration error at temperature {at}: {', '.join(errors)}"

"""What a card measures, and how it counts mistakes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import models
import pytest

from tagger import corpus
from tagger.corpus import Corpora, Corpus, sample
from tagger.corpus.genres import read_genres
from tagger.errors import CorpusError
from tagger.evaluation.card import render
from tagger.evaluation.measuring import (
    ALL,
    add_figures,
    describe_report,
    measure,
    measure_disagreement,
    measure_genres,
)
from tagger.modelfile.metadata import Figures
from tagger.scores.words import summary
from tagger.tagging.tagger import Tagger, load
from tagger.text.sentence import Sentence


def test_figures_have_intervals_only_where_there_are_any(small_tagger: Tagger) -> None:
    gold = [small_tagger("我喜欢北京。")] * 3
    figures = describe_report(summary(gold, gold, n_resamples=10))
    certain = (1.0, 1.0)
    wanted = Figures(sentences=3, word_f1=1.0, joint_f1=1.0, word_f1_interval=certain, joint_f1_interval=certain)
    assert figures == wanted


def test_disagreement_counts_words_with_their_tags(small_tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我喜欢北京。\n\n今天\n", encoding="utf-8")
    assert measure_disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=100) == (8, 0.0)
    assert measure_disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=1)[0] == 6

    class Wordless(Tagger):
        def tag_as_words(self, texts: Iterable[str], **_: object) -> Iterator[Sentence]:
            return (Sentence(text, ()) for text in texts)

    other = Wordless(small_tagger.model)
    assert measure_disagreement(small_tagger, other, tmp_path / "a.txt", n_chars=100)[1] == 1.0


def test_a_card_counts_the_mistakes_of_its_first_split(small_tagger: Tagger) -> None:
    the_sample = Corpus(train=sample.path("train"), dev=sample.path("dev"), name="the sample")
    measured = measure(small_tagger, the_sample, ["dev"], n_resamples=0)
    counts: dict[tuple[str | None, str | None], int] = {}
    for gold, found in measured.scores[0].pairs:
        pos = {(word.start, word.end): word.pos for word in gold.words}
        for word in found.words:
            key = (pos.get((word.start, word.end)), word.pos)
            counts[key] = counts.get(key, 0) + 1
    mistakes = {key: n for key, n in counts.items() if key[0] is not None and key[0] != key[1]}
    (gold_pos, found_pos), n_times = max(mistakes.items(), key=lambda item: item[1])
    text = render(small_tagger, measured, command="make it")
    assert f"| {gold_pos} | {found_pos} | {n_times} |" in text
    assert text.startswith("# small@1\n\n")
    assert text.count("\n## ") == 4
    assert "There is no gold for other domains" not in text
    metadata = add_figures(small_tagger.model.metadata, measured, command="make it")
    assert metadata.attribution == "learnt from random (unknown)"
    assert metadata.figures == {"dev": describe_report(measured.scores[0].report)}


def test_every_part_is_measured_by_its_standard() -> None:
    tagger, train, dev = load(models.STANDARDS), sample.path("train"), sample.path("dev")
    parts = {
        "a": Corpus(train=train, dev=dev, name="one"),
        "more": Corpus(train=train, dev=sample.path("test"), standard="a", name="two"),
        "none": Corpus(train=train, standard="a", name="three"),
        "b": Corpus(train=train, dev=dev, name="four"),
    }
    measured = measure(tagger, Corpora(parts), ["dev"], n_resamples=0)
    assert [(part.standard, part.corpus) for part in measured.scores] == [
        ("a", "one"),
        ("a", "two"),
        ("a", ALL),
        ("b", "four"),
    ]
    one, two, together, four = (part.report for part in measured.scores)
    assert together.words == one.words + two.words
    for standard, report in (("a", one), ("b", four)):
        gold = list(corpus.read(dev))
        assert report.words == summary(gold, tagger.using(standard).tag([s.text for s in gold]), n_resamples=0).words
    text = render(tagger, replace(measured, genres={"speech": one, "law": two}, genre_standard="a"), command="make it")
    assert "| a | all | dev | words | " in text
    assert "## Where it fails by `a`" in text
    assert "## Where it fails by `b`" in text
    assert "Each was tagged by the standard `a`." in text
    mean = (one.words.f1 + two.words.f1) / 2
    assert f"| mean |  |  | {100 * mean:.2f} |" in text
    assert text.count("| traditional characters |") == 2
    figures = add_figures(tagger.model.metadata, measured, command="make it").figures
    assert figures == {"dev": describe_report(together), "b/dev": describe_report(four)}
    only = measure(tagger, Corpora(parts), ["dev"], n_resamples=0, standard="b")
    assert [part.report for part in only.scores] == [four]
    for split, standard in (("test", None), ("dev", "c")):
        with pytest.raises(CorpusError, match=f"with data.{split}, found none"):
            measure(tagger, Corpora(parts), [split], n_resamples=0, standard=standard)


def test_a_corpus_is_measured_by_the_standard_that_is_asked_or_its_own() -> None:
    tagger = load(models.STANDARDS)
    gold = Corpus(dev=sample.path("dev"), name="gold", standard="b")
    for asked, used in ((None, "b"), ("a", "a")):
        assert measure(tagger, gold, ["dev"], n_resamples=0, standard=asked).standards == (used,)
    measured = measure(tagger, gold, ["dev"], n_resamples=0)
    assert list(add_figures(tagger.model.metadata, measured, command="make it").figures) == ["b/dev"]


def test_genres_are_scored_one_by_one(small_tagger: Tagger) -> None:
    genres = read_genres([str(sample.path("dev"))])
    reports = measure_genres(small_tagger, genres, n_resamples=0)
    assert list(reports) == list(genres)
    for name, gold in genres.items():
        assert reports[name] == summary(gold, small_tagger.tag([s.text for s in gold]), n_resamples=0)


def test_the_mean_over_genres_of_a_model_without_tags_has_no_joint_f1() -> None:
    tagger = load(models.SEGMENTER)
    genres = read_genres([str(sample.path("dev"))])
    untagged = {
        name: [Sentence(s.text, tuple(word._replace(pos=None) for word in s.words)) for s in gold]
        for name, gold in genres.items()
    }
    measured = measure(tagger, Corpus(dev=sample.path("dev"), name="the sample"), ["dev"], n_resamples=0)
    reports = measure_genres(tagger, untagged, n_resamples=0)
    text = render(tagger, replace(measured, genres=reports), command="make it")
    mean = sum(report.words.f1 for report in reports.values()) / len(reports)
    assert f"| mean |  |  | {100 * mean:.2f} | – |" in text

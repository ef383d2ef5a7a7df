"""A card from the sample corpus: its figures are those of evaluate, and the model file holds them and still tags."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tagger import card, corpus
from tagger.corpus import sample
from tagger.evaluation.card import describe_figures, disagreement
from tagger.modelfile.metadata import Figures
from tagger.scores.words import summary
from tagger.tagging.tagger import Tagger, load


def test_a_card(small_model: Path, small_tagger: Tagger, tmp_path: Path) -> None:
    model, output = tmp_path / "small.onnx", tmp_path / "card.md"
    shutil.copyfile(small_model, model)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "law.txt").write_text("我喜欢北京。\n今天天气很好。\n", encoding="utf-8")
    options = ["-m", str(model), "-o", str(output), "--command", "make it", "--split", "dev", "--resamples", "20"]
    assert card.main(["sample", *options, "--other", str(small_model), "--raw", str(raw)]) == 0
    gold = list(corpus.read(sample.path("dev")))
    report = summary(gold, small_tagger.tag([s.text for s in gold]), n_resamples=0)
    text = output.read_text(encoding="utf-8")
    assert f"| dev | words | {100 * report.words.precision:.2f} | {100 * report.words.recall:.2f} |" in text
    assert "| law | 13 | 0.0 |" in text
    assert "made by `make it`" in text.lower()
    told = load(model)
    metadata = told.model.metadata
    assert metadata.figures["dev"].word_f1 == pytest.approx(report.words.f1)
    assert metadata.command == "make it"
    assert replace(metadata, figures={}, command=None, attribution=None) == small_tagger.model.metadata
    assert told("我喜欢北京。") == small_tagger("我喜欢北京。")


def test_figures_have_intervals_only_where_there_are_any(small_tagger: Tagger) -> None:
    gold = [small_tagger("我喜欢北京。")] * 3
    found = describe_figures(summary(gold, gold, n_resamples=10))
    certain = (1.0, 1.0)
    wanted = Figures(sentences=3, word_f1=1.0, joint_f1=1.0, word_f1_interval=certain, joint_f1_interval=certain)
    assert found == wanted


def test_disagreement_counts_words_with_their_tags(small_tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我喜欢北京。\n\n今天\n", encoding="utf-8")
    assert disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=100) == (8, 0.0)
    assert disagreement(small_tagger, small_tagger, tmp_path / "a.txt", n_chars=1)[0] == 6

    class Other:
        def tag(self, texts: list[str]) -> list[object]:
            return [type(s)(s.text, ()) for s in small_tagger.tag(texts)]

    assert disagreement(small_tagger, Other(), tmp_path / "a.txt", n_chars=100)[1] == 1.0  # type: ignore[arg-type]

"""A card from the sample corpus: its figures are those of evaluate, and the model file holds them and still tags."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tagger import card, corpus
from tagger.corpus import sample
from tagger.modelfile.shipped import find
from tagger.scores.words import summary
from tagger.tagging.tagger import Tagger, load


def test_a_card(small_model: Path, small_tagger: Tagger, tmp_path: Path) -> None:
    model, output = tmp_path / "small.onnx", tmp_path / "card.md"
    shutil.copyfile(small_model, model)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "law.txt").write_text("我喜欢北京。\n今天天气很好。\n", encoding="utf-8")
    options = ["-m", str(model), "-o", str(output), "--command", "make it", "--split", "dev", "--resamples", "20"]
    options += ["--genre", str(sample.path("dev"))]
    assert (
        card.main(
            ["sample", *options, "--other", str(small_model), "--raw", str(raw), "--genre", str(sample.path("dev"))]
        )
        == 0
    )
    gold = list(corpus.read(sample.path("dev")))
    report = summary(gold, small_tagger.tag([s.text for s in gold]), n_resamples=0)
    text = output.read_text(encoding="utf-8")
    assert f"| dev | words | {100 * report.words.precision:.2f} | {100 * report.words.recall:.2f} |" in text
    assert "| law | 13 | 0.0 |" in text
    assert "\n## By genre\n" in text
    assert "\n| dialogue | " in text
    assert "made by `make it`" in text.lower()
    told = load(model)
    metadata = told.model.metadata
    assert metadata.figures["dev"].word_f1 == pytest.approx(report.words.f1)
    assert metadata.figures["genre/dialogue"].sentences > 0
    assert metadata.command == "make it"
    assert replace(metadata, figures={}, command=None, attribution=None) == small_tagger.model.metadata
    assert told("我喜欢北京。") == small_tagger("我喜欢北京。")


def test_a_card_of_entities_has_genres_too(tmp_path: Path) -> None:
    model, genres = tmp_path / "ner.onnx", tmp_path / "genres"
    shutil.copyfile(find("zh-ner"), model)
    genres.mkdir()
    (genres / "news.iob2").write_text("李明\tB-PER\n在\tO\n北京\tB-LOC\n。\tO\n\n", encoding="utf-8")
    (genres / "recipes.iob2").write_text("加\tO\n盐\tO\n。\tO\n\n", encoding="utf-8")
    options = ["-m", model, "-o", tmp_path / "card.md", "--command", "make it", "--genre", genres, "--resamples", 5]
    assert card.main([str(genres / "news.iob2"), *map(str, options)]) == 0
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "| all | 2 | 2 | 100.00 | 100.00 | 100.00–100.00 |\n| news | 1 | 2 | 100.00" in text
    assert "| recipes | 1 | 0 | – | – | – |" in text
    assert card.main([str(genres / "news.iob2"), *map(str, options[:6]), "--resamples", "5"]) == 0
    assert "By genre" not in (tmp_path / "card.md").read_text(encoding="utf-8")

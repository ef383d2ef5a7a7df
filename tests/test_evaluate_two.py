"""Scores of two models, and of a model that lacks tags of gold: what can be compared, and where figures lie."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import models
import pytest

from tagger import corpus
from tagger.corpus import Corpora, Corpus, sample
from tagger.errors import CorpusError
from tagger.evaluate import default_output, evaluate_model, main
from tagger.evaluation.tagging import evaluate
from tagger.tagging.tagger import Tagger, load
from tagger.tagging.word_tagger import load_words


@pytest.mark.parametrize(
    ("line", "note", "joint"),
    [
        (
            "我_r 喜欢_v 北京_ns",
            "no tag in common with the model (gold: r, v, ns; model: NOUN, VERB, X): only words",
            False,
        ),
        ("我_r 喜欢_VERB 北京_NOUN", "the model lacks the tags of 1 of 3 words, which count as wrong: r\n", True),
        ("我_X 喜欢_VERB 北京_NOUN", "", True),
    ],
)
def test_tags_that_the_model_lacks_are_named(
    line: str, note: str, joint: bool, small_tagger: Tagger, tmp_path: Path
) -> None:
    (tmp_path / "gold.txt").write_text(f"{line}\n", encoding="utf-8")
    gold = Corpus(test=tmp_path / "gold.txt", format="underscore", name="gold")
    values, table = evaluate(small_tagger, gold, "test", resamples=5)
    assert ("words + tags" in table, "of words + tags" in table) == (joint, joint)
    assert (values["joint"] is None, values["calibration"]["joint_ece"] is None) == (not joint, not joint)
    assert note in table
    assert sum(values["unknown_tags"].values()) == sum(f"_{tag}" in line for tag in ("r", "v", "ns"))
    assert values["words"]["gold"] == 3
    assert ("in common" in table, "lacks" in table) == (note.startswith("no"), note.startswith("the"))
    if "北京_ns" in line:  # beside a part whose tags the model has, which alone counts for words with tags
        (tmp_path / "own.txt").write_text("我_X 喜欢_VERB 北京_NOUN\n", encoding="utf-8")
        parts = {"a": gold, "b": replace(gold, test=tmp_path / "own.txt")}
        values, table = evaluate(load(models.STANDARDS), Corpora(parts), "test", resamples=5)
        assert (values["joint"]["gold"], "lacks" in table) == (3, False)
        assert (len(values["parts"]["a"]), sum(values["unknown_tags"].values())) == (1, 3)


def test_given_words_without_a_tag_of_the_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gold.slash").write_text("cats/n sleep/v\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"expected tags of the model, got others \(gold: n, v; model: "):
        evaluate(load_words(models.WORDS), Corpus(test=tmp_path / "gold.slash", name="gold"), "test", resamples=5)


def test_two_models_are_scored_and_compared(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus.write(list(corpus.read(sample.path("test")))[:20], tmp_path / "gold.conllu")
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        Path(name).mkdir()
        shutil.copy(small_model, f"{name}/model.onnx")
    ours, theirs, entities, topics = "a/model.onnx", "b/model.onnx", str(models.ENTITIES), str(models.TOPICS)
    options = ["gold.conllu", "--resamples", "10"]
    assert main([*options, "-m", ours, "-m", "zh-small"]) == 0
    values = json.loads(Path("a/comparison.test.json").read_text(encoding="utf-8"))
    alone = [evaluate_model(model, {"test": "gold.conllu"}, "test", resamples=5)[0] for model in (ours, "zh-small")]
    assert [model["model"] for model in values["models"]] == ["a/model", "zh-small"]
    for name, key in (("word_f1", "words"), ("joint_f1", "joint")):
        found, wanted = values["difference"][name], [figures[key]["f1"] for figures in alone]
        assert found["difference"] == pytest.approx(wanted[0] - wanted[1])
        assert found["interval"][0] <= found["difference"] <= found["interval"][1]
    assert main([*options, "-m", ours, "-m", theirs, "-o", "x.json"]) == 0
    shown = capsys.readouterr().out
    assert "a/model@1 on gold.conllu" in shown
    assert "a/model minus b/model, paired bootstrap over 20 sentences:\nword F1 +0.00 (95 % interval +0.00" in shown
    assert "p = 1.000): no more than chance\n\nfigures: x.json (-o FILE" in shown
    Path("names.iob2").write_text("我\tO\n北\tB-LOC\n京\tI-LOC\n\n", encoding="utf-8")
    both = ["-m", entities, "-m", entities, "-o", "x.json"]
    assert main(["names.iob2", *options[1:], *both, "--genre", "x=names.iob2"]) == 0
    shown = capsys.readouterr().out
    assert "\nboundary F1 +0.00 (95 % interval +0.00" in shown
    assert "\nentity F1 +0.00 (95 % interval +0.00" in shown
    assert shown.count("\nx: boundary f1 ") == 2
    for more, answer in (
        (["-m", entities], "expected two models of one kind to compare, but a/model is a tagger of texts (words), "),
        (["-m", topics], "expected two taggers to compare, got a classifier in a/model and topics"),
        (["-m", theirs, "-m", theirs], "expected one model or two, "),
        (["-m", theirs, "--resamples", "0"], "expected 1 or more for --resamples, got 0"),
    ):
        assert main([*options, "-m", ours, *more]) in (1, 2)
        assert answer in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*options, "-m", ours, "--resamples", "-1"])
    assert "--resamples: expected a whole number of 0 or more, got '-1'" in capsys.readouterr().err


def test_other_figures_are_kept(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    corpus.write(list(corpus.read(sample.path("test")))[:5], tmp_path / "gold.conllu")
    corpus.write(list(corpus.read(sample.path("test")))[5:9], tmp_path / "other.conllu")
    monkeypatch.chdir(tmp_path)
    shutil.copy(small_model, "x.onnx")
    Path("x.dev.json").write_text("notes of somebody\n", encoding="utf-8")
    own, two = ["-m", "x.onnx"], ["-m", "x.onnx", "-m", "zh-small"]
    for words, place in (
        (["gold.conllu", *own], "x.test.json"),
        (["gold.conllu", *own], "x.test.json"),
        (["other.conllu", *own], "x.test-2.json"),
        (["gold.conllu", *own, "--resamples", "7"], "x.test-3.json"),
        (["other.conllu", *own], "x.test-2.json"),
        (["gold.conllu", *two], "comparison.test.json"),
        (["gold.conllu", "-m", "x.onnx", "-m", "zh-base"], "comparison.test-2.json"),
        (["gold.conllu", *two], "comparison.test.json"),
        (["gold.conllu", *own, "--split", "dev"], "x.dev-2.json"),
        (["other.conllu", *own, "-o", "x.test.json"], "x.test.json"),
    ):
        before = {path: path.read_text(encoding="utf-8") for path in Path().glob("*.json")}
        assert main([*words, *(["--resamples", "5"] if "--resamples" not in words else [])]) == 0
        shown = capsys.readouterr().out.splitlines()[-1]
        assert shown.startswith(f"figures: {place} (")
        assert ("holds others and stays" in shown) == ("-2" in place or "-3" in place)
        assert all(path.read_text(encoding="utf-8") == text for path, text in before.items() if path.name != place)


@pytest.mark.parametrize(
    ("models", "place"),
    [
        (["runs/x/model.onnx"], "runs/x/model.dev.json"),
        (["zh-small"], "zh-small.dev.json"),
        (["zh-small@9"], "zh-small.dev.json"),
        (["runs/x/model.onnx", "zh-small"], "runs/x/comparison.dev.json"),
        (["zh-small", "runs/x/model.onnx"], "comparison.dev.json"),
    ],
)
def test_figures_lie_beside_the_model_or_in_the_working_folder(models: list[str], place: str) -> None:
    assert default_output(models, "dev") == Path(place)

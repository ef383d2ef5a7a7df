"""Figures of a model file on gold: against an independent scorer, without train, without torch."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import models
import pytest
from oracles import corpus_scores

from tagger import corpus
from tagger.corpus import Corpus, LabelledCorpus, sample
from tagger.evaluation.classifier import evaluate_classifier
from tagger.evaluation.tagging import evaluate
from tagger.tagging.classifier import load_classifier
from tagger.tagging.tagger import Tagger
from tagger.tagging.word_tagger import load_words

ENGLISH = Path(__file__).with_name("english.conllu")


def test_figures_are_those_of_the_independent_scorer(small_tagger: Tagger) -> None:
    data = Corpus(sample.path("train"), test=sample.path("test"), name="sample")
    values, table = evaluate(small_tagger, data, "test", resamples=50)
    gold = list(corpus.read(sample.path("test")))
    known = {word.form for sentence in corpus.read(sample.path("train")) for word in sentence.words}
    wanted = corpus_scores(gold, [small_tagger(sentence.text) for sentence in gold], known)
    assert values["words"]["f1"] == pytest.approx(wanted["word_f1"])
    assert values["joint"]["f1"] == pytest.approx(wanted["joint_f1"])
    assert values["oov_recall"] == pytest.approx(wanted["oov_recall"])
    low, high = values["intervals"]["word_f1"]
    assert low <= values["words"]["f1"] <= high
    assert values["n_sentences"] == len(gold)
    assert values["characters_per_second"] > 0
    assert "words + tags" in table


def test_without_train_nothing_is_said_of_words_that_it_lacks(small_tagger: Tagger) -> None:
    gold = Corpus(sample.path("train"), test=sample.path("test"), name="sample")
    whole, _ = evaluate(small_tagger, gold, "test", resamples=20)
    values, table = evaluate(small_tagger, replace(gold, train=None), "test", resamples=20)
    assert (values["oov_rate"], values["oov_recall"], values["intervals"]["oov_recall"]) == (None, None, None)
    assert "OOV words" not in table
    same = ("words", "joint", "tags", "exact_match", "calibration", "n_characters")
    assert {name: values[name] for name in same} == {name: whole[name] for name in same}
    words = Corpus(test=ENGLISH, format="conllu_words", name="English")
    values, table = evaluate(load_words(models.WORDS), words, "test", resamples=20)
    assert values["oov_rate"] is None
    assert values["joint"]["f1"] == pytest.approx(values["joint"]["recall"])
    assert "English, test" in table


def test_a_classifier_is_scored_on_its_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n今天天气很好,weather\n我去公园,travel\n", encoding="utf-8")
    texts = LabelledCorpus(test="a.csv", root=tmp_path, name="two texts")
    classifier = load_classifier(models.TOPICS)
    values, table = evaluate_classifier(classifier, texts, "test", resamples=20)
    found = [prediction.label for prediction in classifier.classify(["今天天气很好", "我去公园"])]
    assert values["accuracy"] == sum(map(str.__eq__, found, ["weather", "travel"])) / 2
    assert "two texts, test" in table


TORCH = ("torch", "lightning", "torchmetrics", "onnx", "tagger.learning")


@pytest.mark.parametrize(
    "words",
    [
        ["model={small}", "data.test=gold.conllu"],
        ["model={small}", "data.test=gold.seg", "data.task=seg"],
        ["model={small}", "data=files", "data.test=gold.conllu"],
        ["model={small}", "split=dev"],
        ["model={topics}", "data.test=gold.csv"],
        ["model={words}", "data=words", "data.test=gold.conllu"],
        [
            "model={standards}",
            "data=several",
            "+data@data.parts.b=files",
            "data.parts.b.test=gold.seg",
            "data.task=seg",
        ],
    ],
)
def test_one_gold_file_needs_neither_torch_nor_a_train_file(words: list[str], tmp_path: Path) -> None:
    gold = list(corpus.read(sample.path("test")))[:20]
    corpus.write(gold, tmp_path / "gold.conllu")
    corpus.write(gold, tmp_path / "gold.seg")
    (tmp_path / "gold.csv").write_text("text,label\n今天天气很好,weather\n我去公园,travel\n", encoding="utf-8")
    files = {"small": models.SMALL, "topics": models.TOPICS, "words": models.WORDS, "standards": models.STANDARDS}
    arguments = [*(word.format(**files) for word in words), "output=out.json", "resamples=10"]
    blocked = f"sys.modules.update(dict.fromkeys({TORCH}))"
    code = f"import runpy, sys; {blocked}; sys.argv[1:] = {arguments}; "
    code += "runpy.run_module('tagger.evaluate', run_name='__main__', alter_sys=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    values = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    if "split=dev" in words:
        assert values["corpus"] == "tagger sample"
        assert values["oov_rate"] is not None
    elif "topics" not in words[0]:
        assert values["n_sentences"] == 20
        assert values["oov_rate"] is None


def test_the_command(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.json"
    call = [
        sys.executable,
        "-m",
        "tagger.evaluate",
        f"model={small_model}",
        "split=dev",
        f"output={output}",
        "resamples=10",
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "words + tags" in done.stdout
    assert json.loads(output.read_text(encoding="utf-8"))["split"] == "dev"
    wrong = subprocess.run(
        [*call, "data.test=no", "model=no.onnx"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: no.onnx: expected a model file, found none")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]

"""Figures of a model file on gold: against an independent scorer, without train, without torch."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import models
import pytest
from oracles import corpus_scores

from tagger import corpus
from tagger.corpus import Corpora, Corpus, LabelledCorpus, sample
from tagger.corpus.genres import read_genres
from tagger.evaluate import evaluate_model, main
from tagger.evaluation.calibration import calibrate
from tagger.evaluation.classifier import evaluate_classifier
from tagger.evaluation.tagging import evaluate
from tagger.modelfile.rewrite import rewrite
from tagger.tagging.classifier import load_classifier
from tagger.tagging.tagger import Tagger, load
from tagger.tagging.word_tagger import load_words
from tagger.text.sentence import Sentence

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


def test_a_split_of_words_and_entities_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tagger, stream, splits = load(models.JOINT), Corpus.stream, list[str]()

    def count(gold: Corpus, split: str) -> Iterator[Sentence]:
        splits.append(split)
        return stream(gold, split)

    monkeypatch.setattr(Corpus, "stream", count)
    corpus.write(tagger.tag(["我喜欢北京。", "今天天气很好。"]), tmp_path / "gold.jsonl")
    values, _ = evaluate(tagger, Corpus(test=tmp_path / "gold.jsonl", task="joint_spans"), "test", resamples=5)
    assert values["words"]["f1"] == 1.0
    assert "entities" in values
    assert splits == ["test"]


def test_parts_are_scored_by_their_standards_and_beside_all() -> None:
    gold, tagger = Corpus(test=sample.path("test")), load(models.STANDARDS)
    parts = {"a": gold, "more": replace(gold, test=sample.path("dev"), standard="b"), "b": replace(gold, test=None)}
    values, table = evaluate(tagger, Corpora(parts), "test", resamples=10)
    assert list(values["parts"]) == ["a", "more"]
    for name, standard in (("a", "a"), ("more", "b")):
        alone, _ = evaluate(tagger.using(standard), parts[name], "test", resamples=10)
        assert values["parts"][name] == {"word_f1": alone["words"]["f1"], "joint_f1": alone["joint"]["f1"]}
        assert f"\n{name}: word f1 {alone['words']['f1']:.2%}, joint f1" in table
    assert "error at temperature 1: of words + tags" in table


def test_parts_have_the_temperatures_of_their_standards(tmp_path: Path) -> None:
    path, gold = tmp_path / "m.onnx", Corpus(test=sample.path("test"))
    small = Corpora({"b": gold})
    alone = [calibrate(load(models.STANDARDS, standard=name), gold.read("test")) for name in "ab"]
    metadata = load(models.STANDARDS).model.metadata
    rewrite(models.STANDARDS, path, replace(metadata, calibration=alone[0], calibration_by_standard={"b": alone[1]}))
    values, _ = evaluate(load(path), small, "test", resamples=0)
    assert values["calibration"]["temperature"] == alone[1].temperature
    assert values["calibration"]["joint_ece"] == pytest.approx(alone[1].joint_ece_after, abs=1e-5)
    other = replace(alone[1], temperature=2.5)
    rewrite(models.STANDARDS, path, replace(metadata, calibration=alone[0], calibration_by_standard={"b": other}))
    table = evaluate(load(path), Corpora({"a": gold, "b": gold}), "test", resamples=0)[1]
    assert f"at temperature {alone[0].temperature:g} (a), 2.5 (b): of words" in table


def test_a_corpus_that_names_its_standard_is_tagged_by_it(tmp_path: Path) -> None:
    text = sample.path("test").read_text(encoding="utf-8")
    (tmp_path / "gold.conllu").write_text(text, encoding="utf-8")
    node = {"name": "gold", "root": tmp_path, "test": "gold.conllu"}
    alone = {name: evaluate_model(models.STANDARDS, node, "test", standard=name, resamples=0) for name in "ab"}
    for named, asked, used in ((None, None, "a"), ("b", None, "b"), ("b", "a", "a"), ("other", None, "a")):
        values, table = evaluate_model(
            models.STANDARDS, node | {"standard": named}, "test", standard=asked, resamples=0
        )
        assert (values["standard"], values["joint"]) == (used, alone[used][0]["joint"])
        assert f"standards@1 on gold, test by the standard {used}: " in table
    assert alone["a"][0]["joint"] != alone["b"][0]["joint"]
    assert "standard" not in evaluate_model(models.SMALL, node | {"standard": "b"}, "test", resamples=0)[0]


def test_genres_have_figures_of_their_own() -> None:
    node, place = {"name": "gold", "test": str(sample.path("dev")), "standard": "b"}, str(sample.path("dev"))
    values, table = evaluate_model(models.STANDARDS, node, "test", genres=[place, f"one={place}"], resamples=0)
    assert values["genres"]["one"] == {"word_f1": values["words"]["f1"], "joint_f1": values["joint"]["f1"]}
    assert list(values["genres"])[:-1] == list(read_genres([place]))
    assert f"\none: word f1 {values['words']['f1']:.2%}, joint f1 {values['joint']['f1']:.2%}\n" in table
    assert "genres" not in evaluate_model(models.STANDARDS, node, "test", resamples=0)[0]


def test_a_classifier_is_scored_on_its_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n今天天气很好,weather\n我去公园,travel\n", encoding="utf-8")
    texts = LabelledCorpus(test="a.csv", root=tmp_path, name="two texts")
    classifier = load_classifier(models.TOPICS)
    values, table = evaluate_classifier(classifier, texts, "test", resamples=20)
    found = [prediction.label for prediction in classifier.classify(["今天天气很好", "我去公园"])]
    assert values["accuracy"] == sum(map(str.__eq__, found, ["weather", "travel"])) / 2
    assert "two texts, test" in table


TORCH = ("torch", "lightning", "torchmetrics", "onnx", "tagger.learning")
HYDRA = ("hydra", "omegaconf")  # needed for the names of corpora and words of settings alone


@pytest.mark.parametrize(
    "words",
    [
        ["gold.conllu", "-m", "{small}"],
        ["gold.seg", "--task", "seg", "-m", "{small}"],
        ["gold.csv", "-m", "{topics}"],
        ["gold.conllu", "--format", "conllu_words", "-m", "{words}"],
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
    absent = TORCH if "=" in "".join(words) else TORCH + HYDRA
    blocked = f"sys.modules.update(dict.fromkeys({absent}))"
    code = f"import runpy, sys; {blocked}; sys.argv[1:] = {arguments}; "
    code += "runpy.run_module('tagger.evaluate', run_name='__main__', alter_sys=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    values = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    if "split=dev" in words:
        assert values["corpus"] == "tagger sample"
        assert values["oov_rate"] is not None
    elif "topics" not in " ".join(words):
        assert values["n_sentences"] == 20
        assert values["oov_rate"] is None


def test_the_command(small_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.json"
    call = [sys.executable, "-m", "tagger.evaluate", "sample", "--split", "dev", "-o", str(output), "--resamples", "10"]
    done = subprocess.run([*call, "-m", small_model], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "words + tags" in done.stdout
    assert json.loads(output.read_text(encoding="utf-8"))["split"] == "dev"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["-m", "no.onnx"], 1, "error: no.onnx: expected a model file, found none"),
        (
            ["gold.slash", "-m", "zh-small"],
            1,
            "error: gold.slash: expected a gold file or one of the corpora banking77, ",
        ),
        (["gold.slash"], 1, "error: gold.slash: expected a gold file or one of the corpora banking77, "),
        (["-m", "zh-small", "data.tst=x"], 2, "error: data.tst: expected a setting of conf/gold.yaml"),
        (["-m", "zh-small", "data.test=no.slash"], 1, "error: no.slash: expected a file, found none"),
        (["-m", "zh-small", "--train", "no.slash"], 1, "error: "),
        (["a.slash", "b.slash", "-m", "zh-small"], 2, "error: expected one gold file and nothing else, got a.slash b"),
    ],
)
def test_what_cannot_be_scored_is_one_line(
    arguments: list[str],
    status: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / f"{name}.slash").write_text("我/PRON\n", encoding="utf-8")
    assert main([*arguments, "-o", "x.json"]) == status
    err = capsys.readouterr().err
    assert err.startswith(message), err
    assert err.count("\n") == 1


def test_a_corpus_of_ones_own_configurations(small_model: Path, tmp_path: Path) -> None:
    """A name of --config-dir, and a train file that tells words that are new."""
    gold = tmp_path / "金 (1).slash"
    gold.write_text("我/PRON 喜欢/VERB 北京/PROPN\n", encoding="utf-8")
    (tmp_path / "mine/data").mkdir(parents=True)
    text = f"defaults: [files]\nname: mine\ntrain: {gold}\ntest: {gold}\n"
    (tmp_path / "mine/data/我的.yaml").write_text(text, encoding="utf-8")
    common = ["-m", str(small_model), "--resamples", "5", "-o", str(tmp_path / "x.json")]
    for arguments in (["我的", "--config-dir", str(tmp_path / "mine")], [str(gold), "--train", str(gold)]):
        assert main([*arguments, *common]) == 0
        values = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
        assert (values["n_sentences"], values["oov_rate"]) == (1, 0)

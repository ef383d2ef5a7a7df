"""Taggers, classifiers and dictionaries that are pickled, copied or sent to other processes answer as before."""

import copy
import multiprocessing
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.modelfile import shipped
from tagger.tagging.classifier import load_classifier
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.tagger import Tagger, load
from tagger.tagging.word_tagger import WordTagger, load_words
from tagger.text.presegment import Presegmenter

TEXTS = ["我喜歡北京云计算。", "iPhone 15 卖 5999 元 ＡＢ公司", "", "乾淨的話" * 100]
ENTRIES = [
    Entry("云计算", "prefer", None, 9), Entry("喜|歡", "cut"), "ＡＢ公司", Entry("乾淨", "force"),
    Entry("的話", "forbid"), Entry("5999 元", "join"),
]  # fmt: skip


def sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


COPIES = pytest.mark.parametrize("copied", [sent, copy.copy, copy.deepcopy])


def of_path(path: Path) -> Path:
    return path


def of_bytes(path: Path) -> bytes:
    return path.read_bytes()


@COPIES
@pytest.mark.parametrize("given", [of_path, of_bytes])
@pytest.mark.parametrize("path", [*map(models.head_model, models.HEADS), models.SEGMENTER, models.INT8])
def test_taggers(copied: Callable[[Any], Any], given: Callable[[Path], Any], path: Path) -> None:
    model = load(given(path)).model
    tagged = Entry("乾淨", "force", next(iter(model.scheme.pos), None))
    dictionaries = Dictionary([*ENTRIES, tagged], fold=True), Dictionary(["北京"], exact=True), Dictionary()
    tagger = Tagger(model, presegmenter=Presegmenter(("url",)), dictionary=dictionaries, temperature=2.0)
    same = copied(tagger)
    assert type(same) is Tagger
    assert list(same.tag(TEXTS, confidence=True)) == list(tagger.tag(TEXTS, confidence=True))
    for word, wanted in zip(
        same(TEXTS[0], confidence=True).words, tagger(TEXTS[0], confidence=True).words, strict=True
    ):
        assert word.probability == wanted.probability
    assert same.presegmenter == tagger.presegmenter
    assert same.rows.model is same.model


@COPIES
def test_a_tagger_of_another_standard(copied: Callable[[Any], Any]) -> None:
    tagger = load(models.STANDARDS)
    for standard in tagger.model.standards:
        of_standard = tagger.using(standard)
        same = copied(of_standard)
        assert same.standard == of_standard.standard
        assert list(same.tag(TEXTS)) == list(of_standard.tag(TEXTS))


@COPIES
@pytest.mark.parametrize("given", [of_path, of_bytes])
def test_classifiers_and_taggers_of_words(copied: Callable[[Any], Any], given: Callable[[Path], Any]) -> None:
    classifier = load_classifier(given(models.TOPICS))
    assert np.array_equal(copied(classifier).probabilities(TEXTS), classifier.probabilities(TEXTS))
    tagger = WordTagger(load_words(given(models.WORDS)).model, n_sentences=2, batch=16)
    same = copied(tagger)
    assert (same.n_sentences, same.batch) == (2, 16)
    assert same(["We", "like", "cats"]) == tagger(["We", "like", "cats"])


@COPIES
@pytest.mark.parametrize("options", [{}, {"fold": True}, {"exact": True}, {"fold": True, "exact": True}])
def test_dictionaries(copied: Callable[[Any], Any], options: dict[str, bool]) -> None:
    words = [*ENTRIES, "看著", "看着", "计算", "計算", "ab公司"]
    dictionary = Dictionary(words, **options)
    dictionary.find("看着")
    same = copied(dictionary)
    assert same.unmatched == dictionary.unmatched
    for text in [*TEXTS, "看著他計算AB公司", "\ud800看着"]:
        for column, wanted in zip(same.find(text), dictionary.find(text), strict=True):
            assert column.tolist() == wanted.tolist()
    assert same.tag_names == dictionary.tag_names
    assert same.marks == dictionary.marks


def test_a_copied_dictionary_notes_its_own_matches() -> None:
    dictionary = Dictionary(["北京"])
    copy.deepcopy(dictionary).find("北京")
    assert dictionary.unmatched == ["北京"]


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_other_processes(method: str) -> None:
    tagger = load("zh-small", dictionary=Dictionary(["学云计算"]))
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(tagger, TEXTS, chunksize=1) == list(tagger.tag(TEXTS))
        of_bytes = load(models.SMALL.read_bytes())
        assert pool.map(of_bytes, TEXTS) == list(of_bytes.tag(TEXTS))


def test_joblib() -> None:
    joblib = pytest.importorskip("joblib")
    tagger = load(models.SMALL)
    answers = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(tagger)(text) for text in TEXTS)
    assert answers == list(tagger.tag(TEXTS))


def test_a_model_that_comes_again_is_open_already() -> None:
    tagger = load(models.SMALL)
    assert sent(tagger).model is sent(tagger).model


def test_a_model_of_the_package_travels_by_name() -> None:
    assert str(shipped.FOLDER).encode() not in pickle.dumps(load("zh-small"))


def test_a_file_that_changes(tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    shutil.copy(models.SMALL, path)
    tagger = load(path)
    travelling = pickle.dumps(tagger)
    by_content = pickle.dumps(load(path.read_bytes()))
    shutil.copy(models.SEGMENTER, path)
    with pytest.raises(ModelError, match=r"own.onnx: expected the model file of a tagger .* got other content; put"):
        pickle.loads(travelling)
    with pytest.raises(ModelError, match=r"own.onnx: expected the model file as it was when it was opened"):
        pickle.dumps(tagger)
    path.unlink()
    with pytest.raises(ModelError, match=r"own.onnx: expected the model file of a tagger .* got no file; put"):
        pickle.loads(travelling)
    with pytest.raises(ModelError, match=r"own.onnx: .* it has changed or is gone; load it again"):
        pickle.dumps(tagger)
    assert pickle.loads(by_content)("我喜欢北京。") == tagger("我喜欢北京。") == copy.deepcopy(tagger)("我喜欢北京。")


def test_bytes_that_are_no_model() -> None:
    with pytest.raises(ModelError, match=r"a model of 3 bytes: expected an ONNX model"):
        load(b"abc")
    with pytest.raises(ModelError, match=r"a model of [0-9,]+ bytes: expected a tagger, got a classifier"):
        load(models.TOPICS.read_bytes())

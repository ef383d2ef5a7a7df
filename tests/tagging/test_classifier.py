"""Texts to labels, with a model file of random weights."""

from pathlib import Path

import models
import pytest

import tagger
from tagger.errors import InputError, ModelError
from tagger.tagging.classifier import Classifier
from tagger.text.format_characters import without_format

TEXTS = ["今天天气很好", "iPhone 15", "", " ", "x" * 150, "\ud800", "a\0b", "😀" * 3]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return tagger.load_classifier(models.TOPICS)


def test_the_label_is_the_most_probable_one(classifier: Classifier) -> None:
    assert len({prediction.label for prediction in classifier.classify(TEXTS)}) > 1
    for text, prediction in zip(TEXTS, classifier.classify(TEXTS), strict=True):
        assert sum(prediction.probabilities) == pytest.approx(1)
        assert prediction.probability == max(prediction.probabilities)
        assert prediction.label == classifier.labels[prediction.probabilities.argmax()]
        assert prediction.truncated == (len(without_format(text)) > 100)
        assert classifier(text).probabilities == pytest.approx(prediction.probabilities, abs=1e-6)
        best = classifier.top(prediction.probabilities, 2)
        assert best[0] == (prediction.label, prediction.probability)
        assert best[0][1] >= best[1][1]


def test_a_text_is_read_up_to_the_limit(classifier: Classifier) -> None:
    text = "北京天气" * 25
    assert classifier(text + "很好").probabilities == pytest.approx(classifier(text).probabilities)
    assert not classifier(text).truncated


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("今天\u200b天气\ufeff很好\0", "今天天气很好"),
        ("\u00ad" * 99 + "北京天气", "北京天气"),
        ("x" * 100 + "\u200b", "x" * 100),
        ("\u200b\ufeff", " "),
        ("", " "),
    ],
)
def test_format_characters_are_transparent(classifier: Classifier, text: str, bare: str) -> None:
    found, wanted = classifier(text), classifier(bare)
    assert (found.label, found.truncated) == (wanted.label, wanted.truncated)
    assert found.probabilities.tolist() == wanted.probabilities.tolist()
    assert classifier.probabilities([text])[0].tolist() == wanted.probabilities.tolist()


def test_many_texts_in_order_and_none(classifier: Classifier) -> None:
    texts = [f"{i} 天气{'好' * (i % 37)}" for i in range(600)]
    probabilities = [prediction.probability for prediction in classifier.classify(iter(texts))]
    assert probabilities == pytest.approx([classifier(text).probability for text in texts], abs=1e-6)
    assert list(classifier.classify([])) == []


def test_texts_that_are_none(classifier: Classifier) -> None:
    with pytest.raises(InputError, match="expected several texts, got one string"):
        next(classifier.classify("text"))
    with pytest.raises(InputError, match=r"expected a text \(str\), got int"):
        classifier(3)  # type: ignore[arg-type]


def test_models_of_another_kind(small_model: Path) -> None:
    with pytest.raises(ModelError, match=r"topics\.onnx: expected a tagger, got a classifier; use .*tagger\.classify"):
        tagger.load(models.TOPICS)
    with pytest.raises(ModelError, match=r"small\.onnx: expected a classifier, got a tagger"):
        tagger.load_classifier(small_model)

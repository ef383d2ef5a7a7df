"""What is shown of a classifier: its answers, states of its layers, and what each character does to the decision."""

import models
import numpy as np
import pytest

from tagger.errors import InputError, ModelError
from tagger.tagging.classifier import load_classifier
from tagger.tagging.inspection.classification import ClassifierInspector


@pytest.mark.parametrize("text", ["我", "我喜欢北京", "我\u200b 爱", "好" * 99])
def test_labels_and_what_each_character_moves_are_the_classifiers(text: str) -> None:
    classifier, inspector = load_classifier(models.TOPICS), ClassifierInspector.open(models.TOPICS)
    found, prediction = inspector(text), classifier(text)
    assert found.labels == tuple(classifier.top(prediction.probabilities, 3))
    assert found.labels[0] == (prediction.label, prediction.probability)
    place = classifier.labels.index(prediction.label)
    bare = "".join(found.names)
    assert bare == text.replace("\u200b", "")
    without = [classifier(bare[:i] + bare[i + 1 :]).probabilities[place] for i in range(len(bare))]
    np.testing.assert_allclose(found.without, without, atol=1e-6)
    np.testing.assert_allclose(found.moved, prediction.probability - np.array(without), atol=1e-6)
    for layer in found.layers:
        assert {values.shape[0] for steps in layer.directions.values() for values in steps.values()} == {len(bare)}


def test_only_what_the_model_reads_is_shown() -> None:
    found = ClassifierInspector.open(models.TOPICS)("好" * 300)
    assert len(found.names) == len(found.without) == 100


def test_what_cannot_be_shown() -> None:
    with pytest.raises(InputError, match="expected a text of 1 to 256 characters, got 0; give a part of a longer one"):
        ClassifierInspector.open(models.TOPICS)("\u200b")
    with pytest.raises(ModelError, match="expected a classifier, got a tagger"):
        ClassifierInspector.open(models.SMALL)

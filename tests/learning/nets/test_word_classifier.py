"""Many to one over words: one sigmoid output, padding in front, and the same answers from the model file."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from nets import word_classifier
from torch import nn

import tagger
from tagger.corpus.labelled import LabelledCorpus
from tagger.errors import CorpusError, ModelError
from tagger.learning.checkpoint import TrainedClassifier
from tagger.learning.data import ClassificationData
from tagger.learning.export import build, describe, verify
from tagger.learning.nets import LabelHead, SequenceClassifier
from tagger.learning.nets.classifier import Pooling
from tagger.learning.stored import StoredClassifier
from tagger.modelfile.classifier import ClassifierModel
from tagger.modelfile.self_test import add_self_test, read_inputs
from tagger.text.alphabet import Alphabet
from tagger.text.reading import Padding, TextReading
from tagger.text.vocabulary import Vocabulary

TEXTS = ["A good film.", "不好", "", "an unknownword or 12", "good " * 9]
LABELS = ("bad", "good")
VOCABULARY = Vocabulary(
    Alphabet.fit(TEXTS, bigram_min_count=0), ("", "good", "film", "a", "好")
)  # its tables take time


def make(**options: Any) -> SequenceClassifier:
    torch.manual_seed(0)
    return word_classifier(VOCABULARY, LABELS, **options).eval()


def probabilities(net: SequenceClassifier, text: str, reading: TextReading) -> np.ndarray[Any, Any]:
    words = torch.from_numpy(reading.read(text))[None].long()
    with torch.inference_mode():
        return net(words, torch.tensor([words.shape[1]])).softmax(1)[0].numpy()


@pytest.mark.parametrize(
    ("pooling", "bidirectional", "padding", "one_output"),
    [
        ("last", False, "front", True),
        ("last", True, "none", True),
        ("max", True, "none", False),
    ],
)
def test_the_model_file_answers_as_the_net(
    tmp_path: Path, pooling: Pooling, bidirectional: bool, padding: Padding, one_output: bool
) -> None:
    net = make(pooling=pooling, bidirectional=bidirectional, one_output=one_output, dense_size=6)
    path = tmp_path / "net.onnx"
    onnx.save(build(net, describe(TrainedClassifier(net, 4, {}, padding))), path)
    model = ClassifierModel.open(path)
    assert verify(model, net) < 1e-5
    assert model.reading == TextReading("word", 4, padding)
    for text, prediction in zip(TEXTS, tagger.load_classifier(path).classify(TEXTS), strict=True):
        np.testing.assert_allclose(prediction.probabilities, probabilities(net, text, model.reading), atol=1e-6)
        assert prediction.truncated == (text == TEXTS[-1])
    add_self_test(path)
    test = ClassifierModel.open(path).metadata.self_test
    assert test
    assert read_inputs(test, model.metadata)["code_points"].ndim == 3


def test_one_output_is_a_sigmoid_and_binary_cross_entropy() -> None:
    torch.manual_seed(0)
    head = LabelHead(5, 2, one_output=True).eval()
    assert sum(weight.numel() for weight in head.parameters()) == 5 + 1
    x, gold = torch.randn(7, 5), torch.tensor([0, 1, 1, 0, 1, 0, 0])
    z, scores = head.linear(x)[:, 0], head(x)
    torch.testing.assert_close(scores.softmax(1)[:, 1], torch.sigmoid(z))
    wanted = nn.functional.binary_cross_entropy_with_logits(z, gold.float())
    torch.testing.assert_close(nn.functional.cross_entropy(scores, gold), wanted)
    with pytest.raises(ModelError, match=r"expected two labels for net\.head\.one_output=true, got 3"):
        LabelHead(5, 3, one_output=True)


def test_words_as_torch_reads_them() -> None:
    """The whole net, written with torch's own layers: vectors, an LSTM over front padding, dense, one output."""
    net = make(one_output=True, dense_size=3, bidirectional=False)
    rows, lengths = TextReading("word", 4, "front").read("A good film")[None], torch.tensor([4])
    ids = net.embedding.vocabulary.ids(["", "A", "good", "film"])  # type: ignore[union-attr]
    assert ids.tolist() == [1, 4, 2, 3]
    lstm = nn.LSTM(4, 5, batch_first=True)
    lstm.load_state_dict(net.encoder.layers[0].directions[0].state_dict())  # type: ignore[union-attr, index]
    _, (h, _) = lstm(net.embedding.word.weight[ids][None])  # type: ignore[union-attr, index]
    assert net.head.dense
    wanted = net.head.linear(torch.relu(net.head.dense(h[0])))
    torch.testing.assert_close(net(torch.from_numpy(rows).long(), lengths)[:, 1:], wanted)


def test_what_a_checkpoint_says_makes_the_same_net() -> None:
    net = make()
    stored = net.describe(4, {}, padding="front")
    again = StoredClassifier.from_dict(stored.to_dict(), stored.alphabet, {})
    assert again == stored
    made = SequenceClassifier.restore(again)
    made.load_state_dict(net.state_dict())
    assert made.unit == "word"


def test_data_of_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nThe the film,a\nfilm THE x,b\n", encoding="utf-8")
    corpus = LabelledCorpus(path, path)
    data = ClassificationData(corpus, unit="word", max_words=2, vocabulary_size=4, padding="front")
    data.setup()
    vocabulary, labels = data.fitted
    assert isinstance(vocabulary, Vocabulary)
    assert (vocabulary.words, vocabulary.n_words, labels) == (("", "film", "The"), 4, ("a", "b"))
    assert next(iter(data.val_dataloader())).chars.shape[:2] == (2, 2)
    with pytest.raises(CorpusError, match=r"expected data\.unit=character\|word and .*got letter"):
        ClassificationData(corpus, unit="letter")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"expected a net for a corpus of characters, got .*WordVectors"):
        word_classifier(data.alphabet, labels)  # type: ignore[arg-type]

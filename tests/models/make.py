"""Makes the model files of this folder: `PYTHONPATH=tests python tests/models/make.py`. It needs torch.

A weight depends on the seed of its net and on its name, not on the order of the layers. After a change to a net's
architecture or to the file's format, run it again and commit the files."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
import torch
from nets import char_tagger, given_word_tagger, sequence_classifier
from onnx import TensorProto, helper
from torch import nn

import models
from models import TEXTS
from tagger.learning.checkpoint import Trained, TrainedClassifier
from tagger.learning.export import build, describe, quantize
from tagger.learning.nets import CharTagger, GivenWordTagger
from tagger.learning.nets.classifier import SequenceClassifier
from tagger.modelfile.self_test import add_self_test
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.vocabulary import Vocabulary

Net = TypeVar("Net", bound=nn.Module)

ALPHABET = Alphabet.fit(TEXTS, bigram_min_count=1)
ENTITIES = Scheme(("LOC", "PER"), inner_spaces=True, outside=True)
SIZES: Mapping[str, Any] = {"char_size": 6, "bigram_size": 5}


def randomize(net: Net, std: float, seed: int = 0) -> Net:
    """The net in evaluation mode, each weight drawn from a normal distribution by its own generator."""
    with torch.no_grad():
        for name, weight in net.named_parameters():
            generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
            weight.copy_(torch.from_numpy(generator.normal(scale=std, size=tuple(weight.shape))))
    return net.eval()


def small_net() -> CharTagger:
    """The net of `small.onnx`."""
    return randomize(char_tagger(ALPHABET, Scheme(("NOUN", "VERB", "X")), hidden_sizes=[8], **SIZES), 0.4)


def joint_net() -> CharTagger:
    """The net of `joint.onnx`."""
    scheme, sizes = Scheme(("NOUN", "VERB", "X")), {"hidden_sizes": [8], **SIZES}
    return randomize(char_tagger(ALPHABET, scheme, entity_scheme=ENTITIES, head="factored", **sizes), 1.2, seed=2)


def tagger_nets() -> dict[Path, CharTagger]:
    """The nets of the taggers of texts, by the file of each."""
    alphabet = Alphabet.fit([*TEXTS, "我喜欢北京a1 。"], bigram_min_count=1)
    sizes: Mapping[str, Any] = {"hidden_sizes": [6], "char_size": 4, "bigram_size": 4}
    nets = {
        models.head_model(head): randomize(char_tagger(alphabet, Scheme(("A", "B")), head=head, **sizes), 0.6)
        for head in models.HEADS
    }
    scheme = Scheme(("NOUN", "VERB", "X"))
    return {
        **nets,
        models.SMALL: small_net(),
        models.SEGMENTER: randomize(char_tagger(alphabet, Scheme(), **sizes), 0.6),
        models.STANDARDS: randomize(char_tagger(ALPHABET, scheme, ("a", "b"), hidden_sizes=[8], **SIZES), 0.7),
        models.ENTITIES: randomize(char_tagger(ALPHABET, ENTITIES, hidden_sizes=[8], **SIZES), 0.6),
        models.JOINT: joint_net(),
        models.NO_FORGET: randomize(
            char_tagger(ALPHABET, scheme, cell="lstm_no_forget", hidden_sizes=[4, 3], **SIZES), 0.4
        ),
        **lexicon_nets(scheme),
    }


def lexicon_nets(scheme: Scheme) -> dict[Path, CharTagger]:
    """Nets of more layers or of one direction that know words, and characters that stand for others."""
    alphabet = Alphabet.fit([*TEXTS, "看着著名.乾干"], bigram_min_count=1)
    words = alphabet.with_words(
        ("喜欢", "北京", "今天", "天气", "公园", "我们去", "今天天气", "iphone"), (1, 2, 3, 1, 2, 3, 4, 5)
    )
    deep: Mapping[str, Any] = {"hidden_sizes": [5, 3, 4], "head": "factored", "word_size": 3, **SIZES}
    forward: Mapping[str, Any] = {"hidden_sizes": [7, 2], "bidirectional": False, "word_size": 9}
    summed: Mapping[str, Any] = {"hidden_sizes": [7], "combine": "sum", "word_size": 6, "char_size": 6}
    return {
        models.DEEP: randomize(char_tagger(words, Scheme(("NOUN", "PUNCT", "SYM")), **deep), 0.5),
        models.SUM: randomize(char_tagger(words, scheme, head="factored", bigram_size=3, **summed), 0.5),
        models.FORWARD: randomize(char_tagger(words, scheme, ("a", "b"), char_size=3, bigram_size=0, **forward), 0.5),
    }


def topics_net() -> SequenceClassifier:
    """The net of `topics.onnx`."""
    labels = ("travel", "weather", "shop")
    return randomize(sequence_classifier(ALPHABET, labels, hidden_sizes=[6], char_size=5, bigram_size=4), 0.4)


def words_net() -> GivenWordTagger:
    """The net of `words.onnx`."""
    forms = ["The", "dog", "runs", "the", "dogs", "run", "1997"]
    vocabulary = Vocabulary.fit(Alphabet.fit(forms, bigram_min_count=0), forms, min_count=1)
    scheme = Scheme(("NOUN", "VERB", "X"))
    net = randomize(
        given_word_tagger(vocabulary, scheme, hidden_sizes=[5], word_size=4, char_size=3, char_filters=5), 0.6
    )
    with torch.no_grad():
        net.embedding.char.weight[PAD] = 0  # as training keeps it
    return net


def make(folder: Path = models.FOLDER) -> None:
    """Write every model file into the folder."""
    metadata = {"corpus": "random"}
    nets: Mapping[Path, CharTagger | GivenWordTagger] = {**tagger_nets(), models.WORDS: words_net()}
    for path, net in nets.items():
        described = describe(Trained(net, Presegmenter(), metadata))
        onnx.save(build(net, described, rounded=path == models.DEEP), folder / path.name)
    topics = TrainedClassifier(topics_net(), 100, metadata)
    onnx.save(build(topics.net, describe(topics)), folder / models.TOPICS.name)
    for path in [*nets, models.TOPICS]:
        add_self_test(folder / path.name)
    quantize(folder / models.SMALL.name, folder / models.INT8.name)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "relu", [x], [y])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), folder / models.RELU.name)


if __name__ == "__main__":
    make()

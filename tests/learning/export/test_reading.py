"""A net that was read out of its model file is the net that was written, whatever its parts are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import models
import numpy as np
import onnx
import pytest
import torch
from models import make
from nets import char_tagger

from tagger.errors import ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.export import build, describe
from tagger.learning.export.reading import read_tagger
from tagger.learning.export.rounding import round_weights
from tagger.learning.nets import CharTagger
from tagger.learning.nets.recurrent import CELLS
from tagger.modelfile import shipped
from tagger.modelfile.tagger import Model
from tagger.text.alphabet import Alphabet
from tagger.text.characters import code_points
from tagger.text.padding import pad
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme

TEXTS = [*models.TEXTS, "北京大学里有电影院", "我看著他. 5.5%", "乾隆年間，衣服乾了", "ＡＢ１２ \t\u3000x"]
ALPHABET = Alphabet.fit(TEXTS, bigram_min_count=1)
LEXICON = ALPHABET.with_words(["北京", "北京大学", "大学生", "天天气气"], [3, 1, 2, 5])
NETS: dict[str, tuple[Alphabet, dict[str, Any]]] = {
    **{cell: (ALPHABET, {"cell": cell}) for cell in CELLS},
    "one direction": (ALPHABET, {"cell": "gru", "bidirectional": False, "hidden_sizes": [5, 3]}),
    "one direction, step by step": (ALPHABET, {"cell": "lstm_no_forget", "bidirectional": False}),
    "no bigrams": (replace(LEXICON, bigrams=()), {"bigram_size": 0, "word_size": 3}),
    "a lexicon": (LEXICON, {"word_size": 3, "head": "factored", "standards": ("a", "b", "c")}),
    "a sum": (LEXICON, {"char_size": 6, "word_size": 6, "combine": "sum", "standards": ("a", "b")}),
    "no characters": (Alphabet(()), {}),
}


def make_net(alphabet: Alphabet, settings: dict[str, Any]) -> CharTagger:
    settings = {"char_size": 4, "bigram_size": 3, "hidden_sizes": [4], **settings}
    return make.randomize(char_tagger(alphabet, Scheme(("NOUN", "VERB")), **settings), 0.5)


def assert_same_scores(net: CharTagger, model: Model) -> None:
    codes = [code_points(text) for text in TEXTS]
    chars, lengths = pad(codes), np.array([len(row) for row in codes], np.int32)
    for standard in range(max(1, len(model.standards))):
        with torch.inference_mode():
            rows = torch.full((len(lengths),), standard)
            scores = net(torch.from_numpy(chars), torch.from_numpy(lengths).long(), rows).numpy()
        wanted = model.scores(chars, lengths, standard)
        for row, length in enumerate(lengths):
            assert np.abs(scores[row, :length] - wanted[row, :length]).max() < 1e-4


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("name", NETS)
def test_a_net_comes_back_as_it_was(name: str, rounded: bool, tmp_path: Path) -> None:
    net = make_net(*NETS[name])
    written = round_weights(net) if rounded else net
    path = tmp_path / "net.onnx"
    metadata = {"corpus": "random", "name": "x", "init": {"name": "y"}}
    onnx.save(build(written, describe(Trained(net, Presegmenter(("url",)), metadata)), rounded=rounded), path)
    found = read_tagger(path)
    assert (found.presegmenter, found.metadata["init"]) == (Presegmenter(("url",)), {"name": "y"})
    assert isinstance(found.net, CharTagger)
    assert (found.net.scheme, found.net.architecture) == (net.scheme, net.architecture)
    assert (found.net.alphabet.chars, found.net.alphabet.bigrams) == (net.alphabet.chars, net.alphabet.bigrams)
    assert dict(found.net.alphabet.words) == dict(net.alphabet.words)
    if "forget" not in name and "step" not in name:  # a Scan holds the sum of its biases
        for weight, wanted in written.named_parameters():
            assert torch.equal(found.net.get_parameter(weight), wanted), weight
    assert_same_scores(found.net, Model.open(path))


@pytest.mark.parametrize(
    "path",
    [*map(models.head_model, models.HEADS), models.SMALL, models.SEGMENTER, models.STANDARDS, models.NO_FORGET],
    ids=lambda path: path.stem,
)
def test_committed_files(path: Path) -> None:
    found = read_tagger(path).net
    assert isinstance(found, CharTagger)
    assert_same_scores(found, Model.open(path))


@pytest.mark.parametrize("name", ["zh-small", "zh-ner"])  # zh-ner is older, and has its words in other tables
def test_a_shipped_file(name: str) -> None:
    path = shipped.find(name)
    trained = read_tagger(path)
    assert isinstance(trained.net, CharTagger)
    assert_same_scores(trained.net, Model.open(path))
    assert trained.metadata["name"] == Model.open(path).metadata.training.name


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (models.INT8, r"int8\.onnx: expected a tagger of texts that computes in fp32, got int8 arithmetic; give the c"),
        (models.WORDS, r"words\.onnx: expected a tagger of texts that computes in fp32, got a tagger of words"),
        (models.TOPICS, r"topics\.onnx: expected a tagger, got a classifier"),
        (models.RELU, r"relu\.onnx: expected a model exported by tagger"),
        (Path("none.onnx"), r"none\.onnx: expected a model file, found none"),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_what_holds_no_net_of_texts(path: Path, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_tagger(path)


def test_a_graph_of_another_make(tmp_path: Path) -> None:
    """A file that answers otherwise than what can be read of it is refused."""
    proto = onnx.load(models.SMALL)
    last = proto.graph.node[-1]
    proto.graph.node.remove(last)
    proto.graph.node.extend([onnx.helper.make_node("Neg", [last.input[0]], ["negative"])])
    proto.graph.node.extend([onnx.helper.make_node("Transpose", ["negative"], ["scores"], perm=[1, 0, 2])])
    onnx.save(proto, tmp_path / "negative.onnx")
    with pytest.raises(ModelError, match=r"negative\.onnx: expected the graph of .*init=RUN/best\.ckpt"):
        read_tagger(tmp_path / "negative.onnx")

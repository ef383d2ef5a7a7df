"""Checkpoints: those that version 0.1 wrote open, and what training writes is read back."""

from pathlib import Path

import pytest
import torch

from tagger.errors import ModelError
from tagger.learning import stored as contents
from tagger.learning.checkpoint import load, load_char_lm, load_classifier, read
from tagger.learning.nets import CharTagger
from tagger.learning.stored import StoredCharLM, StoredClassifier, StoredLanguageModel, StoredTagger
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme

# Written by commit 5ad1f69: hidden size 2, one epoch on one sentence and on two texts.
OLD = Path(__file__).with_name("checkpoints")
ALPHABET = Alphabet.fit(["我去北京"], bigram_min_count=1)
VALUES = [
    StoredTagger(ALPHABET, Scheme(("A",)), {"head": "crf"}, Presegmenter(("url",)), {"seed": 1}),
    StoredTagger(ALPHABET, Scheme(("A",)), {"head": "crf"}, unit="word", words=("a", "b")),
    StoredClassifier(ALPHABET, ("a", "b"), {"pooling": "max"}, 9, {"seed": 1}),
    StoredCharLM(ALPHABET, {"cell": "gru"}, {0: "\n", 20: "我"}, 16),
    StoredLanguageModel(ALPHABET, 4),
]


def scores(net: torch.nn.Module, text: str) -> list[float]:
    with torch.inference_mode():
        codes = torch.tensor([[ord(char) for char in text]])
        values: list[float] = net(codes, torch.tensor([len(text)]))[0].tolist()
    return values


def test_a_tagger_of_version_0_1_gives_the_same_scores() -> None:
    net = load(OLD / "tagger.ckpt").net
    assert isinstance(net, CharTagger)
    assert (net.head.kind, net.encoder.hidden_sizes, net.scheme.pos) == ("factored", (2,), ("PRON", "PROPN", "VERB"))
    wanted = [-10000.0, 0.0021, 0.002, 0.0336, -0.0218, -0.0008, -0.04, -0.0316, -0.0248, 0.0162, 0.0337]
    assert scores(net, "我喜欢北京")[1] == pytest.approx(wanted, abs=6e-5)


def test_a_classifier_of_version_0_1_gives_the_same_scores() -> None:
    net = load_classifier(OLD / "classifier.ckpt").net
    assert (net.labels, net.head.dense_size, net.pooling) == (("card", "fee"), 2, "max")
    assert scores(net, "my fee") == pytest.approx([0.0055, -0.0389], abs=6e-5)


@pytest.mark.parametrize("stored", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_written_is_read_back(stored: contents.Stored) -> None:
    assert contents.read({"tagger": contents.write(stored), "state_dict": {}}) == stored
    contents.check_same(stored, stored)


def test_checkpoints_that_are_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ckpt"
    with pytest.raises(ModelError, match=r"broken\.ckpt: expected a checkpoint, found no file"):
        load(broken)
    with pytest.raises(ModelError, match="found no file"):
        load(tmp_path)
    for content in (b"", b"text", (OLD / "tagger.ckpt").read_bytes()[:2000]):
        broken.write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.ckpt: expected a checkpoint of tagger\.train"):
            load(broken)
    torch.save({"state_dict": {}}, broken)
    with pytest.raises(ModelError, match="got format None"):
        load(broken)
    foreign = torch.load(OLD / "tagger.ckpt", weights_only=True)
    foreign["tagger"]["architecture"]["hidden_sizes"] = [7]
    torch.save(foreign, broken)
    with pytest.raises(ModelError, match="the weights do not fit the net"):
        load(broken)


def test_a_checkpoint_of_another_kind_or_format_is_refused(tmp_path: Path) -> None:
    assert read(OLD / "tagger.ckpt")[0].kind == "tagger"
    with pytest.raises(ModelError, match=r"tagger\.ckpt: expected a checkpoint of a classifier, got one of a tagger"):
        load_classifier(OLD / "tagger.ckpt")
    with pytest.raises(ModelError, match="expected a checkpoint of a character model, got one of a classifier"):
        load_char_lm(OLD / "classifier.ckpt")
    for content in ({}, {"tagger": {"format": 1}}, {"tagger": {"format": 2, "kind": "poem"}}):
        torch.save(content, tmp_path / "other.ckpt")
        with pytest.raises(ModelError, match=r"other\.ckpt: expected .*train again"):
            load(tmp_path / "other.ckpt")


def test_settings_that_an_earlier_version_did_not_have_are_not_compared() -> None:
    ours = StoredTagger(ALPHABET, Scheme(), {"cell": "gru", "new": 1})
    contents.check_same(StoredTagger(ALPHABET, Scheme(), {"cell": "gru"}), ours)
    with pytest.raises(ModelError, match="expected a checkpoint of this run's architecture"):
        contents.check_same(StoredTagger(ALPHABET, Scheme(), {"cell": "lstm"}), ours)

"""The net over words: what it reads, and that nothing beside a sentence changes its scores."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from nets import given_word_tagger

from tagger.decoding.transitions import FORBIDDEN
from tagger.errors import ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.export import build, describe, verify
from tagger.learning.export.rounding import round_weights
from tagger.learning.nets import GivenWordTagger
from tagger.learning.nets.embedding import VECTOR_STD
from tagger.learning.nets.parts import count_parameters
from tagger.learning.resources.vectors import Vectors
from tagger.modelfile.tagger import Model
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.vocabulary import BLANK, LONGEST, Vocabulary, spell

FORMS = ["The", "quick", "brown", "fox", "jumped", "over", "13", "lazy", "dogs", ".", "the", "fox"]
VOCABULARY = Vocabulary.fit(Alphabet.fit(FORMS, bigram_min_count=0), FORMS, min_count=1)
SCHEME = Scheme(("A", "B", "C"))
SENTENCES = [["The", "QUICK", "fox"], ["dogs"], ["unheard", "of", "😀\ud800", "x" * 40, "the", "2026"]]


def make(**options: Any) -> GivenWordTagger:
    torch.manual_seed(0)
    net = given_word_tagger(
        VOCABULARY, SCHEME, word_size=4, char_size=3, char_filters=5, **{"hidden_sizes": [4]} | options
    )
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    with torch.no_grad():
        net.embedding.char.weight[PAD] = 0  # as training keeps it
    return net.eval()


def tensors(sentences: list[list[str]], *, more: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = [len(words) for words in sentences]
    spelled = [spell(words) for words in sentences]
    shape = len(lengths), max(lengths) + more, LONGEST if more else max(s.shape[1] for s in spelled)
    codes = np.full(shape, BLANK, np.int32)
    for row, words in zip(codes, spelled, strict=True):
        row[: words.shape[0], : words.shape[1]] = words
    return torch.from_numpy(codes), torch.tensor(lengths)


@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_a_sentence_alone_is_the_sentence_among_others(head: str) -> None:
    net = make(head=head, hidden_sizes=[4, 3], variational_dropout=0.5, char_dropout=0.5, unknown_dropout=0.5)
    for more in (0, 2):
        together = net(*tensors(SENTENCES, more=more))
        for row, words in enumerate(SENTENCES):
            alone = net(*tensors([words]))[0]
            assert torch.allclose(together[row, : len(words)], alone, rtol=0, atol=1e-6)


def test_every_unit_is_a_word() -> None:
    for head, n_forbidden in (("softmax", 10), ("crf", 10), ("factored", 4)):
        scores = make(head=head)(*tensors(SENTENCES))
        assert (scores[..., :n_forbidden] == FORBIDDEN).all()
        assert (scores[..., n_forbidden:] > FORBIDDEN).all()


def test_words_are_looked_up_as_the_vocabulary_says() -> None:
    words = [*FORMS, "THE", "fOx", "27", "foxes", "nothing", "é"]
    found = make().embedding.lookup(torch.from_numpy(spell(words)))
    assert found.tolist() == VOCABULARY.ids(words).tolist()
    assert (found[-3:] == 0).all()


@torch.no_grad()
def test_a_spelling_is_the_largest_answer_of_each_filter() -> None:
    net = make(char_width=3)
    embedding, words = net.embedding, ["fox", "a", "jumped"]
    weight, bias = embedding.filters.weight, embedding.filters.bias
    assert bias is not None
    found = embedding.read_spelling(embedding.ids(torch.from_numpy(spell(words))))
    for row, word in zip(found, words, strict=True):
        edge = torch.zeros(1, 3)
        x = torch.cat([edge, embedding.char(embedding.ids(torch.from_numpy(spell([word]))))[0], edge])
        answers = [[(weight[f] * x[at : at + 3].T).sum() + bias[f] for at in range(len(word))] for f in range(5)]
        wanted = torch.tensor([max(0.0, *map(float, own)) for own in answers])
        assert torch.allclose(row, wanted, atol=1e-6)


def test_case_is_in_the_spelling_and_not_in_the_word() -> None:
    embedding = make().embedding
    vectors = embedding(tensors([["the"], ["The"]])[0])
    assert torch.equal(vectors[0, 0, :4], vectors[1, 0, :4])
    assert not torch.equal(vectors[0, 0, 4:], vectors[1, 0, 4:])


@pytest.mark.parametrize("option", ["char", "embedding", "layer", "variational", "unknown"])
def test_every_dropout_acts_in_training_alone(option: str) -> None:
    net = make(hidden_sizes=[4, 3], **{f"{option}_dropout": 0.5}).train()
    given = tensors(SENTENCES[:1] * 4)
    assert not torch.equal(net(*given), net(*given))
    net.eval()
    assert torch.equal(net(*given), net(*given))


def test_unknown_dropout_leaves_the_spelling() -> None:
    net = make(unknown_dropout=0.999999).train()
    given = tensors(SENTENCES)[0]
    vectors = net.embedding(given)
    assert torch.equal(vectors[0, 0, :4], net.embedding.word.weight[0])
    assert torch.equal(vectors[..., 4:], net.eval().embedding(given)[..., 4:])


PRETRAINED = Vectors.of_words(["fox", "new", "THE"], np.arange(12, dtype=np.float32).reshape(3, 4))


@torch.no_grad()
@pytest.mark.parametrize("fixed", [True, False])
def test_words_begin_with_their_pretrained_vectors(fixed: bool) -> None:
    torch.manual_seed(0)
    net = given_word_tagger(
        VOCABULARY.widened(PRETRAINED.words), SCHEME, hidden_sizes=[4], word_size=4, fixed_vectors=fixed
    )
    assert net.embedding.vocabulary.words == (*VOCABULARY.words, "new")
    net.load_pretrained(PRETRAINED)
    vectors = net.eval().embedding(tensors([["The", "new", "fox", "."]])[0])[0, :, :4]
    wanted = torch.from_numpy(PRETRAINED.word_vectors[[2, 1, 0]] * (VECTOR_STD / PRETRAINED.word_vectors.std()))
    assert torch.allclose(vectors[:3], wanted)
    assert (
        bool(vectors[3].any()) != fixed
    )  # without a pretrained vector there is the correction, which begins with zeros


def test_a_fixed_vector_has_a_correction_that_only_some_words_of_train_go_without() -> None:
    net = given_word_tagger(
        VOCABULARY, SCHEME, hidden_sizes=[4], word_size=4, fixed_vectors=True, correction_dropout=0.5
    )
    net.load_pretrained(PRETRAINED)
    torch.nn.init.normal_(net.embedding.word.weight)
    codes = tensors([["fox", "unheard"] * 50])[0]
    fixed, corrected = net.embedding.get_parameter("pretrained.weight"), net.embedding.word_weight
    fox, unknown = VOCABULARY.ids(["fox"])[0], 0
    vectors = net.train().embedding(codes)[0, :, :4].reshape(50, 2, 4)
    without = (vectors[:, 0] == fixed[fox]).all(1)
    assert 10 < int(without.sum()) < 40
    assert torch.allclose(vectors[~without, 0], corrected[fox])
    assert torch.allclose(vectors[:, 1], corrected[unknown])
    vectors.sum().backward()
    assert fixed.grad is None
    assert torch.allclose(net.eval().embedding(codes)[0, ::2, :4], corrected[fox])
    merged = net.eval().embedding(codes)
    net.embedding.merge_corrections()
    assert torch.allclose(net.embedding(codes), merged)
    assert not net.embedding.word.weight.any()


def test_parameters_are_counted() -> None:
    net = make()
    assert sum(count_parameters(net).values()) == sum(p.numel() for p in net.parameters())
    counts = count_parameters(net)
    assert counts["word"] == 4 * VOCABULARY.n_words
    assert (counts["char"], counts["filters"]) == (3 * VOCABULARY.alphabet.n_chars, 5 * 3 * 5 + 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstmm"}, r"net\.encoder\.cell to be one of"),
        ({"head": "hmm"}, r"a head out of"),
        ({"hidden_sizes": []}, r"net\.encoder\.hidden_sizes"),
        ({"char_width": 4}, r"an odd net\.embedding\.char_width"),
        ({"char_width": 0}, r"net\.embedding\.char_width"),
    ],
)
def test_options_that_make_no_net(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make(**options)


@pytest.mark.parametrize(
    ("head", "cell", "sizes", "width", "fixed"),
    [("softmax", "lstm", [4], 5, True), ("crf", "gru", [4, 3], 1, False), ("factored", "rnn_tanh", [3], 3, False)],
)
def test_the_model_file_answers_as_the_net_does(
    tmp_path: Path, head: str, cell: str, sizes: list[int], width: int, fixed: bool
) -> None:
    net = make(head=head, cell=cell, hidden_sizes=sizes, char_width=width, fixed_vectors=fixed)
    onnx.save(build(net, describe(Trained(net, Presegmenter(), {"language": "en"}))), tmp_path / "net.onnx")
    model = Model.open(tmp_path / "net.onnx")
    assert (model.unit, model.scheme, model.metadata.language) == ("word", SCHEME, "en")
    assert verify(model, net) < 1e-5
    small = round_weights(net)
    onnx.save(build(small, describe(Trained(small, Presegmenter(), {})), rounded=True), tmp_path / "small.onnx")
    assert verify(Model.open(tmp_path / "small.onnx"), small) < 1e-5
    assert not torch.equal(small.embedding.word.weight, net.embedding.word.weight)  # type: ignore[union-attr]


def test_a_vocabulary_of_no_words(tmp_path: Path) -> None:
    net = given_word_tagger(Vocabulary(Alphabet(()), ()), SCHEME, hidden_sizes=[3]).eval()
    onnx.save(build(net, describe(Trained(net, Presegmenter(), {}))), tmp_path / "net.onnx")
    assert verify(Model.open(tmp_path / "net.onnx"), net) < 1e-5

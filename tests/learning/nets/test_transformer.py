"""Pretrained encoders: how characters become tokens, which encoders are refused, and the laws of every net."""

from pathlib import Path

import numpy as np
import pytest
import torch
from encoders import needs_transformers, write_encoder
from nets import char_tagger

from tagger.errors import ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.fine_tuning import init_from
from tagger.learning.nets import CRFHead, FactoredHead, SoftmaxHead, TransformerTagger
from tagger.learning.nets.heads import Head
from tagger.learning.nets.transformer import SPECIALS, Transformer, read_vocabulary, token_table
from tagger.learning.resources.vectors import Vectors
from tagger.learning.systems.rates import rate_factors, scale_rates
from tagger.text.alphabet import Alphabet
from tagger.text.characters import code_points
from tagger.text.padding import pad
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.scheme import Scheme

needs_transformers()

SCHEME = Scheme(("N", "V"))
TEXT = "我去北京大学,看 朋友"
ALPHABET = Alphabet.fit([TEXT])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    return write_encoder(tmp_path_factory.mktemp("encoder"), "▁" + TEXT.replace(" ", ""))


def made(folder: Path, head: type[Head] = SoftmaxHead, standards: tuple[str, ...] = ()) -> TransformerTagger:
    torch.manual_seed(2)
    return TransformerTagger.build(ALPHABET, SCHEME, standards, source=str(folder), head=head, masking=0.5).eval()


def scores(net: TransformerTagger, texts: list[str], standard: int | None = None, *, extra: int = 0) -> torch.Tensor:
    codes = pad([code_points(text) for text in texts], length=extra)
    lengths = torch.tensor([len(text) for text in texts])
    standards = None if standard is None else torch.full((len(texts),), standard)
    with torch.inference_mode():
        result: torch.Tensor = net(torch.from_numpy(codes), lengths, standards)
    return result


@pytest.mark.parametrize(
    ("char", "of_folded", "of_plain"),
    [
        ("国", "国", "国"),
        ("國", "国", "國"),  # a vocabulary of plain text has its own traditional characters
        ("學", "学", "学"),  # and this one lacks some of them
        (",", ",", ","),
        ("，", ",", "，"),
        ("Ａ", "a", "a"),
        ("A", "a", "a"),
        ("B", "B", "B"),
        ("b", "[UNK]", "[UNK]"),
        (" ", "▁", "▁"),
        ("\u3000", "▁", "▁"),
        ("\t", "▁", "▁"),
        ("龘", "[UNK]", "[UNK]"),
        ("\U0001f600", "[UNK]", "[UNK]"),
    ],
)
def test_the_token_of_a_character(char: str, of_folded: str, of_plain: str) -> None:
    folded = [*SPECIALS, *"国学,aB▁", "北京"]
    plain = [*folded, *"國，"]
    assert folded[token_table(folded)[ord(char)]] == of_folded
    assert plain[token_table(plain)[ord(char)]] == of_plain


def test_a_vocabulary_without_a_token_of_whitespace_does_not_know_it() -> None:
    tokens = [*SPECIALS, "国", "\u3000"]
    assert tokens[token_table(tokens)[ord(" ")]] == "[UNK]"


def test_tokens_of_a_batch(folder: Path) -> None:
    encoder = Transformer.load(str(folder)).eval()
    codes = torch.from_numpy(pad([code_points("我去龘"), code_points("京")]))
    codes[1, 1:] = ord("我")  # what follows a sentence is not read
    rows = encoder.tokens(codes, torch.tensor([3, 1]))
    assert [[encoder.vocabulary[id] for id in row] for row in rows.tolist()] == [
        ["[CLS]", "我", "去", "[UNK]", "[SEP]"],
        ["[CLS]", "京", "[SEP]", "[PAD]", "[PAD]"],
    ]


def test_characters_are_masked_in_training_alone(folder: Path) -> None:
    encoder = Transformer.load(str(folder), masking=0.5)
    codes, lengths = torch.full((50, 20), ord("我")), torch.full((50,), 20)
    names = np.array(encoder.vocabulary)
    inside = names[encoder.train().tokens(codes, lengths)[:, 1:-1]]
    assert set(inside.flat) == {"我", "[MASK]"}
    assert 0.4 < (inside == "[MASK]").mean() < 0.6
    assert (names[encoder.eval().tokens(codes, lengths)[:, 1:-1]] == "我").all()
    with pytest.raises(ModelError, match=r"expected net\.masking from 0 to below 1, got 1"):
        Transformer.load(str(folder), masking=1)


@pytest.mark.parametrize("head", [SoftmaxHead, CRFHead, FactoredHead])
def test_a_sentence_has_the_same_scores_alone_padded_and_among_others(folder: Path, head: type[Head]) -> None:
    net = made(folder, head)
    texts = [TEXT, "我", "龘 去", TEXT * 5]
    together = scores(net, texts, extra=70)
    for row, text in zip(together, texts, strict=True):
        assert row[: len(text)].numpy() == pytest.approx(scores(net, [text])[0].numpy(), abs=1e-5)
    space = TEXT.index(" ")
    assert (together[0, space, 1:5] < -1e3).all()  # no word begins, goes on or ends there
    assert together[0, space, 0] > -1e3


def test_the_first_standard_is_the_default(folder: Path) -> None:
    net = made(folder, standards=("words", "gsd"))
    assert net.standards == ("words", "gsd")
    assert net.extra_inputs == {"standards": 2}
    assert torch.equal(scores(net, [TEXT]), scores(net, [TEXT], 0))
    assert not torch.allclose(scores(net, [TEXT], 0), scores(net, [TEXT], 1))
    assert made(folder).extra_inputs == {}


def test_a_checkpoint_builds_the_net_again_without_its_source(folder: Path) -> None:
    net = made(folder, CRFHead, ("words", "gsd"))
    stored = net.describe(NO_PRESEGMENTATION, {})
    again = TransformerTagger.restore(stored)
    again.load_state_dict(net.state_dict())
    assert again.describe(NO_PRESEGMENTATION, {}) == stored
    assert torch.equal(scores(again.eval(), [TEXT], 1), scores(net, [TEXT], 1))


def test_an_encoder_without_a_layer_of_predictions_is_the_same(folder: Path, tmp_path: Path) -> None:
    plain = write_encoder(tmp_path, TEXT, masked=False)
    assert scores(made(plain), [TEXT]).shape == scores(made(folder), [TEXT]).shape


def test_encoders_that_do_not_read_characters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected a folder, .* with vocab\.txt.* found none"):
        read_vocabulary(str(tmp_path))
    (tmp_path / "vocab.txt").write_text("<s>\n</s>\n我\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"expected a vocabulary with \[CLS\], .* found no \[CLS\]"):
        read_vocabulary(str(tmp_path))
    (tmp_path / "vocab.txt").write_text("\n".join([*SPECIALS, "我"]), encoding="utf-8")
    with pytest.raises(ModelError, match="expected an encoder that transformers can load"):
        made(tmp_path)
    pieces = write_encoder(tmp_path / "pieces", "我去")
    with pytest.raises(ModelError, match=r"a token for each character, got a vocabulary of 7 tokens that has 20% of"):
        made(pieces)


def test_sentences_longer_than_the_encoder_reads_are_refused(tmp_path: Path) -> None:
    net = made(write_encoder(tmp_path, TEXT, n_positions=20))
    assert scores(net, ["我" * 18]).shape == (1, 18, SCHEME.n_tags)
    with pytest.raises(ModelError, match=r"expected sentences of at most 18 characters, .* got one of 19"):
        scores(net, ["我" * 19])


def test_vectors_and_a_lexicon_are_refused(folder: Path) -> None:
    words = ALPHABET.with_words(["北京"], [1])
    with pytest.raises(ModelError, match=r"leave out data\.lexicon"):
        TransformerTagger.build(words, SCHEME, source=str(folder), head=SoftmaxHead)
    nothing = np.zeros((0, 4), np.float32)
    with pytest.raises(ModelError, match=r"leave data\.vectors out"):
        made(folder).load_pretrained(Vectors([], nothing, [], nothing, {}))


def test_rates_fall_from_layer_to_layer(folder: Path) -> None:
    net = made(folder, standards=("a", "b"))
    first, *layers = net.layers()
    assert len(layers) == 2
    assert {id(weight) for weight in (*first, *layers[0], *layers[1])} == set(map(id, net.transformer.parameters()))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1.0, weight_decay=0.1)
    scale_rates(optimizer, rate_factors(net, {}, layer_decay=0.5))
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    assert len(rates) == len(list(net.parameters()))
    for rate, weights in ((0.125, first), (0.25, layers[0]), (0.5, layers[1])):
        assert {rates[id(weight)] for weight in weights} == {rate}
    assert net.standard is not None
    assert {rates[id(weight)] for part in (net.head, net.standard) for weight in part.parameters()} == {1.0}
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.1}
    with pytest.raises(ModelError, match=r"expected rates= of parts of the net, transformer, .* got embedding=2"):
        rate_factors(net, {"embedding": 2})
    with pytest.raises(ModelError, match=r"expected layer_decay above 0 with net=encoder, .* got 0"):
        rate_factors(net, {}, layer_decay=0)
    with pytest.raises(ModelError, match=r"expected layer_decay above 0 with net=encoder, and 1 otherwise, got 0\.9"):
        rate_factors(torch.nn.Linear(1, 1), {}, layer_decay=0.9)


def test_a_net_begins_with_the_encoder_of_another(folder: Path) -> None:
    old = made(folder, standards=("first", "second"))
    for weight in old.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    alone, both = made(folder), made(folder, standards=("new", "second"))
    for net in (alone, both):
        net.copy_weights(old)
    texts = [TEXT, TEXT[:4]]
    assert torch.allclose(scores(alone, texts), scores(old, texts, 0), atol=1e-5)
    assert torch.allclose(scores(both, texts, 1), scores(old, texts, 1), atol=1e-5)
    assert torch.equal(both.standard.weight[0], old.standard.weight.mean(0))  # type: ignore[union-attr]


def test_other_tags_get_a_new_head(folder: Path) -> None:
    old = made(folder)
    net = TransformerTagger.build(ALPHABET, Scheme(("LOC",), outside=True), source=str(folder), head=SoftmaxHead)
    before = {name: weight.clone() for name, weight in net.head.state_dict().items()}
    net.copy_weights(old)
    assert all(torch.equal(weight, before[name]) for name, weight in net.head.state_dict().items())


def test_another_shape_or_vocabulary_is_refused(folder: Path, tmp_path: Path) -> None:
    longer = made(write_encoder(tmp_path / "longer", "▁" + TEXT.replace(" ", ""), n_positions=400))
    with pytest.raises(ModelError, match=r"got one with another max_position_embeddings; name the folder"):
        longer.copy_weights(made(folder))
    other = made(write_encoder(tmp_path / "other", "▁" + TEXT.replace(" ", "")[::-1]))
    with pytest.raises(ModelError, match=r"got one with another vocabulary"):
        other.copy_weights(made(folder))


def test_other_nets_do_not_begin_with_an_encoder(folder: Path) -> None:
    trained = Trained(made(folder), NO_PRESEGMENTATION, {})
    with pytest.raises(ModelError, match="expected net=encoder for an encoder's checkpoint in init="):
        init_from(char_tagger(ALPHABET, SCHEME), trained)

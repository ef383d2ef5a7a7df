"""Before its first step a net that goes on from another answers as that one does."""

from pathlib import Path
from typing import Any

import pytest
import torch
from nets import char_tagger

from tagger.corpus import Corpus
from tagger.errors import ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.data import TaggingData
from tagger.learning.fine_tuning import extend_vocabulary, freeze, has_new_head, init_from, take_architecture
from tagger.learning.nets import CharTagger
from tagger.text.alphabet import Alphabet
from tagger.text.characters import CLASSES, code_points
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme

OLD = Alphabet.fit(["我喜欢北京", "今天天气很好"], bigram_min_count=1)
NEW = Alphabet.fit(["我爱上海", "今天 iPhone很好"], bigram_min_count=1)
MERGED = OLD.merged(NEW)
TEXTS = ["我喜欢北京。", "我爱上海iPhone", "今天 天气很好", "海上", "欢"]


def make(alphabet: Alphabet, **options: Any) -> CharTagger:
    net = char_tagger(alphabet, Scheme(("A", "B")), hidden_sizes=[4], char_size=3, bigram_size=2, **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return net.eval()


def scores(net: CharTagger, text: str, standard: int | None = None) -> torch.Tensor:
    codes = torch.from_numpy(code_points(text).astype("int64"))[None]
    which = None if standard is None else torch.tensor([standard])
    with torch.inference_mode():
        return net(codes, torch.tensor([len(text)]), which)


def test_a_merged_alphabet_keeps_the_ids_of_the_first() -> None:
    merged = MERGED
    assert merged.chars[: len(OLD.chars)] == OLD.chars
    assert set(merged.chars) == set(OLD.chars) | set(NEW.chars)
    assert merged.bigrams[: len(OLD.bigrams)] == OLD.bigrams

    def named(alphabet: Alphabet) -> set[tuple[str | int, ...]]:
        names = [*range(len(CLASSES)), *map(chr, alphabet.chars)]
        return {(names[left], names[right]) for left, right in alphabet.bigrams}

    assert named(merged) == named(OLD) | named(NEW)
    assert OLD.merged(OLD) == OLD


@pytest.mark.parametrize("standards", [(), ("a",), ("a", "b")])
def test_nothing_changes_at_first(standards: tuple[str, ...]) -> None:
    old = make(OLD, standards=standards)
    wider = (*standards, "new") if standards else ()
    net = make(MERGED, standards=wider, variational_dropout=0.3)
    init_from(net, Trained(old, Presegmenter(), {}))
    for text in TEXTS:
        for standard in range(max(1, len(standards))):
            assert torch.equal(scores(net, text, standard), scores(old, text, standard))
    telling = make(MERGED.with_words(["北京", "天气很好"], [1, 2]), standards=wider, word_size=3)
    assert telling.embedding.size > net.embedding.size
    init_from(telling, Trained(old, Presegmenter(), {}))
    for text in TEXTS:
        assert torch.allclose(scores(telling, text), scores(old, text), atol=1e-6)
    for weight in telling.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    again = make(telling.alphabet, standards=wider, word_size=3)
    init_from(again, Trained(telling, Presegmenter(), {}))
    for text in TEXTS:
        assert not torch.allclose(scores(telling, text), scores(old, text), atol=1e-6)
        assert torch.equal(scores(again, text), scores(telling, text))
    if net.standard is not None and old.standard is not None:
        assert torch.allclose(net.standard.weight[-1], old.standard.weight.mean(0))
    first = make(OLD, standards=("a", "b"))  # standards where there were none
    init_from(first, Trained(make(OLD), Presegmenter(), {}))
    assert first.standard is not None
    assert not first.standard.weight.any()


def test_a_net_of_several_standards_by_one_of_them() -> None:
    old = make(MERGED.with_words(["北京", "天气很好"], [1, 2]), standards=("a", "b"), word_size=3)
    for number, standard in enumerate(old.standards):
        alone = old.following(standard)
        assert alone.standards == ()
        for text in TEXTS:
            assert torch.allclose(scores(alone, text), scores(old, text, number), atol=1e-5)


def test_what_the_user_names_wins_or_is_refused() -> None:
    """Sizes and head are those of the model file; a head that the user names is new, a size is refused."""
    trained = Trained(make(OLD, head="factored"), Presegmenter(), {})
    net = make(OLD, head="crf")
    assert take_architecture(net, trained).head.kind == "factored"
    own = take_architecture(net, trained, given={"head", "net.encoder.hidden_sizes"})
    assert own.head.kind == "crf"
    head = own.head.linear.weight.clone()
    init_from(own, trained, given={"head"})
    assert torch.equal(own.head.linear.weight, head)
    assert torch.equal(own.embedding.char.weight, trained.net.get_parameter("embedding.char.weight"))
    larger = char_tagger(OLD, Scheme(("A", "B")), hidden_sizes=[5], char_size=3, bigram_size=2)
    message = r"expected net\.encoder\.hidden_sizes=\[4\], as the net of init= has it, got \[5\]; leave .* out"
    with pytest.raises(ModelError, match=message):
        take_architecture(larger, trained, given={"net.encoder.hidden_sizes"})


@pytest.mark.parametrize(
    ("tags", "kept", "said"),
    [("AB", ("A", "B"), ""), ("AC", ("A", "C"), "the net of init= has: A; learnt anew: C"),
     ("DC", ("C", "D"), "the net of init= has: none; learnt anew: C, D")],
)  # fmt: skip
def test_the_log_names_the_tags_that_begin_anew(
    tags: str, kept: tuple[str, ...], said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tagger.learning.fine_tuning")
    (tmp_path / "a.slash").write_text(f"我/{tags[0]} 来/{tags[1]}\n", encoding="utf-8")
    data = TaggingData(Corpus("a.slash", "a.slash", root=tmp_path))
    data.setup()
    extend_vocabulary(data, Trained(make(OLD), Presegmenter(), {}))
    assert data.scheme.pos == kept
    assert said in caplog.text
    assert bool(said) == bool(caplog.text)


@pytest.mark.parametrize(
    ("lines", "given", "wanted"),
    [
        ("我/A 来/B", (), False),
        ("我/A 来/A", (), False),
        ("我/A 来/B 吧/C", (), False),
        ("我/A 来/C", (), True),
        ("我/C 来/D", (), True),
        ("我/A 来/B", ("head",), True),
    ],
)
def test_a_head_is_new_where_half_of_the_tags_are(
    lines: str, given: tuple[str, ...], wanted: bool, tmp_path: Path
) -> None:
    (tmp_path / "a.slash").write_text(f"{lines}\n", encoding="utf-8")
    data = TaggingData(Corpus("a.slash", "a.slash", root=tmp_path))
    data.setup()
    trained = Trained(make(OLD), Presegmenter(), {})
    extend_vocabulary(data, trained)
    assert has_new_head(data, trained, given) == wanted


def test_what_is_frozen_is_not_trained() -> None:
    net = make(OLD)
    freeze(net, ["embedding.char", "encoder.layers.0"])
    frozen = {name for name, weight in net.named_parameters() if not weight.requires_grad}
    assert "embedding.char.weight" in frozen
    assert "embedding.bigram.weight" not in frozen
    assert {name.split(".")[0] for name in frozen} == {"embedding", "encoder"}
    with pytest.raises(ModelError, match=r"expected freeze= parts of the net, embedding, .*got 'dropout'"):
        freeze(net, ["dropout"])
    with pytest.raises(ModelError, match="expected something left to train"):
        freeze(net, ["embedding", "encoder", "head"])


@pytest.mark.parametrize("head", ["softmax", "crf", "factored"])
def test_other_tags_begin_with_what_the_old_ones_say(head: str) -> None:
    """A tag that both nets have keeps its scores, a new one has their mean, and so have words without tags."""
    old = make(OLD, head=head)
    wider, plain = (
        char_tagger(OLD, Scheme(pos), head=head, hidden_sizes=[4], char_size=3, bigram_size=2).eval()
        for pos in (("A", "B", "NEW"), ())
    )
    for net in (wider, plain):
        init_from(net, Trained(old, Presegmenter(), {}))
    before, after, words = (scores(net, TEXTS[0])[0] for net in (old, wider, plain))
    if head == "factored":
        assert torch.allclose(after[:, :5], before[:, :5], atol=1e-6)
        assert torch.allclose(words[:, :5], before[:, :5], atol=1e-6)
        first = after[:, 5:8]
        assert torch.allclose(first[:, :2], before[:, 5:7], atol=1e-6)
        assert torch.allclose(first[:, 2], before[:, 5:7].mean(1), atol=1e-6)
    for block in range(4) if head != "factored" else ():
        known, wide = (values[:, 1 + n * block : 1 + n * (block + 1)] for values, n in ((before, 2), (after, 3)))
        assert torch.allclose(wide[:, :2], known, atol=1e-6)
        assert torch.allclose(wide[:, 2], known.mean(1), atol=1e-6)
        assert torch.allclose(words[:, 1 + block], known.mean(1), atol=1e-6)
    if head == "crf":
        [tables, wide_tables] = [net.head.decoder_parameters() for net in (old, wider)]
        inside, wide_inside = (torch.tensor(values["inside"]) for values in (tables, wide_tables))
        assert torch.allclose(wide_inside, torch.cat([inside, inside.mean(1, keepdim=True)], 1))
        places = [0, 1, 2, 4, 5]  # O, E-A, E-B, S-A, S-B among those of three tags
        boundary, wide_boundary = (torch.tensor(values["boundary"]) for values in (tables, wide_tables))
        assert torch.allclose(wide_boundary[places][:, places], boundary)
        assert torch.allclose(wide_boundary[3, 0], boundary[1:3, 0].mean())

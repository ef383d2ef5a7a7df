"""Partial annotation: what is written is read back, and the loss is the probability of all that agrees with it."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import oracles
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import legal_sequences, sequence_score

from tagger import corpus
from tagger.corpus.formats import READERS
from tagger.corpus.partial import MARKS
from tagger.decoding.transitions import Transitions
from tagger.errors import CorpusError
from tagger.files.lines import Line
from tagger.learning.data.sentences import SentenceDataset
from tagger.learning.data.tagging import TaggingData
from tagger.learning.nets.crf import CRF
from tagger.learning.nets.heads import HEADS, CRFHead, FactoredHead
from tagger.learning.systems.tagging import TaggingSystem
from tagger.text.partial import Partial
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence, Word

SCHEME = Scheme(("A", "B"))


@st.composite
def partials(draw: st.DrawFn, chars: str = "ab北 " + MARKS, max_size: int = 8) -> Partial:
    """Anything that does not contradict itself."""
    text = draw(st.text(st.sampled_from(chars), min_size=1, max_size=max_size))
    marks = draw(st.lists(st.sampled_from("?|~"), min_size=len(text) + 1, max_size=len(text) + 1))
    words, cuts, joins, start = [], [], [], 0
    for at in range(1, len(text) + 1):
        space = " " in text[at - 1 : at + 1]
        if at == len(text) or marks[at] == "|" or space:
            form = text[start:at]
            if " " not in form and draw(st.booleans()):
                words.append(Word(form, draw(st.sampled_from(["A", "B", None])), start, at))
            elif at < len(text) and marks[at] == "|":
                cuts.append(at)
            start = at
        elif marks[at] == "~":
            joins.append(at)
    inside = {at for word in words for at in range(word.start + 1, word.end)}
    edges = {edge for word in words for edge in (word.start, word.end)}
    return Partial(text, tuple(words), (), tuple(sorted(set(cuts) - edges)), tuple(sorted(set(joins) - inside)))


@given(partials())
def test_what_is_written_is_read_back(sentence: Partial) -> None:
    assert sentence.fault() is None
    line = corpus.format_sentence(sentence, "partial")
    assert line.endswith("\n")
    found = list(READERS["partial"]([Line(1, line[:-1])], "x", "upos", False))
    assert found == ([sentence] if sentence.text.strip() else [])


def test_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    path.write_text("我在[北京大学/PROPN][读书]的|时~候，\\[1\\/2\\] 和[a/b/X]。\n\n", encoding="utf-8")
    (found,) = corpus.read(path)
    assert isinstance(found, Partial)
    assert found.text == "我在北京大学读书的时候，[1/2] 和a/b。"
    assert found.words == (
        Word("北京大学", "PROPN", 2, 6), Word("读书", None, 6, 8), Word("a/b", "X", 19, 22)
    )  # fmt: skip
    assert (found.cuts, found.joins) == ((9,), (10,))
    (bare,) = corpus.read(path, tag="none")
    assert bare.tags == (None, None, None)
    whole = Sentence.from_forms(["我", "a/b"], ["X", "Y/Z"], gaps=["", " ", ""])
    assert corpus.format_sentence(whole, "partial") == "[我/X] [a\\/b/Y\\/Z]\n"
    assert corpus.format_sentence(Partial("a/[b", ()), "partial") == "a/\\[b\n"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a]", "a ] without ["),
        ("[a", "a [ without ]"),
        ("[a[b]]", "a [ inside brackets"),
        ("[a|b]", "a | inside brackets"),
        ("[]", "brackets without a word"),
        ("[/A]", "brackets without a word"),
        ("[a/]", "a / without a tag"),
        ("a\\b", "a backslash before 'b'"),
        ("a\\", "a backslash at the end"),
        ("[a]~b", "a cut and a join at 'ab'"),
        ("a|~b", "a cut and a join"),
        ("~ab", "a join at the edge"),
        ("a~ b", "a join beside a space"),
        ("[a ]b", "begins or ends with a space"),
    ],
)
def test_faults_are_placed(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "a.partial"
    path.write_text(f"ab\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        list(corpus.read(path))
    assert f"{path}:2: expected text with [word]" in str(error.value)
    assert fault in str(error.value)


def agrees(sentence: Partial, scheme: Scheme, tags: tuple[int, ...]) -> bool:
    """Does what is known hold in a legal sequence? By its words, from their definition."""
    words = scheme.decode(sentence.text, np.array(tags)).words
    found = {(word.start, word.end): word.pos for word in words}
    edges = {edge for span in found for edge in span} | {at for at, tag in enumerate(tags) if tag == 0}
    return (
        all((tag == 0) == (char == " ") for tag, char in zip(tags, sentence.text, strict=True))
        and all((w.start, w.end) in found and w.pos in (None, found[w.start, w.end]) for w in sentence.words)
        and edges.issuperset(sentence.cuts)
        and edges.isdisjoint(sentence.joins)
    )


@settings(max_examples=20)
@given(partials(max_size=4), st.integers(0, 1000))
def test_the_loss_is_that_of_every_sequence_that_agrees(sentence: Partial, seed: int) -> None:
    torch.manual_seed(seed)
    length = len(sentence.text)
    sequences = legal_sequences(SCHEME, length)
    left = [tags for tags in sequences if agrees(sentence, SCHEME, tags)]
    allowed_tags = torch.from_numpy(SCHEME.allowed_tags(sentence))
    # Exactly these sequences lie in the mask.
    assert left == [tags for tags in sequences if allowed_tags[torch.arange(length), list(tags)].all()]
    known = torch.from_numpy(SentenceDataset([sentence], SCHEME, Presegmenter(()), labelled=True)[[0]].tags.numpy())
    for kind, make in HEADS.items():
        head = make(2, SCHEME).double()
        scores = torch.randn(1, length, head.linear.out_features, dtype=torch.float64)
        loss = head.partial_loss(scores, known, allowed_tags[None], torch.tensor([length])).item()
        if kind == "softmax":
            logs = scores[0].log_softmax(1)
            wanted = -math.log(sum(math.exp(sum(logs[t, tag] for t, tag in enumerate(tags))) for tags in left))
        elif isinstance(head, CRFHead):
            wanted = chain_loss(head.crf, SCHEME, scores[0], left)
        else:
            assert isinstance(head, FactoredHead)
            letters = {tuple((tag + 1) // 2 for tag in tags) for tags in left}
            wanted = chain_loss(head.crf, Scheme(), scores[0, :, :5], sorted(letters))
            for word in sentence.words:
                if word.pos:
                    pos = scores[0, word.start, 5:7] + scores[0, word.end - 1, 7:]
                    wanted -= pos.log_softmax(0)["AB".index(word.pos)].item()
        assert loss == pytest.approx(wanted, abs=1e-4)


def chain_loss(crf: CRF, scheme: Scheme, scores: torch.Tensor, left: list[tuple[int, ...]]) -> float:
    """Minus the log of the share that some sequences have of the weight of all legal ones."""

    def weight(sequences: list[tuple[int, ...]]) -> float:
        transitions: Transitions = crf.transitions()
        return math.fsum(math.exp(sequence_score(scheme, scores.numpy(), transitions, tags)) for tags in sequences)

    return math.log(weight(oracles.legal_sequences(scheme, len(scores)))) - math.log(weight(left))


@pytest.mark.parametrize("kind", HEADS)
def test_known_whole_it_is_the_ordinary_loss(kind: str) -> None:
    torch.manual_seed(0)
    sentences = [Sentence.from_forms(["ab", "c", "d"], ["A", "B", "A"], gaps=["", " ", "", ""]),
                 Sentence.from_forms(["a", "bcd"], ["B", "B"])]  # fmt: skip
    partial = [Partial(s.text, s.words) for s in sentences]
    head = HEADS[kind](2, SCHEME)
    scores = torch.randn(2, 5, head.linear.out_features)
    whole = SentenceDataset(sentences, SCHEME, Presegmenter(()), labelled=True)[[0, 1]]
    batch = SentenceDataset(partial, SCHEME, Presegmenter(()), labelled=True)[[0, 1]]
    assert batch.allowed_tags is not None
    assert torch.equal(batch.tags, whole.tags)
    wanted = head.loss(scores, whole.tags, whole.lengths)
    assert torch.allclose(head.partial_loss(scores, batch.tags, batch.allowed_tags, batch.lengths), wanted, atol=1e-4)
    # Mixed with a whole one, each gets its own loss.
    system: Any = SimpleNamespace(net=SimpleNamespace(head=head))
    mixed = SentenceDataset([sentences[0], partial[1]], SCHEME, Presegmenter(()), labelled=True)[[0, 1]]
    assert torch.allclose(TaggingSystem.losses(system, scores, mixed), wanted, atol=1e-4)


def test_marks_that_the_tag_set_cannot_hold() -> None:
    spaced = Partial("a b", (Word("a b", "A", 0, 3),))
    with pytest.raises(CorpusError, match=r"none possible at ' ' \(character 1\)"):
        SCHEME.allowed_tags(spaced)
    assert Scheme(("A",), inner_spaces=True).allowed_tags(spaced).any(1).all()
    with pytest.raises(CorpusError, match="expected one of the tags A, B, got 'C'"):
        SCHEME.allowed_tags(Partial("a", (Word("a", "C", 0, 1),)))


def test_corrections_train_beside_a_corpus(tmp_path: Path) -> None:
    whole, some = tmp_path / "a.slash", tmp_path / "b.partial"
    whole.write_text("我/A 来/B 5.5/A\n", encoding="utf-8")
    some.write_text("我来[北京]吧\n北|京~站\n没有标记\n价5.|5\n", encoding="utf-8")
    options = {"train": str(whole), "dev": str(whole), "partial": str(some)}
    data = TaggingData(**options)  # type: ignore[arg-type]
    data.setup()
    assert [s.text for s in data.sentences["train"]] == ["我来5.5", "我来北京吧", "北京站", "价5.5"]
    assert data.vocabulary == {"我", "来", "5.5", "北京"}
    assert ord("站") in data.alphabet.chars
    assert data.presegmenter.kinds == Presegmenter().kinds  # a known cut forbids its own run, not the kind
    (batch,) = data.train_dataloader()
    row = [s.text for s in batch.sentences].index("价5.5")
    assert not batch.joined[row].any()
    assert batch.allowed_tags is not None
    assert batch.allowed_tags.flatten(1).any(1).tolist() == [isinstance(s, Partial) for s in batch.sentences]
    with pytest.raises(CorpusError, match=r"known whole for data\.dev, got partial ones"):
        TaggingData(train=str(whole), dev=str(some)).setup()

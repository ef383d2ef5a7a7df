"""Training on partial annotation: the loss is the probability of all tag sequences that agree with it."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import agrees, legal_sequences, sequence_score
from sentences import partials

from tagger.corpus import Corpus
from tagger.decoding.transitions import Transitions
from tagger.errors import CorpusError
from tagger.learning.data.sentences import Part, Row, SentenceDataset, gold_row, partial_row
from tagger.learning.data.tagging import TaggingData
from tagger.learning.nets.crf import CRF
from tagger.learning.nets.heads import HEADS, CRFHead, FactoredHead
from tagger.learning.systems.tagging import TaggingSystem
from tagger.text.partial import Partial
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

SCHEME = Scheme(("A", "B"))


@settings(max_examples=20)
@given(partials(max_size=4), st.integers(0, 1000))
def test_the_loss_is_that_of_every_sequence_that_agrees(sentence: Partial, seed: int) -> None:
    torch.manual_seed(seed)
    length = len(sentence.text)
    left = [tags for tags in legal_sequences(SCHEME, length) if agrees(sentence, SCHEME, tags)]
    allowed_tags = torch.from_numpy(SCHEME.allowed_tags(sentence))
    known = torch.from_numpy(SCHEME.encode_partial(sentence))[None]
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

    return math.log(weight(legal_sequences(scheme, len(scores)))) - math.log(weight(left))


def dataset(rows: list[Row]) -> SentenceDataset:
    return SentenceDataset([Part.of_rows(rows)])


@pytest.mark.parametrize("kind", HEADS)
def test_known_whole_it_is_the_ordinary_loss(kind: str) -> None:
    torch.manual_seed(0)
    sentences = [Sentence.from_forms(["ab", "c", "d"], ["A", "B", "A"], gaps=["", " ", "", ""]),
                 Sentence.from_forms(["a", "bcd"], ["B", "B"])]  # fmt: skip
    gold_rows = [gold_row(sentence, SCHEME, Presegmenter(())) for sentence in sentences]
    partial_rows = [partial_row(Partial.of(sentence), SCHEME, Presegmenter(())) for sentence in sentences]
    head = HEADS[kind](2, SCHEME)
    scores = torch.randn(2, 5, head.linear.out_features)
    whole, batch = dataset(gold_rows)[[0, 1]], dataset(partial_rows)[[0, 1]]
    assert batch.allowed_tags is not None
    assert torch.equal(batch.tags, whole.tags)
    wanted = head.loss(scores, whole.tags, whole.lengths)
    assert torch.allclose(head.partial_loss(scores, batch.tags, batch.allowed_tags, batch.lengths), wanted, atol=1e-4)
    # Mixed with a whole one, each gets its own loss.
    system: Any = SimpleNamespace(net=SimpleNamespace(head=head), label_smoothing=0.0, tag_weights=None)
    mixed = dataset([gold_rows[0], partial_rows[1]])[[0, 1]]
    assert torch.allclose(TaggingSystem.losses(system, scores, mixed), wanted, atol=1e-4)


def test_corrections_train_beside_a_corpus(tmp_path: Path) -> None:
    whole, some = tmp_path / "a.slash", tmp_path / "b.partial"
    whole.write_text("我/A 来/B 5.5/A\n", encoding="utf-8")
    some.write_text("我来[北京]吧\n北|京~站\n没有标记\n价5.|5\n", encoding="utf-8")
    data = TaggingData(Corpus(whole, whole, partial=some))
    data.setup()
    assert [columns.text(0, len(columns)) for columns in data.columns["train"]] == ["我来5.5"]
    assert [s.text for s in data.partial[0]] == ["我来北京吧", "北京站", "价5.5"]
    assert [form in data.vocabulary for form in ("我", "来", "5.5", "北京", "站")] == [True] * 4 + [False]
    assert ord("站") in data.alphabet.chars
    assert data.presegmenter.kinds == Presegmenter().kinds  # a known cut forbids its own run, not the kind
    (batch,) = data.train_dataloader()
    row = [s.text for s in batch.sentences].index("价5.5")
    assert not batch.joined[row].any()
    assert batch.allowed_tags is not None
    assert batch.allowed_tags.flatten(1).any(1).tolist() == [s.text != "我来5.5" for s in batch.sentences]
    with pytest.raises(CorpusError, match=r"known whole for data\.dev, got partial ones"):
        TaggingData(Corpus(whole, some)).setup()
    alone = TaggingData(Corpus(some, whole))
    alone.setup()
    assert [s.text for s in alone.partial[0]] == ["我来北京吧", "北京站", "价5.5"]
    assert alone.scheme.pos == ()

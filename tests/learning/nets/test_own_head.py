"""CONTRIBUTING's recipe "a head", followed from outside the package: a softmax with label smoothing."""

from itertools import product
from pathlib import Path

import onnx
import pytest
import torch
from nets import char_tagger
from torch import Tensor, nn

from tagger.decoding.chain import ChainDecoder
from tagger.learning.checkpoint import Trained
from tagger.learning.data.sentences import Part, SentenceDataset, gold_row
from tagger.learning.export import build, describe, verify
from tagger.learning.nets import CharTagger
from tagger.learning.nets.heads import HEADS, SoftmaxHead
from tagger.learning.systems.schedule import linear
from tagger.learning.systems.tagging import TaggingSystem
from tagger.modelfile.tagger import Model
from tagger.tagging.tagger import load
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence

SCHEME = Scheme(("N", "V"))
GOLD = [Sentence.from_forms(["我", "去", "北京"], ["N", "V", "N"]), Sentence.from_forms(["北京", "好"], ["N", "V"])]


class SmoothedHead(SoftmaxHead):
    """A softmax whose loss gives the share `smoothing` of every target to all tags alike (Szegedy et al. 2016). The
    decoder of its `kind`, softmax, reads its scores."""

    def __init__(self, input_size: int, scheme: Scheme, *, smoothing: float = 0.1) -> None:
        super().__init__(input_size, scheme)
        self.smoothing = smoothing

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, soft_targets: Tensor | None = None) -> Tensor:
        n_tags = self.scheme.n_tags
        targets = nn.functional.one_hot(tags, n_tags).to(scores) if soft_targets is None else soft_targets
        return super().loss(scores, tags, lengths, (1 - self.smoothing) * targets + self.smoothing / n_tags)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> CharTagger:
    monkeypatch.setitem(HEADS, "smoothed", SmoothedHead)
    torch.manual_seed(0)
    return char_tagger(Alphabet.fit(s.text for s in GOLD), SCHEME, head="smoothed", hidden_sizes=[8], char_size=8)


def test_its_loss_is_that_of_the_definition(net: CharTagger) -> None:
    scores, lengths = torch.randn(1, 3, SCHEME.n_tags), torch.tensor([2])
    logs = torch.log_softmax(scores[0].double(), 1)
    head = net.head
    assert isinstance(head, SmoothedHead)
    for tags in product(range(SCHEME.n_tags), repeat=2):
        wanted = -sum(
            ((1 - head.smoothing) * (k == tag) + head.smoothing / SCHEME.n_tags) * logs[t, k]
            for t, tag in enumerate(tags)
            for k in range(SCHEME.n_tags)
        )
        assert head.loss(scores, torch.tensor([[*tags, 0]]), lengths).item() == pytest.approx(float(wanted), abs=1e-4)


def test_it_trains_exports_and_tags(net: CharTagger, tmp_path: Path) -> None:
    system = TaggingSystem(net, optimizer=torch.optim.Adam, scheduler=linear)
    batch = SentenceDataset([Part.of_rows([gold_row(s, SCHEME, NO_PRESEGMENTATION) for s in GOLD])])[[0, 1]]
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(60):
        optimizer.zero_grad()
        scores = net(batch.chars, batch.lengths)
        loss = system.losses(net.head.join(scores, batch.joined), batch).sum()
        loss.backward()
        optimizer.step()
    assert [sentence.words for sentence in system.predict(batch)] == [sentence.words for sentence in GOLD]
    path = tmp_path / "smoothed.onnx"
    onnx.save(build(net.eval(), describe(Trained(net, NO_PRESEGMENTATION, {}))), path)
    model = Model.open(path)
    assert isinstance(model.decoder, ChainDecoder)
    assert verify(model, net) < 1e-4
    tagger = load(path)
    assert [tagger(sentence.text).words for sentence in GOLD] == [sentence.words for sentence in GOLD]
    assert all(word.probability > 0.5 for word in tagger(GOLD[0].text, confidence=True).words)  # type: ignore[attr-defined]

"""Two heads over one encoder: the loss of each in the sentences that have its layer, and one file that holds both."""

import math
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from nets import char_tagger
from oracles import legal_sequences, sequence_score

from tagger.corpus.corpora import Corpus
from tagger.corpus.formats import write
from tagger.errors import CorpusError, ModelError
from tagger.learning.checkpoint import Trained
from tagger.learning.data.sentences import Batch, Part, SentenceDataset, gold_row, plain_row
from tagger.learning.data.tagging import TaggingData
from tagger.learning.data.words import WordData
from tagger.learning.export import build, describe, verify
from tagger.learning.export import tagger as module
from tagger.learning.export.reading import read_tagger
from tagger.learning.fine_tuning import init_from, take_architecture
from tagger.learning.nets import CharTagger
from tagger.learning.nets.heads import CRFHead
from tagger.learning.systems.tagging import TaggingSystem
from tagger.modelfile.tagger import Model
from tagger.tagging.tagger import Tagger
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme
from tagger.text.sentence import Entity, Sentence

TEXTS = ["我喜欢北京。", "北", "ab 123", " ", "今天　天气很好"]
ALPHABET = Alphabet.fit(TEXTS, bigram_min_count=1)
WORDS, ENTITIES = Scheme(("A", "B")), Scheme(("LOC", "PER"), outside=True)
BOTH = replace(Sentence.from_forms(["ab", "c"], ["A", "B"]), entities=(Entity("bc", "LOC", 1, 3),))
BOTH = replace(BOTH, entities_annotated=True)
GOLD = {
    "both": BOTH,
    "words": Sentence.from_forms(["a", "b"], ["B", "B"]),
    "entities": Sentence("ba", (), (), (Entity("b", "PER", 0, 1),), entities_annotated=True),
    "none": replace(Sentence.from_forms(["ba"], ["A"]), entities_annotated=True),
}


def make(head: str = "crf", entity_head: str = "crf", **options: Any) -> CharTagger:
    torch.manual_seed(0)
    options = {"hidden_sizes": [4], "char_size": 3, "bigram_size": 2, **options}
    net = char_tagger(ALPHABET, WORDS, entity_scheme=ENTITIES, head=head, entity_head=entity_head, **options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return net.eval()


def batch_of(*names: str) -> Batch:
    rows = [gold_row(GOLD[name], WORDS, Presegmenter(()), 0, ENTITIES) for name in names]
    return SentenceDataset([Part.of_rows(rows)])[list(range(len(rows)))]


def loss_of(net: CharTagger, batch: Batch, **options: Any) -> torch.Tensor:
    system = TaggingSystem(net, **options)
    system.log = lambda *_, **__: None
    return system.training_step(batch, 0) * batch.lengths.sum()


def minus_log(scheme: Scheme, head: CRFHead, scores: torch.Tensor, tags: tuple[int, ...]) -> float:
    """Minus the log-probability of tags among all legal sequences, written out."""
    transitions = head.crf.transitions()
    sums = {
        other: sequence_score(scheme, scores.numpy(), transitions, other)
        for other in legal_sequences(scheme, len(scores))
    }
    return math.log(math.fsum(map(math.exp, sums.values()))) - sums[tags]


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_the_loss_is_that_of_the_layers_that_a_sentence_has(weight: float) -> None:
    net = make()
    assert isinstance(net.head, CRFHead)
    assert isinstance(net.entity_head, CRFHead)
    wanted = 0.0
    for name, sentence in GOLD.items():
        batch = batch_of(name)
        with torch.no_grad():
            words, entities = (part[0] for part in net.split(net(batch.chars, batch.lengths)) if part is not None)
        if sentence.words:
            wanted += minus_log(WORDS, net.head, words, tuple(WORDS.encode(sentence).tolist()))
        if sentence.entities_annotated:
            tags = tuple(ENTITIES.encode(sentence).tolist())
            wanted += weight * minus_log(ENTITIES, net.entity_head, entities, tags)
    assert loss_of(net, batch_of(*GOLD), entity_weight=weight).item() == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("name", "idle"), [("words", "entity_head"), ("entities", "head")])
def test_a_layer_that_a_sentence_lacks_teaches_nothing(name: str, idle: str) -> None:
    for head, entity_head in (("crf", "softmax"), ("factored", "crf")):
        net = make(head, entity_head)
        loss_of(net, batch_of(name)).backward()
        gradients = {part: weight.grad for part, weight in net.named_parameters()}
        assert all(not grad.any() for part, grad in gradients.items() if part.startswith(idle) and grad is not None)
        assert any(grad is not None and grad.any() for part, grad in gradients.items() if part.startswith("encoder"))


@pytest.mark.parametrize(
    ("head", "entity_head"), [*product(["crf", "factored"], ["crf", "softmax"]), ("softmax", "factored")]
)
def test_one_file_holds_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, entity_head: str) -> None:
    net, path = make(head, entity_head), tmp_path / "net.onnx"
    onnx.save(build(net, describe(Trained(net, Presegmenter(), {"task": "joint_spans"}))), path)
    model = Model.open(path)
    assert [layer.scheme for layer in model.layers] == [WORDS, ENTITIES]
    monkeypatch.setattr(module, "random_texts", lambda alphabet, generator: TEXTS)
    assert verify(model, net) < 1e-5
    # A net in torch finds what the tagger of its file does.
    rows = [plain_row(Sentence(text, ()), model.presegmenter) for text in TEXTS]
    predicted = TaggingSystem(net, presegmenter=model.presegmenter).predict(
        SentenceDataset([Part.of_rows(rows)])[[*range(len(rows))]]
    )
    assert predicted == list(Tagger(model).tag(TEXTS))
    # The file is read back as the same net, and so is what a checkpoint says of it.
    read = read_tagger(path).net.state_dict()
    restored = CharTagger.restore(net.describe(Presegmenter(), {}))
    assert read.keys() == restored.state_dict().keys() == net.state_dict().keys()
    assert all(torch.allclose(read[name], weight) for name, weight in net.state_dict().items())


def test_a_file_without_the_scores_that_it_describes_is_refused(tmp_path: Path) -> None:
    net = make()
    plain = char_tagger(ALPHABET, WORDS, hidden_sizes=[4], char_size=3, bigram_size=2)
    onnx.save(build(plain, describe(Trained(net, Presegmenter(), {}))), tmp_path / "net.onnx")
    with pytest.raises(
        ModelError, match="expected an output `entity_scores` where the metadata describes entities, got 1"
    ):
        Model.open(tmp_path / "net.onnx")


def test_it_begins_as_a_tagger_of_words_and_as_one_of_entities() -> None:
    sizes: dict[str, Any] = {"hidden_sizes": [4], "char_size": 3, "bigram_size": 2}
    for scheme, entity_scheme in ((WORDS, None), (ENTITIES, None), (WORDS, ENTITIES)):
        old = char_tagger(ALPHABET, scheme, (), entity_scheme, **sizes).eval()
        net = take_architecture(make(), Trained(old, Presegmenter(), {}))
        init_from(net, Trained(old, Presegmenter(), {}))
        words, entities = net.state_dict(), old.state_dict()
        place = "entity_head" if scheme.outside else "head"
        assert torch.equal(words[f"{place}.linear.weight"], entities["head.linear.weight"])
        if entity_scheme:
            assert torch.equal(words["entity_head.crf.boundary"], entities["entity_head.crf.boundary"])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    write([GOLD["both"], GOLD["words"]], tmp_path / "both.jsonl")
    write([GOLD["entities"]], tmp_path / "entities.iob2", format="iob2")
    write([GOLD["words"]], tmp_path / "words.conllu")
    return {"root": tmp_path, "task": "joint_spans"}


def test_the_rows_of_a_corpus_have_what_is_known(files: dict[str, Any]) -> None:
    data = TaggingData(Corpus(["both.jsonl", "entities.iob2"], "both.jsonl", **files))
    data.setup()
    assert (data.scheme, data.entity_scheme) == (WORDS, Scheme(("LOC", "PER"), outside=True))
    assert data.fitted == (data.alphabet, WORDS, (), ENTITIES)
    assert all(form in data.vocabulary for form in ("ab", "c", "a", "b"))
    assert data.entity_vocabulary == {"bc", "b"}
    annotated: dict[str, list[bool]] = {}
    for batch in data.train_dataloader():
        assert batch.annotated is not None
        assert batch.entity_tags is not None
        for sentence, known, tags in zip(batch.sentences, batch.annotated.tolist(), batch.entity_tags, strict=True):
            annotated[sentence.text] = known
            wanted = ENTITIES.encode(sentence) if known[1] else np.zeros(len(sentence.text))
            np.testing.assert_array_equal(tags[: len(sentence.text)], wanted)
    assert annotated == {"abc": [True, True], "ab": [True, False], "ba": [False, True]}


@pytest.mark.parametrize(
    ("splits", "refused"),
    [
        ({"train": "words.conllu", "dev": "both.jsonl"}, r"words and entities in data\.train .*, got no entities"),
        ({"train": "both.jsonl", "dev": "entities.iob2"}, r"words and entities in data\.dev .*, got no words"),
    ],
)
def test_train_and_dev_have_both_layers(files: dict[str, Any], splits: dict[str, str], refused: str) -> None:
    with pytest.raises(CorpusError, match=refused):
        TaggingData(Corpus(**splits, **files)).setup()


def test_given_words_have_one_layer(files: dict[str, Any]) -> None:
    with pytest.raises(CorpusError, match="for given words, got joint_spans"):
        WordData(Corpus("both.jsonl", "both.jsonl", **files)).setup()


def test_the_best_checkpoint_has_the_best_mean_of_both() -> None:
    """Two sentences: words all right in one and not judged in the other, one entity of two."""
    system = TaggingSystem(make())
    logged: dict[str, float] = {}
    system.log_dict = lambda figures, **_: logged.update({name: float(value) for name, value in figures.items()})
    gold = (GOLD["both"], GOLD["entities"])
    found = [GOLD["both"], Sentence.from_forms(["ba"], ["A"])]
    system.predict = lambda batch: found  # type: ignore[method-assign]
    system.validation_step(Batch(*[torch.zeros(0)] * 4, gold), 0)
    system.on_validation_epoch_end()
    assert (logged["val/joint_f1"], logged["val/entity_precision"], logged["val/entity_recall"]) == (1.0, 1.0, 0.5)
    assert logged["val/entity_f1"] == pytest.approx(2 / 3)
    assert logged["val/both_f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert (system.monitor, system.mode) == ("val/both_f1", "max")

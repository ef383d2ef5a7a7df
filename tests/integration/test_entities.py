"""Entities from a corpus to a model file and back, over characters and over given words."""

import json
from pathlib import Path

import models
import pytest
from hydra import compose, initialize_config_dir

from tagger import evaluate
from tagger.corpus import read, write
from tagger.errors import CorpusError, ModelError
from tagger.experiment import training
from tagger.tagging.tagger import load
from tagger.tagging.word_tagger import WordTagger, load_words
from tagger.text.sentence import Sentence

TESTS = Path(__file__).parents[1]
ENTITIES, WORDS = TESTS / "entities.iob2", TESTS / "entities.conll"
SMALL = ["net.encoder.hidden_sizes=[32]", "net.embedding.char_size=16", "net.embedding.bigram_size=8"]
QUICK = [
    "net.embedding.unknown_dropout=0",
    "net.encoder.variational_dropout=0",
    "data.batch_chars=60",
    "optimizer.lr=2e-2",
    "logger=csv",
]
SELDOM = ["+trainer.check_val_every_n_epoch=5"]


def train(run: Path, *overrides: str) -> float:
    with initialize_config_dir(str(TESTS.parent / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[*QUICK, f"run={run}", *overrides])
    return training.train(cfg)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over characters that knows its corpus by heart."""
    folder = tmp_path_factory.mktemp("entities")
    files = ["data=files", "data.task=spans", f"data.train={ENTITIES}", f"data.dev={ENTITIES}"]
    assert train(folder, *files, *SMALL, "trainer.max_epochs=20", *SELDOM) == 1.0
    return folder


def test_a_model_file_finds_the_entities_that_were_learnt(run: Path) -> None:
    gold = list(read(ENTITIES))
    found = list(load(run / "model.onnx").tag(sentence.text for sentence in gold))
    assert [sentence.entities for sentence in found] == [sentence.entities for sentence in gold]
    figures = json.loads((run / "model.dev.json").read_text(encoding="utf-8"))
    assert figures["entities"] == figures["boundaries"]
    assert figures["entities"]["gold"] == figures["n_entities"] == sum(len(sentence.entities) for sentence in gold)
    assert figures["types"]["ORG"]["f1"] == 1.0


def test_a_file_of_gold_is_scored_as_entities(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of what is found is taken out of gold: precision falls, recall stays."""
    gold = [Sentence(s.text, (), (), s.entities[::2]) for s in read(ENTITIES)]
    write(gold, tmp_path / "gold.iob2")
    n_gold, n_found = (sum(len(s.entities) for s in sentences) for sentences in (gold, read(ENTITIES)))
    options = ["-m", str(run / "model.onnx"), "-o", str(tmp_path / "out.json"), "--resamples", "10"]
    assert evaluate.main([str(tmp_path / "gold.iob2"), *options]) == 0
    entities = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["entities"]
    assert (entities["recall"], entities["precision"]) == (1.0, pytest.approx(n_gold / n_found))
    table = capsys.readouterr().out
    assert "boundaries" in table
    assert "expected calibration error" in table


def test_a_corpus_of_the_other_kind_is_refused(run: Path) -> None:
    options = {"name": "x", "test": str(ENTITIES), "task": "joint"}
    with pytest.raises(
        CorpusError, match=r"expected a corpus of entities for .*model, got data.task=joint; give .*spans"
    ):
        evaluate.evaluate_model(run / "model.onnx", options, "test")
    with pytest.raises(CorpusError, match=r"expected a corpus of words for small, got data.task=spans"):
        evaluate.evaluate_model(models.SMALL, {**options, "task": "spans"}, "test")


@pytest.mark.parametrize("init", [models.SMALL, models.STANDARDS], ids=["one standard", "several"])
def test_training_begins_from_a_tagger_of_words(tmp_path: Path, init: Path) -> None:
    files = ["data=files", "data.task=spans", f"data.train={ENTITIES}", f"data.dev={ENTITIES}"]
    train(tmp_path, *files, "head=softmax", f"init={init}", "trainer.max_epochs=1")
    metadata = load(tmp_path / "model.onnx").model.metadata
    assert (metadata.scheme.name, metadata.decoder.kind, metadata.standards) == ("BIOES", "softmax", ())
    assert metadata.training.init is not None


def test_entities_of_given_words(tmp_path: Path) -> None:
    files = ["data=words", "net=word_bilstm", "data.task=spans", "data.format=spans"]
    files += [f"data.train={WORDS}", f"data.dev={WORDS}", "data.word_min_count=1"]
    sizes = ["net.encoder.hidden_sizes=[16]", "net.embedding.word_size=16"]
    assert train(tmp_path, *files, *sizes, "trainer.max_epochs=20", *SELDOM) == 1.0
    gold, tagger = list(read(WORDS, format="spans")), load_words(tmp_path / "model.onnx")
    for sentence, found in zip(gold, tagger.tag(s.forms for s in gold), strict=True):
        assert found.forms == sentence.forms
        assert [(e.form, e.label) for e in found.entities] == [(e.form, e.label) for e in sentence.entities]
    assert isinstance(tagger, WordTagger)


def test_a_corpus_without_entities_is_refused(tmp_path: Path) -> None:
    write([Sentence("今天天气很好", ())], tmp_path / "none.iob2")
    files = [f"data.{split}={tmp_path / 'none.iob2'}" for split in ("train", "dev")]
    with pytest.raises((CorpusError, ModelError), match=r"expected entities in data\.train, got none"):
        train(tmp_path, "data=files", "data.task=spans", *files)

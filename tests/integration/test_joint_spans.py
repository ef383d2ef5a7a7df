"""Words and entities from corpora of each to one model file, and its figures."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from tagger import card, evaluate
from tagger.corpus import read, write
from tagger.experiment import training
from tagger.learning.systems.tagging import TaggingSystem
from tagger.modelfile.tagger import Model
from tagger.tagging.tagger import load
from tagger.text.sentence import Sentence

TESTS = Path(__file__).parents[1]
ENTITIES = TESTS / "entities.iob2"
QUICK = [
    "data=files", "data.task=joint_spans", "head=factored", "data.batch_chars=60", "optimizer.lr=2e-2", "logger=csv",
    "net.encoder.hidden_sizes=[24]", "net.embedding.char_size=16", "net.embedding.bigram_size=8",
    "net.embedding.unknown_dropout=0", "net.encoder.variational_dropout=0", "+trainer.check_val_every_n_epoch=5",
]  # fmt: skip


def words_of(sentence: Sentence) -> Sentence:
    """A sentence whose words are its entities and the characters between them."""
    inside = {place for entity in sentence.entities for place in range(entity.start, entity.end)}
    edges = [(entity.start, entity.end, "PROPN") for entity in sentence.entities]
    edges += [(place, place + 1, "X") for place in range(len(sentence.text)) if place not in inside]
    edges = [(start, end, pos) for start, end, pos in sorted(edges) if sentence.text[start:end].strip()]
    forms = [sentence.text[start:end] for start, end, _ in edges]
    starts = [start for start, _, _ in edges] + [len(sentence.text)]
    gaps = [sentence.text[a:b] for a, b in zip([0, *(end for _, end, _ in edges)], starts, strict=True)]
    return Sentence.from_forms(forms, [pos for _, _, pos in edges], gaps=gaps)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that knows its corpus by heart: words in one file, entities in another."""
    folder = tmp_path_factory.mktemp("joint_spans")
    write(map(words_of, read(ENTITIES)), folder / "words.conllu")
    files = [f"data.{split}=[{folder / 'words.conllu'},{ENTITIES}]" for split in ("train", "dev")]
    with initialize_config_dir(str(TESTS.parent / "conf"), version_base="1.3"):
        cfg = compose("train", overrides=[*QUICK, *files, f"run={folder}", "trainer.max_epochs=15"])
    assert training.train(cfg) == 1.0
    return folder


def test_one_model_file_finds_words_and_entities(run: Path) -> None:
    gold = list(read(ENTITIES))
    found = list(load(run / "model.onnx").tag(sentence.text for sentence in gold))
    assert [sentence.words for sentence in found] == [words_of(sentence).words for sentence in gold]
    assert [sentence.entities for sentence in found] == [sentence.entities for sentence in gold]
    figures = json.loads((run / "model.dev.json").read_text(encoding="utf-8"))
    assert [figures[name]["f1"] for name in ("words", "joint", "boundaries", "entities")] == [1.0] * 4
    assert {"word_f1", "joint_f1", "entity_f1", "boundary_f1"} <= set(figures["intervals"])
    metadata = Model.open(run / "model.onnx").metadata
    assert metadata.entities is not None
    assert (metadata.entities.scheme.name, metadata.training.task) == ("BIOES", "joint_spans")
    assert TaggingSystem.load_from_checkpoint(run / "best.ckpt").monitor == "val/both_f1"


@pytest.mark.parametrize(
    ("model", "gold", "options", "figures"),
    [
        ("model.onnx", "words.conllu", [], {"words", "joint"}),
        ("model.onnx", str(ENTITIES), [], {"boundaries", "entities"}),
        ("model.onnx", str(ENTITIES), ["--task", "spans"], {"boundaries", "entities"}),
        ("model.onnx", "words.conllu", ["--task", "joint"], {"words", "joint"}),
        ("best.ckpt", str(ENTITIES), [], {"boundaries", "entities"}),
    ],
)
def test_a_file_of_gold_is_scored_by_what_it_has(
    run: Path, model: str, gold: str, options: list[str], figures: set[str]
) -> None:
    out = run / "out.json"
    assert evaluate.main([str(run / gold), "-m", str(run / model), "-o", str(out), "--resamples", "5", *options]) == 0
    values = json.loads(out.read_text(encoding="utf-8"))
    assert {"words", "joint", "boundaries", "entities"} & set(values) == figures
    assert all(values[figure]["f1"] == 1.0 for figure in figures)


def test_a_card_tells_of_both(run: Path) -> None:
    files = [f"data.dev=[{run / 'words.conllu'},{ENTITIES}]", "data.task=joint_spans", "data=files", "data.train=null"]
    written = ["-m", str(run / "model.onnx"), "-o", str(run / "card.md"), "--command", "make it", "--split", "dev"]
    assert card.main([*files, *written, "--resamples", "5"]) == 0
    text = (run / "card.md").read_text(encoding="utf-8")
    for title in ("## Figures\n", "## Where it fails\n", "## Figures of entities\n", "## Where it fails at entities\n"):
        assert title in text
    figures = Model.open(run / "model.onnx").metadata.figures
    assert {name: (split.word_f1, split.joint_f1) for name, split in figures.items()} == {
        "dev": (1.0, 1.0),
        "entities/dev": (1.0, 1.0),
    }

"""Data modules from the options of a node: each takes the options that it has, and refuses all others."""

import inspect
from pathlib import Path
from typing import Any

import pytest

from tagger.corpus import Corpora, Corpus, LabelledCorpus, TextCorpus, write
from tagger.corpus.options import BATCHING, RESOURCES
from tagger.errors import CorpusError
from tagger.learning.data import (
    CharData,
    ClassificationData,
    TaggingData,
    WordData,
    char_data,
    classification_data,
    tagging_data,
    word_data,
)
from tagger.text.sentence import Sentence

MODULES = (TaggingData, WordData, ClassificationData, CharData)
BUILDERS = (tagging_data, word_data, classification_data, char_data)


def test_a_node_is_a_corpus_and_its_batches() -> None:
    data = tagging_data(train="a", dev="b", task="seg", batch_chars=7, presegment=False, gold_repeats=2, seed=3)
    assert data.corpus == Corpus("a", "b", task="seg")
    assert (data.batch_chars, data.presegment, data.gold_repeats, data.seed) == (7, False, 2, 3)
    parts = {"x": {"train": "a"}, "y": {"train": "b"}}
    assert tagging_data(parts=parts).corpus == Corpora({"x": Corpus("a"), "y": Corpus("b")})
    assert word_data(train="a", word_min_count=5).word_min_count == 5
    assert classification_data(train="a", label="category").corpus == LabelledCorpus("a", label="category")
    assert char_data(train="a", dev_share=0.5).corpus == TextCorpus("a", dev_share=0.5)


@pytest.mark.parametrize(
    ("build", "options", "refused"),
    [
        (word_data, {"gold_repeats": 3}, "data.gold_repeats"),
        (word_data, {"lexicon": "l.npz"}, "data.lexicon"),
        (word_data, {"parts": {}}, "data.parts"),
        (tagging_data, {"word_min_count": 2}, "data.word_min_count"),
        (tagging_data, {"label": "x", "batch_texts": 3}, "data.batch_texts, data.label"),
        (classification_data, {"lexicon": "l.npz"}, "data.lexicon"),
        (char_data, {"vectors": "v.npz"}, "data.vectors"),
        (char_data, {"test": "a"}, "data.test"),
    ],
)
def test_an_option_that_does_nothing_is_refused(build: Any, options: dict[str, Any], refused: str) -> None:
    with pytest.raises(CorpusError, match=f"expected options of the corpus, or .*, got {refused}, .*leave it out"):
        build(train="a", **options)


def test_evaluation_passes_over_just_the_options_of_the_data_modules() -> None:
    names = {name for module in MODULES for name in inspect.signature(module).parameters} - {"corpus"}
    assert names == BATCHING | RESOURCES.keys()


@pytest.mark.parametrize("build", BUILDERS)
def test_the_name_of_a_corpus_that_names_nothing_is_refused(build: Any) -> None:
    with pytest.raises(CorpusError, match=r"\{corpus\} in a path of data\.corpus=pku, got none"):
        build(train="a", corpus="pku")


def test_the_corpus_of_a_data_module_is_never_changed(tmp_path: Path) -> None:
    write([Sentence.from_forms(["我"])], tmp_path / "a.seg")
    corpus = Corpus("a.seg", "a.seg", root=tmp_path, task="seg")
    data = TaggingData(corpus)
    data.prepare_data()
    data.setup()
    assert data.corpus is corpus

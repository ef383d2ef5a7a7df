"""What a card says of the data and the licences of a model, and what it is for."""

from dataclasses import replace

import models
import pytest

from tagger.corpus.licences import join_licences
from tagger.evaluation.card_texts import data, purpose
from tagger.evaluation.origins import attribution_of, licence_of
from tagger.modelfile.metadata import TaggerMetadata, TrainingInfo
from tagger.tagging.tagger import load

TREEBANK = TrainingInfo(corpus="Treebank + More", licence="CC BY-SA 4.0 + CC0", name="zh-words-small")
OWN = TrainingInfo(corpus="own files", licence="unknown", name="train")
FIRST = replace(OWN, corpus="first", licence="MIT", name="mine")
AGAIN = replace(TREEBANK, corpus="Treebank", licence="CC BY-SA 4.0")
CHANGED = "A model that began from one of the package is a changed version of it"
UNTOLD = "`unknown` is that of a corpus whose licence training was not told"

# The run that trained a model: its licences, whose data it learnt from, and what its card says and does not say.
ORIGINS = {
    "nothing": (TrainingInfo(), "unknown", "learnt from gold (unknown)", ["Corpus: gold.", UNTOLD], [CHANGED, "began"]),
    "own": (OWN, "unknown", "learnt from own files (unknown)", ["Corpus: own files.", UNTOLD], [CHANGED, "began"]),
    "own, told": (FIRST, "MIT", "learnt from first (MIT)", ["Licence of what it learnt from: MIT."], [UNTOLD, CHANGED]),
    "own twice": (
        replace(OWN, init=OWN), "unknown", "learnt from own files (unknown)", ["Corpus: own files."], [CHANGED, "began"]
    ),
    "own from another own": (
        replace(OWN, init=FIRST), "unknown + MIT",
        "learnt from own files, begun from mine, learnt from first (unknown + MIT)",
        ["The net began from `mine`, learnt from first.", "unknown + MIT", UNTOLD], [CHANGED, "raw-zh"],
    ),
    "own from the package": (
        replace(OWN, licence="MIT + CC BY-SA 4.0 + CC0", init=TREEBANK), "MIT + CC BY-SA 4.0 + CC0",
        "learnt from own files, begun from zh-words-small, learnt from Treebank + More (MIT + CC BY-SA 4.0 + CC0)",
        ["Corpus: own files.", "`zh-words-small`, learnt from Treebank + More.", CHANGED], [UNTOLD],
    ),
    "own from own from the package": (
        replace(OWN, init=replace(OWN, init=TREEBANK)), "unknown + CC BY-SA 4.0 + CC0",
        "learnt from own files, begun from zh-words-small, learnt from Treebank + More (unknown + CC BY-SA 4.0 + CC0)",
        ["Corpus: own files.", CHANGED], [],
    ),
    "the package": (
        replace(TREEBANK, init=AGAIN), "CC BY-SA 4.0 + CC0", "learnt from Treebank + More (CC BY-SA 4.0 + CC0)",
        ["Corpus: Treebank + More, CC BY-SA 4.0 + CC0; a model learnt from it is shared under the same terms"],
        [CHANGED, UNTOLD],
    ),
}  # fmt: skip


def described(training: TrainingInfo) -> TaggerMetadata:
    return replace(load(models.SMALL).model.metadata, training=training)


@pytest.mark.parametrize(("training", "licence", "attribution", "said", "unsaid"), ORIGINS.values(), ids=ORIGINS)
def test_a_card_tells_all_that_a_model_learnt_from(
    training: TrainingInfo, licence: str, attribution: str, said: list[str], unsaid: list[str]
) -> None:
    metadata = described(training)
    assert licence_of(training) == licence
    assert attribution_of(metadata, "gold") == attribution
    text = data("gold", metadata)
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []


@pytest.mark.parametrize(
    ("training", "is_of_package"), [(OWN, False), (replace(OWN, init=TREEBANK), False), (TREEBANK, True)]
)
def test_what_holds_for_the_models_of_the_package_is_said_of_them_alone(
    training: TrainingInfo, is_of_package: bool
) -> None:
    words, entities = (
        purpose(replace(load(path).model.metadata, training=training)) for path in (models.SMALL, models.ENTITIES)
    )
    assert ("classical Chinese" in words) == ("PKU, MSR, CTB" in words) == is_of_package
    assert ("Text like that of the corpus it learnt from" in words) != is_of_package
    assert ("Persons, places and organisations" in entities) == is_of_package


def test_licences_are_joined_each_once() -> None:
    assert join_licences("A + B", "B", "C + A") == "A + B + C"

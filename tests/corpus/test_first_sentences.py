"""The table `tests/bench/cases/first_sentences.tsv`: what is unseen resembles no sentence of the sample corpus."""

from collections import Counter
from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus.sample import FILES, path
from tagger.corpus.sample.__main__ import sentence_faults
from tagger.text.sentence import Sentence

TABLE = Path(__file__).parents[1] / "bench/cases/first_sentences.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def similarity(mine: set[str], theirs: set[str]) -> float:
    return len(mine & theirs) / len(mine | theirs)


def test_half_of_each_kind_is_unseen() -> None:
    assert len({identity for identity, *_ in ROWS}) == len(ROWS) >= 150
    of_kind = Counter((kind, split) for _, kind, split, _, _ in ROWS)
    for kind in {kind for kind, _ in of_kind}:
        assert of_kind[kind, "seen"] == of_kind[kind, "unseen"]


@pytest.mark.parametrize(("text", "gold"), [(text, gold) for *_, text, gold in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_is_words_and_tags_of_its_text(text: str, gold: str) -> None:
    forms, tags = zip(*(item.rsplit("/", 1) for item in gold.split()), strict=True)
    assert "".join(forms) == text.replace(" ", "")
    assert list(sentence_faults(Sentence.from_forms(forms, tags))) == []


def test_an_unseen_sentence_resembles_none_that_may_be_trained_on() -> None:
    sample = [sentence.text for name in FILES for sentence in corpus.read(path(name))]
    seen = [bigrams(text) for text in [*sample, *(text for _, _, split, text, _ in ROWS if split == "seen")]]
    for _, _, split, text, _ in ROWS:
        assert split == "seen" or max(similarity(bigrams(text), other) for other in seen) < 0.25, text

"""The annotation of raw-zh: its records are whole, and no sentence is in two splits."""

import os
import re
from pathlib import Path

import pytest

import tagger.corpus.raw_zh
from tagger import corpus

FOLDER = Path(tagger.corpus.raw_zh.__file__).parent
SPLITS = ("train", "dev", "test")


def records(split: str) -> list[list[str]]:
    """The parts of the records of a split."""
    files = sorted((FOLDER / split).glob("*.standoff"))
    return [line.split("\t") for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_splits_are_those_of_the_readme_and_share_no_sentence() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for genre, *sizes in re.findall(r"^\| (\w+) \| [\w, ]+ \| (\d+) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE):
        for split, size in zip(SPLITS, sizes, strict=True):
            lines = (FOLDER / split / f"{genre}.standoff").read_text(encoding="utf-8").splitlines()
            assert len(lines) == int(size), (genre, split)
    places = [tuple(record[:3]) for split in SPLITS for record in records(split)]
    digests = [record[3] for split in SPLITS for record in records(split)]
    assert len(places) == len(set(places)) == len(set(digests)) == 4225


def test_every_word_has_a_length_and_a_universal_tag() -> None:
    tags = "ADJ|ADP|ADV|AUX|CCONJ|DET|INTJ|NOUN|NUM|PART|PRON|PROPN|PUNCT|SCONJ|SYM|VERB|X"
    words = [word for split in SPLITS for record in records(split) for word in record[4].split()]
    assert len(words) == 65902
    assert not [word for word in words if not re.fullmatch(rf"[1-9]\d*(?:{tags})", word)]


@pytest.mark.skipif(not os.environ.get("TAGGER_DATA"), reason="TAGGER_DATA names no folder of development data")
def test_the_texts_are_those_that_were_annotated() -> None:
    assert sum(1 for split in SPLITS for _ in corpus.read(FOLDER / split)) == 4225

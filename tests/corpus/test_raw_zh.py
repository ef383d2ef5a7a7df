"""The annotation of raw-zh: its records are whole, and no sentence is in two splits."""

import os
import re
from pathlib import Path

import pytest

import tagger.corpus.raw_zh
from tagger import corpus

FOLDER = Path(tagger.corpus.raw_zh.__file__).parent
SPLITS = ("train", "dev", "test")
BLIND = Path(__file__).parents[1] / "bench/cases/raw_200.standoff"


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
    assert len(places) == len(set(places)) == len(set(digests)) == 5362


def test_the_sentences_that_were_read_blind_are_in_no_split() -> None:
    lines = BLIND.read_text(encoding="utf-8").splitlines()
    digests = {line.split("\t")[3] for line in lines}
    assert len(digests) == len(lines) == 200
    assert not digests & {record[3] for split in SPLITS for record in records(split)}


def test_every_word_has_a_length_and_a_universal_tag() -> None:
    tags = "ADJ|ADP|ADV|AUX|CCONJ|DET|INTJ|NOUN|NUM|PART|PRON|PROPN|PUNCT|SCONJ|SYM|VERB|X"
    words = [word for split in SPLITS for record in records(split) for word in record[4].split()]
    assert len(words) == 80365
    assert not [word for word in words if not re.fullmatch(rf"[1-9]\d*(?:{tags})", word)]


def test_names_lie_in_splits_of_the_readme_and_share_no_sentence() -> None:
    folder = FOLDER.parent / "raw_zh_names"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    digests, n_entities = [], 0
    for genre, *sizes in re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE):
        if genre == "all":
            assert int(sizes[-1]) == n_entities
            continue
        files = [folder / split / f"{genre}.standoff" for split in SPLITS]
        found = [[line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()] for file in files]
        of_genre = [span for rows in found for row in rows for span in row[4].split()[1:]]
        assert [*map(len, found), len(of_genre)] == [*map(int, sizes)], genre
        assert not [span for span in of_genre if not re.fullmatch(r"\d+-\d+(PER|LOC|ORG)", span)]
        digests += [row[3] for rows in found for row in rows]
        n_entities += len(of_genre)
    assert len(digests) == len(set(digests)) == 3783
    for split in ("dev", "test"):  # of the sentences with words, all
        assert {record[3] for record in records(split)} <= set(digests)


@pytest.mark.skipif(not os.environ.get("TAGGER_DATA"), reason="TAGGER_DATA names no folder of development data")
def test_the_texts_are_those_that_were_annotated() -> None:
    assert sum(1 for split in SPLITS for _ in corpus.read(FOLDER / split)) == 5362
    assert sum(1 for split in SPLITS for _ in corpus.read(FOLDER.parent / "raw_zh_names" / split)) == 3783

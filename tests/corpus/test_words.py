"""Treebanks in the standard `words`: the table `cases/restandard_words.tsv`."""

from pathlib import Path

import pytest

from tagger.corpus.words import SOURCES, convert
from tagger.text.sentence import Sentence

TABLE = Path(__file__).parent / "cases" / "restandard_words.tsv"


def cases() -> list[tuple[str, str, str]]:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(source, given, wanted) for source, given, wanted in rows]


def read(line: str) -> tuple[Sentence, list[str]]:
    """A sentence written as words `form/UPOS/native`, and their native tags; `_` is a space."""
    words: list[list[str]] = []
    gaps = [""]
    for item in line.split():
        if item == "_":
            gaps[-1] = " "
        else:
            words.append(item.split("/"))
            gaps.append("")
    forms, tags = [word[0] for word in words], [word[1] for word in words]
    return Sentence.from_forms(forms, tags, gaps=gaps), [word[-1] for word in words]


@pytest.mark.parametrize(("source", "given", "wanted"), cases())
def test_words_as_readers_know_them(source: str, given: str, wanted: str) -> None:
    sentence, native = read(given)
    converted = convert(sentence, native, source)
    assert converted == read(wanted)[0]
    assert converted.text == sentence.text


@pytest.mark.parametrize("source", SOURCES)
def test_text_and_comments_stay(source: str) -> None:
    comments = ("# sent_id = 1",)
    given = Sentence.from_forms(
        ["总", "经理", "A"], ["PART", "NOUN", "X"], gaps=[" ", "", "  ", " "], comments=comments
    )
    converted = convert(given, ["PFA", "NN", "FW"], source)
    assert (converted.text, converted.comments) == (given.text, comments)
    assert converted.fault() is None

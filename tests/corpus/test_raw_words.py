"""Raw text cut into words."""

from pathlib import Path

import pytest

from tagger.corpus.raw_words import cut_words, fold_word

CASES = [line.split("\t") for line in (Path(__file__).parent / "cases/raw_words.tsv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("line", "words"), CASES[1:])
def test_words_and_marks(line: str, words: str) -> None:
    assert " ".join(cut_words(line)) == words


def test_words_are_folded_as_keys_are() -> None:
    assert [fold_word(word) for word in ("The", "U.S.", "B2B", "１９97")] == ["the", "u.s.", "b0b", "0000"]

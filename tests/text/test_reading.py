"""What a classifier reads of a text."""

import pytest

from tagger.text.reading import TextReading, split_words
from tagger.text.vocabulary import BLANK


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It isn't bad!", ["It", "isn't", "bad"]),
        ("我不喜欢你。", ["我", "不", "喜", "欢", "你"]),
        ("用iPhone拍照", ["用", "iPhone", "拍", "照"]),
        ("a_b c-d 10,000 x' 'y", ["a", "b", "c", "d", "10", "000", "x", "y"]),
        (" …\n", []),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("reading", "text", "read", "is_longer"),
    [
        (TextReading("character", 3), "abcd", ["a", "b", "c"], True),
        (TextReading("character", 3), "", [" "], False),
        (TextReading("word", 2), "one two three", ["two", "three"], True),
        (TextReading("word", 2), "one", ["one"], False),
        (TextReading("word", 2), "!", [""], False),
        (TextReading("word", 3, "front"), "one two", ["", "one", "two"], False),
        (TextReading("word", 3, "front"), "", ["", "", ""], False),
    ],
)
def test_what_is_read_of_it(reading: TextReading, text: str, read: list[str], is_longer: bool) -> None:
    rows = reading.read(text).reshape(len(read), -1)
    assert ["".join(chr(code) for code in row if code != BLANK) for row in rows.tolist()] == read
    assert reading.is_longer(text) == is_longer

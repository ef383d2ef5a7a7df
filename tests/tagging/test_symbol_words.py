"""Symbols and punctuation: a table of texts and their words, and laws for any text."""

import csv
import unicodedata
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.tagging.dictionary import Dictionary, Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.tagger import Tagger, load
from tagger.text.format_characters import without_format
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.scheme import Scheme
from tagger.text.symbol_words import symbol_tags

with (Path(__file__).parent / "cases/symbols.tsv").open(encoding="utf-8") as file:
    CASES = [(row["text"], row["words"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
SYMBOLS, MARKS = "😱🙋①★¥€Ⓐ㊙", "，。、；：？！（）《》「」【】“”"
TEXTS = st.text(st.sampled_from(f"我喜欢北京a1 {SYMBOLS}{MARKS}×=([…—Ⅲ\u0301\ufe0f"), max_size=25)


@pytest.fixture(scope="module", params=["zh-small", "zh-base"])
def shipped(request: pytest.FixtureRequest) -> Tagger:
    return load(request.param)


@pytest.fixture(scope="module")
def plain() -> Tagger:
    """A tagger whose tags are those of Universal Dependencies, and that keeps no strings whole."""
    return load("zh-small", presegmenter=NO_PRESEGMENTATION)


@pytest.mark.parametrize(("text", "words"), CASES, ids=[text for text, _ in CASES])
def test_words_of_shipped_models(shipped: Tagger, text: str, words: str) -> None:
    """The table gives the tags that are certain."""
    wanted = [word.partition("/")[::2] if word[-2:].isupper() else (word, "") for word in words.split(" ")]
    found = shipped(text).words
    assert [word.form for word in found] == [form for form, _ in wanted]
    assert [word.pos if tag else "" for word, (_, tag) in zip(found, wanted, strict=True)] == [tag for _, tag in wanted]


@given(TEXTS)
def test_symbols_are_words_of_their_own(plain: Tagger, text: str) -> None:
    for word in plain(text).words:
        form = without_format(word.form)
        for symbols, tag in ((SYMBOLS, "SYM"), (MARKS, "PUNCT")):
            if set(symbols) & set(form):
                assert form[0] in symbols
                assert all(unicodedata.category(char) == "Mn" for char in form[1:])
                assert word.pos == tag


@given(st.lists(TEXTS, max_size=4))
def test_windows_and_batches_change_nothing_about_them(plain: Tagger, texts: list[str]) -> None:
    tagger = copy(plain)
    tagger.rows = replace(tagger.rows, window=16, context=3)
    answers = list(tagger.tag(texts))
    assert answers == [tagger(text) for text in texts]
    for answer in answers:
        assert answer.fault() is None
        assert all(word.pos == "SYM" for word in answer.words if word.form[0] in SYMBOLS)


def test_entries_and_known_words_come_first(plain: Tagger) -> None:
    text = "我爱😱，好"
    assert "爱😱" in plain.with_dictionary(Dictionary(["爱😱"]))(text).forms
    assert "爱😱" in plain.with_dictionary(Dictionary([Entry("爱😱", "join")]))(text).forms
    assert "😱，" in plain.with_dictionary(Dictionary([Entry("😱，", "prefer", None, 50)]))(text).forms
    known = plain(text, known=[KnownWord(2, 4, "NOUN"), KnownBoundary(1, False)])
    assert [(word.form, word.pos) for word in known.words if "😱" in word.form] == [("😱，", "NOUN")]
    assert plain(text, known=[KnownWord(3, 4, "X")]).words[-2].pos == "X"


def test_types_of_entities_are_no_symbols() -> None:
    tags = "PUNCT", "SYM"
    assert symbol_tags(Scheme(tags))
    assert not symbol_tags(Scheme(tags, outside=True))


def test_a_model_of_other_tags_decides_itself(head_tagger: Tagger) -> None:
    assert {word.pos for word in head_tagger("，😱").words} <= {"A", "B"}


def test_a_batch_of_rows_without_symbols_beside_one_with_them(shipped: Tagger) -> None:
    texts = ["我喜欢北京" * 45] * 12 + ["我，😱"]
    assert list(shipped.tag(texts))[-1] == shipped(texts[-1])

"""Dictionaries and given words against every segmentation of short texts, and in windows and batches."""

from copy import copy
from dataclasses import replace
from typing import Any

import models
import numpy as np
import oracles
import pytest
from constraint_oracle import check
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import matches

from tagger.errors import InputError
from tagger.tagging.confidence import RatedWord
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.matched_words import longest
from tagger.tagging.tagger import Tagger, load
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.windows import SECTION

CHARS = "我喜欢北京a1 。"
POS = ("A", "B")
WORDS = st.text("我喜欢北京a1。", min_size=1, max_size=3) | st.sampled_from(["我 喜", "a 1", "北京 欢"])
TEXTS = st.text(CHARS, max_size=5)
LONG = st.text(CHARS, min_size=30, max_size=150)


PATHS = [*map(models.head_model, models.HEADS), models.SEGMENTER]


@pytest.fixture(scope="module", params=PATHS, ids=[path.stem for path in PATHS])
def plain(request: pytest.FixtureRequest) -> Tagger:
    return load(request.param, presegmenter=NO_PRESEGMENTATION)


def with_small_windows(tagger: Tagger) -> Tagger:
    tagger = copy(tagger)
    tagger.rows = replace(tagger.rows, window=16, context=3)
    return tagger


TAGS = st.sampled_from([None, *POS])
WEIGHTS = st.sampled_from([None, 2.0]) | st.floats(0.5, 6)
ENTRIES = st.lists(
    st.tuples(WORDS, st.just("force"), TAGS).map(lambda values: Entry(*values))
    | st.tuples(WORDS, st.just("prefer"), TAGS, WEIGHTS).map(lambda values: Entry(*values))
    | st.tuples(WORDS, st.sampled_from(["forbid", "join"])).map(lambda values: Entry(*values))
    | st.sampled_from(["我|喜", "北|京", "京|欢|a"]).map(lambda word: Entry(word, "cut")),
    max_size=6,
)


@settings(max_examples=25)
@given(text=TEXTS, entries=ENTRIES)
@example(text="1a 1", entries=[Entry("1", "forbid"), Entry("a 1", "join")])
def test_a_dictionary_against_every_segmentation(plain: Tagger, text: str, entries: list[Entry]) -> None:
    check(plain, text, entries, [])


MARKS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), TAGS).map(lambda v: KnownWord(v[0], v[0] + v[1], v[2]))
    | st.tuples(st.integers(1, 4), st.booleans()).map(lambda v: KnownBoundary(*v)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25)
@given(text=TEXTS, entries=ENTRIES, marks=MARKS)
@example(text="1我 喜", entries=[Entry("我 喜", "join")], marks=[KnownWord(0, 2, None)])
@example(text="1我  喜", entries=[Entry("我  喜", "join")], marks=[KnownBoundary(4, True)])
def test_given_words_against_every_segmentation(
    plain: Tagger, text: str, entries: list[Entry], marks: list[KnownWord | KnownBoundary]
) -> None:
    if not plain.model.scheme.pos:
        marks = [mark._replace(pos=None) if isinstance(mark, KnownWord) else mark for mark in marks]
    try:
        plain(text, known=marks)
    except InputError:  # outside the text, around whitespace, or at odds with each other
        return
    answer = check(plain, text, entries, marks)
    spans = {(word.start, word.end): word.pos for word in answer.words}
    for mark in marks:
        if isinstance(mark, KnownWord):
            assert spans[mark.start, mark.end] == (mark.pos or spans[mark.start, mark.end])
        else:
            assert mark.cut != any(start < mark.at < end for start, end in spans)


@settings(max_examples=8)
@given(texts=st.lists(LONG, max_size=4), words=st.lists(WORDS, min_size=1, max_size=5), kind=st.sampled_from("fpj"))
def test_forced_words_come_out_everywhere_in_windows_too(
    plain: Tagger, texts: list[str], words: list[str], kind: str
) -> None:
    long = "喜欢北京" * 6  # longer than a window
    texts = [*texts, "我" * 9 + long + "我" * 20, long]
    strength: Any = {"f": "force", "p": "prefer", "j": "join"}[kind]
    tagger = with_small_windows(plain.with_dictionary(Dictionary([long, *words]), Dictionary([Entry("a", strength)])))
    answers = list(tagger.tag(texts))
    assert answers == [tagger(text) for text in texts]
    for text, answer in zip(texts, answers, strict=True):
        assert answer.text == text
        assert answer.fault() is None
        spans = {(word.start, word.end) for word in answer.words}
        forced = {long, *words} - {"a"} | ({"a"} if kind == "f" else set())
        assert spans >= oracles.longest(matches(text, forced))


@settings(max_examples=8)
@given(texts=st.lists(st.text(CHARS, max_size=60), max_size=5))
def test_what_does_not_match_changes_nothing(plain: Tagger, texts: list[str]) -> None:
    kinds = [Entry("不在", "prefer", "A"), Entry("不在", "forbid"), Entry("不|在", "cut"), Entry("在 不", "join")]
    plain = with_small_windows(plain)
    tagger = plain.with_dictionary(*(Dictionary([entry]) for entry in kinds), Dictionary(["不在", "b"]), Dictionary())
    assert list(tagger.tag(texts)) == list(plain.tag(texts))
    assert list(tagger.tag(texts, known=[()] * len(texts))) == list(plain.tag(texts))


@settings(max_examples=8)
@given(text=LONG, entries=ENTRIES)
def test_a_text_with_a_dictionary_is_the_same_among_others(plain: Tagger, text: str, entries: list[Entry]) -> None:
    tagger = plain.with_dictionary(Dictionary(entries))
    alone = tagger(text)
    assert list(tagger.tag(["北京" * 9, text, "", "a" * 40])) == [
        tagger("北京" * 9), alone, tagger(""), tagger("a" * 40)
    ]  # fmt: skip


def test_a_dictionary_goes_before_runs_and_a_later_one_before_an_earlier_one(small_tagger: Tagger) -> None:
    text = "iPhone15 卖"
    assert small_tagger(text).forms[0] == "iPhone15"
    assert small_tagger.with_dictionary(Dictionary(["iPhone"]))(text).forms[:2] == ("iPhone", "15")
    assert small_tagger.with_dictionary(Dictionary(["Phone"]))(text).forms[0] == "iPhone15"
    dictionaries = Dictionary([Entry("北京", "forbid")]), Dictionary(["北京"])
    assert "北京" in small_tagger.with_dictionary(*dictionaries)("在北京天").forms
    assert "北京" not in small_tagger.with_dictionary(*reversed(dictionaries))("在北京天").forms


def test_tags_that_a_model_does_not_have_are_named_and_left_to_it(small_tagger: Tagger) -> None:
    tagger = small_tagger.with_dictionary(Dictionary([Entry("北京", "force", "eng"), Entry("今天", "force", "v")]))
    assert tagger.unknown_tags == ("eng",)
    words = {word.form: word.pos for word in tagger("今天北京").words}
    assert words["今天"] == "VERB"
    assert words["北京"] in small_tagger.model.scheme.pos


def test_a_word_across_the_end_of_a_section_is_not_found(plain: Tagger) -> None:
    """A line of more than SECTION code points is several rows, and no word of any kind crosses them."""
    text = "我" * (SECTION - 1) + "北京" * 2
    answer = plain.with_dictionary(Dictionary(["北京"]))(text)
    assert [word.form for word in answer.words if word.start >= SECTION + 1] == ["北京"]
    assert not any(word.start < SECTION < word.end for word in answer.words)
    with pytest.raises(InputError, match="two sections of a long text"):
        plain(text, known=[KnownWord(SECTION - 1, SECTION + 1)])
    assert plain(text, known=[KnownWord(len(text) - 2, len(text))]).words[-1].form == "北京"


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([KnownWord(2, 2)], "expected a word within a text of 5"),
        ([KnownWord(-1, 2)], "expected a word within a text of 5"),
        ([KnownWord(3, 6)], "expected a word within a text of 5"),
        ([KnownWord(1, 3)], "without whitespace around it"),
        ([KnownWord(0, 1, "NOPE")], "expected a tag among NOUN, VERB, X"),
        ([KnownWord(0, 2, "NOUN"), KnownWord(0, 2, "VERB")], "got NOUN too"),
        ([KnownWord(3, 5), KnownBoundary(4)], "got a boundary inside a word"),
        ([KnownWord(3, 4), KnownWord(3, 5)], "got a boundary inside a word"),
        ([KnownBoundary(0)], "expected a place inside a text of 5"),
        ([KnownBoundary(5, False)], "expected a place inside"),
        ([KnownBoundary(2, False)], "got whitespace; give the word instead"),
    ],
)
def test_what_cannot_be_given_is_named(
    small_tagger: Tagger, marks: list[KnownWord | KnownBoundary], message: str
) -> None:
    with pytest.raises(InputError, match=rf"^{type(marks[-1]).__name__}\(.*\): .*{message}"):
        small_tagger("我喜 北京", known=marks)


def test_too_little_is_given(small_tagger: Tagger) -> None:
    with pytest.raises(InputError, match=r"expected annotations for every text"):
        list(small_tagger.tag(["我", "你"], known=[[]]))


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)), max_size=12))
def test_longest_is_one_after_the_other(pairs: list[tuple[int, int]]) -> None:
    spans = sorted({(start, start + size) for start, size in pairs})
    starts, ends = (np.array([span[i] for span in spans], np.int64) for i in (0, 1))
    kept = longest(starts, ends, 20)
    assert {spans[k] for k in kept} == oracles.longest(spans)
    assert kept.tolist() == sorted(kept)


def test_single_characters_to_prefer_change_nothing(plain: Tagger) -> None:
    text = "我喜欢北京a1。"
    assert plain.with_dictionary(Dictionary([Entry(char, "prefer") for char in text]))(text) == plain(text)


@given(st.text(CHARS, max_size=20), st.floats(30, 60))
@settings(max_examples=10)
def test_a_bonus_is_no_part_of_probabilities(plain: Tagger, text: str, weight: float) -> None:
    text = f"{text}。喜欢。"
    before, tags = plain.marginals(text), plain.model.scheme.pos or (None,)
    rated = []
    for tag in tags:
        preferring = plain.with_dictionary(Dictionary([Entry("喜欢", "prefer", tag, weight)]))
        [*_, word, _] = preferring(text, confidence=True).words
        assert isinstance(word, RatedWord)
        assert (word.form, word.pos) == ("喜欢", tag)
        rated.append(word)
        after = preferring.marginals(text)
        assert (after.tags == before.tags).all()
        assert (after.boundaries == before.boundaries).all()
    assert sum(word.probability for word in rated) == pytest.approx(rated[0].span_probability, rel=1e-4)

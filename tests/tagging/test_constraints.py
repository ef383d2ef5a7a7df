"""Dictionaries and given words against every segmentation of short texts, and in windows and batches."""

from copy import copy
from dataclasses import replace
from itertools import product
from typing import Any

import models
import numpy as np
import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import matches, segmentations, sequence_score, tags_of

from tagger.decoding.factored import FactoredDecoder
from tagger.errors import InputError
from tagger.tagging.confidence import RatedWord
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import WEIGHT, Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.matched_words import longest
from tagger.tagging.tagger import Tagger, load
from tagger.text.presegment import NO_PRESEGMENTATION
from tagger.text.scheme import Scheme
from tagger.text.sentence import WHITESPACE, Sentence
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


class Oracle:
    """The best answer by the definition of each strength, from all segmentations with all POS."""

    def __init__(self, tagger: Tagger, text: str, entries: list[Entry], marks: list[KnownWord | KnownBoundary]) -> None:
        self.text, self.model = text, tagger.model
        latest = {entry.word.replace("|", "") if entry.strength == "cut" else entry.word: entry for entry in entries}
        by_strength = {strength: [e for e in latest.values() if e.strength == strength] for strength in
               ("force", "prefer", "forbid", "join", "cut")}  # fmt: skip
        self.cut, self.join, self.tags = set[int](), set[int](), dict[tuple[int, int], str]()
        for mark in marks:
            if isinstance(mark, KnownWord):
                self._word(mark.start, mark.end, mark.pos)
            else:
                (self.cut if mark.cut else self.join).add(mark.at)
        fitting = [
            (a, b) for a, b in matches(text, {e.word for e in by_strength["force"]})
            if self.join.isdisjoint((a, b)) and self.cut.isdisjoint(range(a + 1, b))
        ]  # fmt: skip
        for start, end in oracles.longest(fitting):
            self._word(start, end, latest[text[start:end]].tag)
        decided = self.cut | self.join
        for entry in by_strength["cut"]:
            surface = entry.word.replace("|", "")
            for start, _ in matches(text, [surface]):
                at = start
                for part in entry.word.split("|")[:-1]:
                    at += len(part)
                    if at not in decided:
                        self.cut.add(at)
        for entry in by_strength["join"]:
            for start, end in matches(text, [entry.word]):
                self.join |= set(range(start + 1, end)) - decided - self.cut
        while loose := {at for at in self.join - decided if self._is_loose(at)}:
            self.join -= loose
        self.prefer = {
            span: latest[text[slice(*span)]] for span in matches(text, {e.word for e in by_strength["prefer"]})
        }
        self.prefer = {(a, b): entry for (a, b), entry in self.prefer.items() if not self._is_nested(a, b)}
        self.forbid = set(matches(text, {e.word for e in by_strength["forbid"]}))
        self.whole = {
            (a, b) for b in range(len(text) + 1) for a in range(b)
            if self.join.issuperset(range(a + 1, b)) or (a, b) in self.prefer
        }  # fmt: skip

    def _is_loose(self, at: int) -> bool:
        """Whether a join holds whitespace on one side that is not inside a word on its other side."""
        return (self.text[at] in WHITESPACE and at + 1 not in self.join) or (
            self.text[at - 1] in WHITESPACE and at - 1 not in self.join
        )

    def _is_nested(self, start: int, end: int) -> bool:
        """Whether a longer word that is possible and has the same weight lies around a word to prefer."""
        return any(
            entry.weight == self.prefer[start, end].weight
            and (a <= start and end <= b and (a, b) != (start, end))
            and self.join.isdisjoint((a, b))
            and self.cut.isdisjoint(range(a + 1, b))
            for (a, b), entry in self.prefer.items()
        )

    def _word(self, start: int, end: int, tag: str | None) -> None:
        self.cut |= {start, end} - {0, len(self.text)}
        self.join |= set(range(start + 1, end))
        if tag is not None and self.model.scheme.pos:
            self.tags.setdefault((start, end), tag)

    def fits(self, words: list[tuple[int, int]]) -> bool:
        inside = {at for start, end in words for at in range(start + 1, end)}
        return self.join <= inside and self.cut.isdisjoint(inside)

    def best(self) -> list[list[tuple[int, int]]]:
        """The segmentations with the fewest forbidden words."""
        ways = [w for w in segmentations([c in WHITESPACE for c in self.text], whole=self.whole) if self.fits(w)]
        n_forbidden = [len(self.forbid.intersection(way)) for way in ways]
        fewest = min(n_forbidden, default=0)
        return [way for way, n in zip(ways, n_forbidden, strict=True) if n == fewest]

    def score(self, words: list[tuple[int, int, int]], scores: Any) -> float:
        """Of a path, its tags and bonuses; whitespace in a word that is kept whole costs nothing."""
        pos, total = self.model.scheme.pos, 0.0
        for start, end, number in words:
            entry = self.prefer.get((start, end))
            if entry and (entry.tag is None or not pos or entry.tag == pos[number]):
                total += bonus(entry)
        decoder = self.model.decoder
        tags = tags_of(self.model.scheme, len(self.text), words)
        return total + sequence_score(self.model.scheme, scores, decoder.transitions, tags)


def bonus(entry: Entry) -> float:
    """What an entry to prefer adds to the score of an answer with its word."""
    return (WEIGHT if entry.weight is None else entry.weight) * (len(entry.word) - 1)


def scored(tagger: Tagger, text: str) -> Any:
    codes = np.array([[ord(char) for char in text]], np.int32)
    scores = tagger.model.scores(codes, np.array([len(text)], np.int32))[0].astype(np.float64)
    middle = tagger.model.decoder.blocks.middle
    for at, char in enumerate(text):
        if char in WHITESPACE:
            scores[at, middle] = 0
    return scores


def check(tagger: Tagger, text: str, entries: list[Entry], marks: list[KnownWord | KnownBoundary]) -> Sentence:
    answer = tagger.with_dictionary(Dictionary(entries))(text, known=marks)
    assert answer.text == text
    assert answer.fault() is None
    if not text:
        return answer
    oracle = Oracle(tagger, text, entries, marks)
    pos, scores, decoder = tagger.model.scheme.pos, scored(tagger, text), tagger.model.decoder
    ways = oracle.best()
    words = [(word.start, word.end) for word in answer.words]
    assert words in ways
    for span, tag in oracle.tags.items():
        assert next(word.pos for word in answer.words if (word.start, word.end) == span) == tag
    if isinstance(decoder, FactoredDecoder):
        plain = Scheme()

        def total(way: list[tuple[int, int]]) -> float:
            bonuses = sum(bonus(oracle.prefer[span]) for span in way if span in oracle.prefer)
            tags = tags_of(plain, len(text), [(a, b, 0) for a, b in way])
            return bonuses + sequence_score(plain, scores, decoder.transitions, tags)

        assert total(words) == pytest.approx(max(map(total, ways)), abs=1e-3)
        for word in answer.words:
            span, entry = (word.start, word.end), oracle.prefer.get((word.start, word.end))
            sums = [scores[span[0], 5 + p] + scores[span[1] - 1, 5 + len(pos) + p] for p in range(len(pos))]
            if entry and entry.tag:
                sums[pos.index(entry.tag)] += bonus(entry)
            assert span in oracle.tags or sums[pos.index(str(word.pos))] == pytest.approx(max(sums), abs=1e-3)
        return answer
    numbers = range(max(1, len(pos)))
    totals = [
        oracle.score(tagged, scores)
        for way in ways
        for tagged in (
            [(*span, p) for span, p in zip(way, ids, strict=True)] for ids in product(numbers, repeat=len(way))
        )
        if all(pos[p] == oracle.tags.get((a, b), pos[p]) for a, b, p in tagged if pos)
    ]
    tagged_words = [(word.start, word.end, pos.index(str(word.pos)) if pos else 0) for word in answer.words]
    assert oracle.score(tagged_words, scores) == pytest.approx(max(totals), abs=1e-3)
    return answer


@settings(max_examples=25)
@given(text=TEXTS, entries=ENTRIES)
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
    tagger = small_tagger.with_dictionary(Dictionary([Entry("北京", "force", "ns"), Entry("今天", "force", "VERB")]))
    assert tagger.unknown_tags == ("ns",)
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

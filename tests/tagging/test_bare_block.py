"""Format characters: a table of texts and their words, and laws for every way to tag a text that holds some."""

import csv
import re
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import HARD, segmented

from tagger.errors import InputError
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.entries import Entry
from tagger.tagging.known import KnownBoundary, KnownWord
from tagger.tagging.tagger import Tagger, load
from tagger.text.characters import code_points
from tagger.text.clusters import inner_mask
from tagger.text.format_characters import without_format
from tagger.text.sentence import WHITESPACE, Sentence

with (Path(__file__).parent / "cases/format_characters.tsv").open(encoding="utf-8") as file:
    CASES = [(row["text"], row["words"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
FORMAT = "\u200b\u200c\u200d\ufeff\u00ad\u2060\u200e\u202a\u2069\ufe0f\U000e0100\0\x1f"
CHARS = f"我喜欢北京臺灣著a1 \n。，😱👩\u0301\u0e01\u0e47\u1100\u1161{FORMAT}"
TEXTS = st.text(st.sampled_from(CHARS), max_size=20) | st.sampled_from(HARD)
DICTIONARY = Dictionary(
    [
        Entry("喜\u200b欢北", "force"),
        Entry("京臺", "prefer", None, 3),
        Entry("我喜", "forbid"),
        Entry("a 1", "join"),
        Entry("北|京", "cut"),
    ]
)


@pytest.fixture(scope="module", params=["zh-small", "zh-base"])
def shipped(request: pytest.FixtureRequest) -> Tagger:
    return load(request.param)


@pytest.fixture(scope="module", params=["without a dictionary", "with a dictionary"])
def random_tagger(request: pytest.FixtureRequest) -> Tagger:
    if request.param == "without a dictionary":
        return load(models.SMALL)
    return load(models.head_model("factored"), dictionary=DICTIONARY)


def unescaped(text: str) -> str:
    """`\\u200b`, `\\x00` and `\\U000e0100` as the characters that they stand for."""
    pattern = r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))"
    return re.sub(pattern, lambda match: chr(int(match[match.lastindex or 0], 16)), text)


@pytest.mark.parametrize(("text", "words"), CASES, ids=[text for text, _ in CASES])
def test_words_of_shipped_models(shipped: Tagger, text: str, words: str) -> None:
    """The table gives the tags that are certain."""
    wanted = [re.fullmatch(r"(.+?)(?:/([A-Z]+))?", word) for word in words.split(" ")]
    found = shipped(unescaped(text)).words
    assert [word.form for word in found] == [unescaped(match[1]) for match in wanted if match]
    for word, match in zip(found, wanted, strict=True):
        assert match
        assert match[2] in (None, word.pos)


def bare_words(words: Any) -> list[tuple[str, Any]]:
    """What words are without format characters, and whatever else is said of them; those of nothing else are left
    out."""
    forms = [(without_format(word.form), word) for word in words]
    return [
        (form, word.pos, round(getattr(word, "probability", 1), 4), round(getattr(word, "span_probability", 1), 4))
        for form, word in forms
        if form
    ]


@given(TEXTS)
def test_words_are_those_of_the_text_without(random_tagger: Tagger, text: str) -> None:
    sentence, bare = random_tagger(text), without_format(text)
    assert sentence.fault() is None
    assert sentence.text == text
    assert bare_words(sentence.words) == bare_words(random_tagger(bare).words)


@given(TEXTS)
def test_probabilities_searched_words_and_alternatives_too(random_tagger: Tagger, text: str) -> None:
    bare = without_format(text)
    assert random_tagger(text, confidence=True).words == random_tagger(text).words
    for found, wanted in (
        (random_tagger(text, confidence=True).words, random_tagger(bare, confidence=True).words),
        (random_tagger.search_words(text, 0.05), random_tagger.search_words(bare, 0.05)),
    ):
        assert bare_words(found) == bare_words(wanted)
    alternatives = random_tagger.alternatives(text, 3)
    for found_reading, wanted_reading in zip(alternatives, random_tagger.alternatives(bare, 3), strict=True):
        assert found_reading.sentence.fault() is None
        assert found_reading[1:] == pytest.approx(wanted_reading[1:])
        assert bare_words(found_reading.sentence.words) == bare_words(wanted_reading.sentence.words)


@given(TEXTS)
def test_marginals_are_those_of_words(random_tagger: Tagger, text: str) -> None:
    marginals, bare = random_tagger.marginals(text), random_tagger.marginals(without_format(text))
    assert marginals.tags.sum(1) == pytest.approx(1)
    words = random_tagger.search_words(text, 1e-6)
    begins = np.zeros(len(text) + 1)
    for word in words:
        begins[word.start] += word.span_probability
    starting = marginals.tags[:, random_tagger.model.scheme.blocks.starting].sum(1)
    outside = marginals.tags[:, random_tagger.model.scheme.blocks.outside].sum(1)
    assert starting - outside == pytest.approx(begins[:-1], abs=1e-3)
    assert marginals.boundaries.sum() >= bare.boundaries.sum() - 1e-6


@given(TEXTS)
def test_no_word_begins_inside_a_cluster(random_tagger: Tagger, text: str) -> None:
    inner = inner_mask(code_points(text))
    starts = [word.start for word in random_tagger(text).words]
    lone = [start for start in starts if start and text[start - 1] in WHITESPACE]
    assert inner is None or not inner[sorted(set(starts) - set(lone))].any()


@given(st.lists(TEXTS, max_size=4))
def test_windows_and_batches_change_nothing(random_tagger: Tagger, texts: list[str]) -> None:
    tagger = copy(random_tagger)
    tagger.rows = replace(tagger.rows, window=16, context=3)
    answers = list(tagger.tag(texts))
    assert answers == [tagger(text) for text in texts]
    assert [bare_words(answer.words) for answer in answers] == [
        bare_words(tagger(without_format(text)).words) for text in texts
    ]


@given(st.data())
def test_known_words_stay_what_they_are(random_tagger: Tagger, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from(f"我喜欢a {FORMAT}"), max_size=12))
    pos = st.sampled_from([*random_tagger.model.scheme.pos, None])
    sentence: Sentence = data.draw(segmented(text, pos))
    words = [word for word in sentence.words if WHITESPACE.isdisjoint(word.form)]
    chosen = data.draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    found = {
        (word.start, word.end): word.pos
        for word in random_tagger(text, known=[KnownWord(*w[2:], w.pos) for w in chosen]).words
    }
    for word in chosen:
        assert (word.start, word.end) in found
        assert word.pos is None or not without_format(word.form) or found[word.start, word.end] == word.pos


def test_known_boundaries_among_format_characters(random_tagger: Tagger) -> None:
    text = "我\u200b\ufeff们"
    assert random_tagger(text, known=[KnownBoundary(1), KnownBoundary(2, False)]).forms == ("我", "\u200b\ufeff们")
    assert random_tagger(text, known=[KnownBoundary(2)]).forms == ("我\u200b", "\ufeff们")
    assert random_tagger(text, known=[KnownBoundary(1), KnownBoundary(3)]).forms == ("我", "\u200b\ufeff", "们")
    assert random_tagger(text, known=[KnownBoundary(i, False) for i in (1, 2, 3)]).forms == (text,)
    assert random_tagger("我 \u200b们", known=[KnownBoundary(3)]).forms == ("我", "\u200b", "们")


def test_an_entry_matches_text_with_format_characters_inside(random_tagger: Tagger) -> None:
    with pytest.raises(InputError, match="expected a word"):
        Dictionary(["\u200b"])
    for entry, text in (("北京喜欢", "我北\u200b京喜\u2060欢他"), ("北\u200b京喜欢", "我北京喜欢他")):
        tagger = random_tagger.with_dictionary(Dictionary([entry]))
        assert without_format(tagger(text).forms[1]) == "北京喜欢"

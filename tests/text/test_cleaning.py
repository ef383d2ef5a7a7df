"""Cleaned text says what it stands for: nothing is lost but white space, and what needs no cleaning stays as it is."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagger
from tagger.text.block import UNITS, Unit
from tagger.text.cleaning import clean, paragraph_ends, paragraphs
from tagger.text.sentence import WHITESPACE, Sentence

CASES = (Path(__file__).parent / "cases" / "cleaning.tsv").read_text(encoding="utf-8").splitlines()
PIECES = ["我", "北京", "。", "，", "a", "B1", " ", "\u00a0", "\u3000", "\t", "\n", "\r\n", "\n\n", "&", ";", "😀"]
ENTITIES = ["&amp;", "&#20013;", "&nbsp;", "&#10;", "&NotEqualTilde;", "&lt;", "&bad;", "&#0;"]
PASTED = st.lists(st.sampled_from(PIECES + ENTITIES), max_size=30).map("".join)
SPACE_ENTITIES = re.compile("&nbsp;|&#10;")


def unescape(text: str) -> str:
    return re.sub(r"\\(?:u[0-9a-f]{4}|[nrt])", lambda match: match[0].encode().decode("unicode_escape"), text)


def without_space(text: str) -> str:
    return "".join(char for char in text if char not in WHITESPACE)


@pytest.mark.parametrize(("text", "wanted"), [line.split("\t") for line in CASES if not line.startswith("#")])
def test_cleaned_texts(text: str, wanted: str) -> None:
    assert clean(unescape(text)).text == unescape(wanted)


@given(PASTED)
def test_a_cleaned_text_stands_for_all_but_white_space(text: str) -> None:
    found = clean(text)
    end, gaps = 0, []
    for char, (start, stop) in zip(found.text, zip(found.starts, found.ends, strict=True), strict=True):
        raw = text[start:stop]
        assert char in html.unescape(raw) or (char == " " and "\n" in html.unescape(raw))
        if stop != end:  # else a further code point of the same entity
            assert end <= start < stop <= len(text)
            gaps.append(text[end:start])
        end = stop
    assert not without_space(SPACE_ENTITIES.sub(" ", "".join([*gaps, text[end:]])))


@given(
    st.text(
        st.sampled_from("我北京。，aB1&;😀\u3000") | st.characters(exclude_categories=["Cs", "Z", "Cc"]), max_size=30
    )
)
def test_text_that_needs_no_cleaning_stays(text: str) -> None:
    text = text.replace(";", "")
    found = clean(text)
    assert found.text == text
    assert (found.starts.tolist(), found.ends.tolist()) == (list(range(len(text))), list(range(1, len(text) + 1)))


@given(PASTED)
def test_paragraphs_are_the_text_and_have_no_lines(text: str) -> None:
    found = paragraphs(text.split("\n"))
    assert "\n".join(found) == text
    for paragraph in found:
        assert "\n" not in clean(paragraph).text
    assert [clean(paragraph).text for paragraph in found] == clean(text).text.split("\n")


def test_a_paragraph_has_a_longest_length() -> None:
    lines = ["一二三四五六七八九十" * 100] * 70
    assert [number for number, is_end in enumerate(paragraph_ends(lines), 1) if is_end] == [65, 70]


@pytest.mark.parametrize("unit", UNITS)
def test_words_have_their_places_in_the_original(unit: Unit) -> None:
    original = "😀我 喜 欢北\n京&amp;上海。"
    cleaned = tagger.clean(original)
    assert cleaned.text == "😀我喜欢北京&上海。"
    sentence = Sentence.from_forms(["😀", "我", "喜欢", "北京", "&", "上海", "。"])
    raw = ["😀", "我", "喜 欢", "北\n京", "&amp;", "上海", "。"]
    assert [original[word.start : word.end] for word in cleaned.words(sentence)] == raw
    assert [word.form for word in cleaned.words(sentence)] == list(sentence.forms)
    data = original.encode({"byte": "utf-8", "utf16": "utf-16-le", "codepoint": "utf-32-le"}[unit])
    size = {"byte": 1, "utf16": 2, "codepoint": 4}[unit]
    for (start, end), wanted in zip(cleaned.offsets(sentence, unit), raw, strict=True):
        assert data[start * size : end * size] == wanted.encode({1: "utf-8", 2: "utf-16-le", 4: "utf-32-le"}[size])

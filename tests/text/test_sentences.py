"""Sentences: a table of texts and their sentences, and laws for any text. In the table, \\n and \\r are escaped."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagger
from tagger.text.sentences import sentence_ends, sentences

LINES = (Path(__file__).parent / "cases/sentences.tsv").read_text(encoding="utf-8").split("\n")[1:-1]
CASES = [line.replace("\\n", "\n").replace("\\r", "\r").split("\t") for line in LINES]
TEXTS = st.text(
    st.sampled_from("我他说一a1B.．。！？!?…｡；，“”\"'「」（）()[]《》 \n\r\u3000😀\ufe0f\u0301/:=#@"), max_size=60
)


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=[text for text, _ in CASES])
def test_sentences_of_a_text(text: str, wanted: str) -> None:
    assert sentences(text) == wanted.split("|")


@given(TEXTS | st.text(max_size=60))
def test_sentences_join_to_the_text(text: str) -> None:
    found = tagger.sentences(text)
    assert "".join(found) == text
    assert all(found)
    assert sentence_ends(text)[-1:] == ([len(text)] if text else [])
    assert all(sentence.strip() for sentence in found) or not text.strip()


@given(TEXTS)
def test_lines_are_split_alone(text: str) -> None:
    """A line break ends a sentence whatever is around it."""
    assert [part.strip() for part in sentences(f"{text}\n我来") if part.strip()] == [
        *(part.strip() for part in sentences(text) if part.strip()),
        "我来",
    ]


def test_an_empty_text_has_none() -> None:
    assert sentences("") == []


def test_a_long_text_takes_time_in_proportion_to_its_length() -> None:
    for text in ('"我。' * 20_000, "（" * 50_000, " " * 100_000 + "。", ".a" * 50_000, "我……" * 30_000, "'" * 50_000):
        assert "".join(sentences(text)) == text

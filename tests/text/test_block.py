from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.text.block import Block, Spans, widths
from tagger.text.sentence import Sentence
from tagger.text.windows import SECTION

CHARS = st.sampled_from("我a é\u3000\n\r😀𠮷\0\u2028") | st.characters() | st.characters(categories=["Cs"])
TEXTS = st.lists(st.text(CHARS, max_size=30), max_size=8)


in_sections = pytest.mark.parametrize("section", [8, SECTION])


def texts_of(block: Block) -> list[str]:
    texts, text = [], ""
    for start, length, last in zip(block.starts, block.lengths, block.lasts, strict=True):
        text += block.text[start : start + length]
        assert block.text[start + length] == "\n"
        if last:
            texts.append(text)
            text = ""
    return texts


@in_sections
@given(TEXTS)
def test_a_block_holds_its_texts(section: int, texts: list[str]) -> None:
    block = Block.of(texts, section=section)
    assert block.lengths.max(initial=0) <= section
    assert texts_of(block) == texts
    assert block.n_texts == len(texts)
    assert "".join(map(chr, block.codes)) == block.text


@in_sections
@given(st.text(CHARS, max_size=40))
def test_lines_are_texts(section: int, text: str) -> None:
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    block = Block.of_lines(text, section=section)
    assert texts_of(block) == lines
    again = Block.of(lines, section=section)
    assert (block.text, block.lengths.tolist()) == (again.text, again.lengths.tolist())


def test_no_text_and_empty_texts() -> None:
    assert Block.of_lines("").n_texts == Block.of([]).n_texts == 0
    assert Block.of_lines("\n\n").n_texts == 2
    assert Block.of_lines("a").text == Block.of_lines("a\n").text == "a\n"
    none = np.zeros(0, np.int64)
    assert Spans.of(Block.of([]), none, none, none).sentences([], [None]) == []
    assert Spans.of(Block.of(["", ""]), none, none, none).sentences(["", ""], [None]) == [Sentence("", ())] * 2


@in_sections
@given(TEXTS, st.data())
def test_words_lie_in_their_texts_whatever_counts_them(section: int, texts: list[str], data: Any) -> None:
    block = Block.of(texts, section=section)
    inside = np.ones(len(block.codes), bool)
    inside[block.starts + block.lengths] = False
    starts = np.flatnonzero(inside)  # every code point a word, or some of them
    keep = data.draw(st.lists(st.booleans(), min_size=len(starts), max_size=len(starts)))
    starts = starts[np.array(keep, bool)]
    spans = Spans.of(block, starts, starts + 1, np.zeros(len(starts), np.intp))
    sentences = spans.sentences(texts, ["X"])
    for sentence in sentences:
        assert all(sentence.text[word.start : word.end] == word.form for word in sentence.words)
    assert sum(len(sentence.words) for sentence in sentences) == len(starts)
    words = [(sentence.text, word) for sentence in sentences for word in sentence.words]
    for unit, size in (
        ("byte", lambda part: len(part.encode("utf-8", "surrogatepass"))),
        ("utf16", lambda part: len(part.encode("utf-16-le", "surrogatepass")) // 2),
        ("codepoint", len),
    ):
        found = zip(*(column.tolist() for column in spans.offsets(unit)), strict=True)  # type: ignore[arg-type]
        assert list(found) == [(size(text[: word.start]), size(text[: word.end])) for text, word in words]


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(InputError, match="expected offsets in codepoint, byte, utf16, got 'char'"):
        widths(np.zeros(1, np.int32), "char")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"expected a text \(str\), got bytes"):
        Block.of([b"a"])  # type: ignore[list-item]

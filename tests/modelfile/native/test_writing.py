"""Words written by the library are what Python writes."""

from collections.abc import Sequence

import numpy as np
import pytest

from tagger.bulk import json_lines, word_lines
from tagger.bulk.formats import FORMATS
from tagger.bulk.tagged import TaggedTexts
from tagger.errors import InputError
from tagger.modelfile.native.library import Library
from tagger.text.block import Block, Spans
from tagger.text.sentence import WHITESPACE

TEXTS = (
    "我喜欢北京。", "", " 两 个\u3000词 ", 'q"u\\o\x08\x0c\x1f\x7f/', "😀é\u07ff\u0800\uffff\U0010ffff\u2028", "x" * 20,
)  # fmt: skip
POS = ("NOUN", "动词")


def random_words(texts: Sequence[str], section: int, *, some: bool) -> TaggedTexts:
    """Words of one to three characters without whitespace; `some` of them are left out."""
    generator, block = np.random.default_rng(4), Block.of(texts, section=section)
    starts, ends = [], []
    for first, length in zip(block.starts.tolist(), block.lengths.tolist(), strict=True):
        start = first
        for end in range(first + 1, first + length + 1):
            is_last = end == first + length or block.text[end] in WHITESPACE
            if block.text[end - 1] in WHITESPACE:
                start = end
            elif is_last or end - start == generator.integers(1, 4):
                starts.append(start), ends.append(end)
                start = end
    pos = generator.integers(0, 2, len(starts))
    spans = Spans.of(block, np.array(starts, np.int64), np.array(ends, np.int64), pos)
    return TaggedTexts(spans.where(pos > 0) if some else spans, texts, POS)


@pytest.mark.parametrize("format", ["slash", "segmented", "jsonl"])
@pytest.mark.parametrize("section", [4, 1000])
@pytest.mark.parametrize("some", [False, True])
def test_the_library_writes_the_same_bytes(
    library: Library, monkeypatch: pytest.MonkeyPatch, format: str, section: int, some: bool
) -> None:
    for texts in (TEXTS, (), ("",)):
        tagged, answers = random_words(texts, section, some=some), []
        for chosen in (None, library):
            monkeypatch.setattr(word_lines, "wanted_library", lambda chosen=chosen: chosen)
            monkeypatch.setattr(json_lines, "wanted_library", lambda chosen=chosen: chosen)
            answers.append(FORMATS[format].write(tagged))
        assert answers[1] == answers[0]


def test_lone_surrogates_are_left_to_python(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_lines, "wanted_library", lambda: library)
    monkeypatch.setattr(json_lines, "wanted_library", lambda: library)
    tagged = random_words(["半\ud83d个"], 1000, some=False)
    assert b"\\ud83d" in FORMATS["jsonl"].write(tagged)
    with pytest.raises(InputError, match="expected text that UTF-8 can hold"):
        FORMATS["slash"].write(tagged)

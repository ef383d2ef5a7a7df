from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.windows import seam, section_end, sections, windows

TEXTS = st.text(st.sampled_from("我们a1。！.…”） ,，\n\t"), max_size=120)


@given(TEXTS)
def test_sections_join_to_the_text_and_are_bounded(text: str) -> None:
    rows = sections(text, section=16)
    assert "".join(rows) == text
    assert all(len(row) <= 16 for row in rows)
    assert len(text) > 16 or rows == [text]


@given(TEXTS, st.integers(0, 40))
def test_a_section_depends_on_nothing_after_it_but_that_more_follows(text: str, start: int) -> None:
    start = min(start, len(text))
    end = section_end(text, start, section=16)
    seen = text[start : start + 17]  # a reader that has a section and one code point more
    assert section_end(seen, section=16) == end - start


def test_sections_end_at_sentences_then_commas_then_anywhere() -> None:
    assert sections("一" * 9 + "。”" + "一" * 9, section=16) == ["一" * 9 + "。”", "一" * 9]
    assert sections("一" * 9 + "，一" + "一" * 9, section=16) == ["一" * 9 + "，", "一" * 10]
    assert sections("一" * 20, section=16) == ["一" * 16, "一" * 4]


@given(TEXTS, st.data())
def test_windows_cover_a_row_and_allow_for_joined_characters(text: str, data: Any) -> None:
    joined = np.array(data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text))), bool)
    found = windows(text, 0, len(text), joined, window=12, context=2)
    assert found[0].start == 0
    assert found[-1].end == len(text)
    assert not found[-1].overlaps
    assert len(text) > 12 or len(found) == 1
    for before, after in pairwise(found):
        assert before.end - before.start <= 12
        assert after.start == (before.end - 4 if before.overlaps else before.end)
        assert after.start > before.start
        assert before.overlaps or not joined[after.start]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=9))
def test_the_seam_is_the_nearest_place_where_both_begin(pairs: list[tuple[bool, bool]]) -> None:
    left, right = (np.array(column, bool) for column in zip(*pairs, strict=True))
    middle, place = len(pairs) // 2, seam(left, right)
    both = [i for i, pair in enumerate(pairs) if all(pair)]
    assert (
        place == middle if not both else (place in both and abs(place - middle) == min(abs(i - middle) for i in both))
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("我" * 9 + "．他来了" + "我" * 9, ["我" * 9 + "．", "他来了" + "我" * 9]),
        ("我" * 9 + "｡」他来了" + "我" * 9, ["我" * 9 + "｡」", "他来了" + "我" * 9]),
        ("我" * 9 + "。３．５元" + "我" * 9, ["我" * 9 + "。", "３．５元" + "我" * 9]),
    ],
)
def test_full_stops_of_every_width_end_sentences(text: str, rows: list[str]) -> None:
    assert sections(text, section=16) == rows

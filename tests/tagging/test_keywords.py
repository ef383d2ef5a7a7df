"""TF-IDF against its formula, written out; TextRank against the equations that its scores solve."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import InputError
from tagger.tagging.keywords import Keyword, text_rank, tf_idf

WORDS = st.sampled_from("甲乙丙丁戊")


def test_tf_idf_by_hand() -> None:
    documents = [["北京", "公园", "北京"], ["公园", "天气"], []]
    rare, common = log(4 / 2) + 1, log(4 / 3) + 1
    assert tf_idf(documents) == [
        [Keyword("北京", 2 / 3 * rare), Keyword("公园", 1 / 3 * common)],
        [Keyword("天气", 1 / 2 * rare), Keyword("公园", 1 / 2 * common)],
        [],
    ]
    assert tf_idf([]) == []
    assert [form for form, _ in tf_idf([["乙", "甲", "丙", "甲", "丙"]])[0]] == ["甲", "丙", "乙"]


def scores_by_definition(lines: list[list[str | None]], window: int) -> dict[str, float]:
    """Solves score = 0.15 + 0.85 × sum over neighbours of score / degree."""
    forms = sorted({form for line in lines for form in line if form})
    joined = np.zeros((len(forms), len(forms)))
    for line in lines:
        for i, first in enumerate(line):
            for k, second in enumerate(line):
                if first and second and first != second and abs(i - k) < window:
                    joined[forms.index(first), forms.index(second)] = 1
    shares = joined / np.maximum(joined.sum(0), 1)
    solved = np.linalg.solve(np.eye(len(forms)) - 0.85 * shares, np.full(len(forms), 0.15))
    return dict(zip(forms, solved.tolist(), strict=True))


@settings(max_examples=20)
@given(st.lists(st.lists(st.none() | WORDS, max_size=6), max_size=5), st.integers(2, 4))
def test_text_rank_solves_its_equations(lines: list[list[str | None]], window: int) -> None:
    found = text_rank(lines, window=window)
    assert dict(found) == pytest.approx(scores_by_definition(lines, window), abs=1e-4)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_text_rank_of_a_star() -> None:
    """The middle of a star of three rays is joined to all, and each ray to it alone."""
    found = text_rank([["中", "甲"], ["中", "乙"], ["丙", "中"], ["丁", None, "中"]])
    assert [form for form, _ in found] == ["中", "甲", "乙", "丙", "丁"]
    middle = (0.15 + 3 * 0.85 * 0.15) / (1 - 0.85**2)
    ray = 0.15 + 0.85 * middle / 3
    assert [score for _, score in found] == pytest.approx([middle, ray, ray, ray, 0.15], abs=1e-4)


def test_a_window_of_one_word_joins_nothing() -> None:
    with pytest.raises(InputError, match="expected a window of 2 words or more, got 1"):
        text_rank([["甲"]], window=1)

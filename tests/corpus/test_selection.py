"""Differences in cross-entropy against their definition, written out with dictionaries."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.selection import differences
from tagger.distill import select_similar
from tagger.errors import CorpusError

TEXTS = st.lists(st.text("我去北京。", min_size=1, max_size=8), min_size=1, max_size=4)


def naive(texts: list[str], like: list[str], other: list[str]) -> list[float]:
    n_chars = len(set("".join(texts + like + other))) + 1

    def log(corpus: list[str], left: str, right: str) -> float:
        joined = "\n" + "\n".join(corpus) + "\n"
        pairs, alone = Counter(itertools.pairwise(joined)), Counter(joined[1:])
        p = (alone[right] + 1) / (len(joined) - 1 + n_chars)
        kinds = sum(pair[0] == left for pair in pairs)
        total = sum(n for pair, n in pairs.items() if pair[0] == left)
        return math.log((pairs[left, right] + kinds * p) / (total + kinds) if total else p)

    found = []
    for text in texts:
        line = f"\n{text}\n"
        pairs = list(itertools.pairwise(line))
        found.append(sum(log(other, *pair) - log(like, *pair) for pair in pairs) / len(pairs))
    return found


@given(texts=TEXTS, like=TEXTS, other=TEXTS)
def test_differences_by_their_definition(texts: list[str], like: list[str], other: list[str]) -> None:
    assert differences(texts, like, other) == pytest.approx(naive(texts, like, other), abs=1e-9)


def test_what_is_like_a_corpus_is_taken_first() -> None:
    law, talk = [f"第{n}条规定如下。" for n in "一二三四五六七八"], [f"我{verb}你好吗？" for verb in "说看问听爱想叫找"]
    found = select_similar(law[4:] + talk[4:], 20, talk[:4], seed=1)
    assert set(found) <= set(talk)
    assert 20 <= sum(map(len, found)) < 27
    assert [len(text) for text in found] == sorted(map(len, found), reverse=True)
    assert np.unique(select_similar(law + talk, 10**6, talk, seed=1)).tolist() == sorted(law + talk)
    with pytest.raises(CorpusError, match="expected sentences that the raw text should be like, got none"):
        select_similar(law, 30, [], seed=1)

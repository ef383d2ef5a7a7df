"""Differences in cross-entropy against their definition, written out with dictionaries."""

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus.selection import differences

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

"""Ids of bigrams and kinds of words, found by the tables of an alphabet."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import ModelError
from tagger.learning.nets.embedding import Embedding
from tagger.text.alphabet import Alphabet
from tagger.text.characters import PAD, code_points


def test_hashed_bigrams_are_the_right_ones_or_unknown() -> None:
    generator = np.random.default_rng(0)
    pairs = {(int(a), int(b)) for a, b in generator.integers(15, 4000, (21_000, 2))}
    known, unknown = list(pairs)[:20_000], list(pairs)[20_000:]
    alphabet = Alphabet(tuple(range(0x4E00, 0x4E00 + 4000)), tuple(known))
    embedding = Embedding(alphabet, char_size=1, bigram_size=1, unknown_dropout=0)
    # The middle one of the three bigrams around two characters is theirs.
    assert embedding.bigram_ids(torch.tensor(known))[:, 1].tolist() == list(range(1, len(known) + 1))
    assert set(embedding.bigram_ids(torch.tensor(unknown))[:, 1].tolist()) == {0}


@settings(max_examples=15)  # each builds an alphabet's tables
@given(
    words=st.lists(st.text("我去北京", min_size=2, max_size=4), max_size=8, unique=True),
    texts=st.lists(st.text("我去北京好", max_size=7), min_size=1, max_size=4),
)
def test_kinds_are_those_of_the_words_that_begin_and_end_in_a_character(words: list[str], texts: list[str]) -> None:
    known = {word: kind for kind, word in enumerate(words, 1)}
    alphabet = Alphabet.fit(["我去北京"]).with_words([*known, "很好"], [*known.values(), 99])
    assert alphabet.forms == words  # 很 is unknown
    longest = max(map(len, words), default=1)
    embedding = Embedding(alphabet, char_size=1, bigram_size=0, unknown_dropout=0, word_size=2)
    assert (embedding.word is None) == (longest == 1)
    if embedding.word is None:
        return
    width = max(map(len, texts))
    ids = np.array([[*alphabet.ids(code_points(text)), *[PAD] * (width - len(text))] for text in texts])
    found = embedding.word_kinds(torch.from_numpy(ids).long().reshape(len(texts), width))
    for text, kinds in zip(texts, found.tolist(), strict=True):
        for at in range(len(text)):
            lengths = range(2, longest + 1)
            wanted = [
                known.get(part, 0)
                for n in lengths
                for part in (text[at : at + n], text[max(0, at + 1 - n) : at + 1])
                for part in [part if len(part) == n else ""]
            ]
            assert kinds[at] == wanted


def test_parts_are_put_side_by_side_or_added_up() -> None:
    alphabet = Alphabet.fit(["我去北京"], bigram_min_count=1).with_words(["北京"], [1])
    sizes = {"char_size": 6, "bigram_size": 3, "word_size": 6}
    apart, added = Embedding(alphabet, **sizes).eval(), Embedding(alphabet, combine="sum", **sizes).eval()
    added.copy_weights(apart)
    ids = torch.from_numpy(alphabet.ids(code_points("去北京"))).long()[None]
    char, left, right, word = apart(ids).split([6, 3, 3, 6], 2)
    assert (apart.size, added.size) == (18, 6)
    torch.testing.assert_close(added(ids), char + torch.cat([left, right], 2) + word)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"combine": "sum", "char_size": 6, "bigram_size": 6, "word_size": 6}, r"got 6, 6 and 2 \* 6; correct them"),
        ({"combine": "sum", "char_size": 6, "bigram_size": 3, "word_size": 5}, r"got 6, 5 and 2 \* 3; correct them"),
        ({"combine": "mean"}, "expected net.embedding.combine=concat or sum, got 'mean'"),
    ],
)
def test_parts_that_cannot_be_combined(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Embedding(Alphabet(()), **settings)

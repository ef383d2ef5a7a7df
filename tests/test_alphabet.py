import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tagger.alphabet import CLASSES, PAD, SPACE, Alphabet, class_table, code_points
from tagger.net import Embedding
from tagger.text import WHITESPACE

ALPHABET = Alphabet.fit(["我喜欢北京，北京！", "abc 123", "𠮷"], bigram_min_count=1)


def lookup(text: str) -> list[int]:
    ids: list[int] = ALPHABET.ids(code_points(text)).tolist()
    return ids


def test_full_width_and_half_width_are_one() -> None:
    for code in range(0xFF01, 0xFF5F):
        assert lookup(chr(code)) == lookup(chr(code - 0xFEE0))
    for code in range(0xFF61, 0xFFA0):
        assert lookup(chr(code)) == lookup(unicodedata.normalize("NFKC", chr(code)))
    assert len(set(lookup("abcABC123"))) == 7  # six known ones, one class of capitals


def test_all_whitespace_is_one_character() -> None:
    assert set(lookup("".join(WHITESPACE))) == {SPACE}
    assert lookup("\x1c\u200b") != [SPACE, SPACE]


CODES = st.integers(0, 0x10FFFF) | st.integers(0xD800, 0xDFFF) | st.integers(0xFF00, 0xFFEF)


@given(st.lists(CODES | st.sampled_from(ALPHABET.chars), min_size=1))
def test_tables_agree_with_the_rule_for_one_code_point(codes: list[int]) -> None:
    def rule(code: int) -> int:
        kind, _, target = unicodedata.decomposition(chr(code)).partition(" ")
        if kind in ("<wide>", "<narrow>") and (0xFF00 <= code <= 0xFFEF or code == 0x3000):
            return rule(int(target, 16))
        if code in ALPHABET.chars:
            return len(CLASSES) + ALPHABET.chars.index(code)
        return int(class_table()[code])

    found = ALPHABET.ids(np.array(codes, np.int32))
    assert found.tolist() == [rule(code) for code in codes]
    assert (found < ALPHABET.n_chars).all()


def test_no_character_is_padding() -> None:
    assert (ALPHABET.ids(np.arange(0x110000)) != PAD).all()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("漢㐀𠀀々〇", "Han"), ("あアｱ", "kana"), ("한ㄱ", "Hangul"), ("ÉZ", "Latin capital"), ("éz", "Latin small"),
        ("٣Ⅷ½９", "digit"), ("яא", "letter"), ("«。、", "punctuation"), ("€∑", "symbol"), ("\u0301", "mark"),
        ("😀☀\u200d\ufe0f🏽", "emoji"), ("\0\x7f\u202e\ufeff", "control"), ("\ud800\ue000\U0010ffff", "other"),
    ],
)  # fmt: skip
def test_classes(text: str, kind: str) -> None:
    nothing_known = Alphabet(())
    assert {CLASSES[i] for i in nothing_known.ids(code_points(text))} == {kind}


def test_rare_characters_and_bigrams_are_left_out() -> None:
    alphabet = Alphabet.fit(["ab", "ab", "c"], char_min_count=2, bigram_min_count=2)
    assert [chr(code) for code in alphabet.chars] == ["a", "b"]
    assert len(alphabet.bigrams) == 3  # padding a, ab, b padding
    assert Alphabet.fit(["abab"], bigram_min_count=0).bigrams == ()
    assert Alphabet.fit(["ａb", "a　b", "b"]) == Alphabet.fit(["ab", "a b", "b"])
    assert [chr(code) for code in Alphabet.fit(["ａb", "a b", "b"], char_min_count=2).chars] == ["b", "a"]


def test_hashed_bigrams_are_the_right_ones_or_unknown() -> None:
    generator = np.random.default_rng(0)
    pairs = {(int(a), int(b)) for a, b in generator.integers(15, 4000, (21_000, 2))}
    known, unknown = list(pairs)[:20_000], list(pairs)[20_000:]
    alphabet = Alphabet(tuple(range(0x4E00, 0x4E00 + 4000)), tuple(known))
    embedding = Embedding(alphabet, char_size=1, bigram_size=1, unknown_dropout=0)
    # The middle one of the three bigrams around two characters is theirs.
    rows = embedding.bigram_ids(torch.tensor(known))[:, 1]
    assert set(embedding.bigram_ids(torch.tensor(unknown))[:, 1].tolist()) == {0}
    found = rows > 0
    assert torch.equal(rows[found], torch.arange(1, len(known) + 1)[found])
    assert found.float().mean() > 0.95
    assert found[:1000].all()  # the most frequent ones come first

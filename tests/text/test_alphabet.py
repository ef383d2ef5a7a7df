import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.alphabet import Alphabet
from tagger.text.characters import CLASSES, PAD, SPACE, class_table, code_points
from tagger.text.pair_table import PairTable
from tagger.text.sentence import WHITESPACE

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


def test_a_table_of_pairs_is_small() -> None:
    generator = np.random.default_rng(0)
    known = list({(int(a), int(b)) for a, b in generator.integers(15, 4000, (20_000, 2))})
    alphabet = Alphabet(tuple(range(0x4E00, 0x4E00 + 4000)), tuple(known))
    assert len(alphabet.bigram_table.rows) < 4000 + 3 * len(known)


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(0, 20)), max_size=200))
def test_pairs_have_their_numbers_and_others_have_none(known: set[tuple[int, int]]) -> None:
    pairs = list(known)
    bases, lefts, rows = PairTable.of(pairs, 31, 21)
    numbers = {pair: number for number, pair in enumerate(pairs, 1)}
    for left in range(31):
        for right in range(21):
            slot = bases[left] + right
            found = rows[slot] if lefts[slot] == left else 0
            assert found == numbers.get((left, right), 0)


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(0, 20)), min_size=1, max_size=200))
def test_numbers_may_follow_the_slots(known: set[tuple[int, int]]) -> None:
    pairs = list(known)
    table = PairTable.of(pairs, 31, 21)
    ordered = table.in_order()
    assert (ordered.bases == table.bases).all()
    assert (ordered.lefts == table.lefts).all()
    assert (ordered.rows[ordered.is_taken] == np.arange(1, 1 + len(pairs))).all()
    assert (table.numbers(pairs) == np.arange(1, 1 + len(pairs))).all()
    assert sorted(ordered.numbers(pairs)) == [*range(1, 1 + len(pairs))]


@settings(max_examples=15)  # each builds an alphabet's tables
@given(words=st.lists(st.text("我去北京", min_size=2, max_size=4), max_size=8, unique=True))
def test_words_are_those_of_known_characters(words: list[str]) -> None:
    alphabet = Alphabet.fit(["我去北京"]).with_words([*words, "很好"], [*range(1, len(words) + 1), 99])
    assert alphabet.forms == words  # 很 is unknown
    other = Alphabet.fit(["好"]).with_words(["好好"], [1])
    theirs = ((alphabet.n_chars, alphabet.n_chars), 1)  # 好 comes after its own characters
    assert alphabet.merged(other).words == (alphabet.words or (theirs,))


def test_planes_that_the_table_takes_for_empty_have_no_characters() -> None:
    planes = [*range(0x40000, 0xE0000, 7), *range(0xF0000, 0x110000, 7)]
    assert {unicodedata.category(chr(code)) for code in planes} <= {"Cn", "Co"}
    assert (class_table()[planes] == CLASSES.index("other")).all()

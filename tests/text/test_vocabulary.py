"""Words and the numbers that stand for them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.alphabet import Alphabet
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence
from tagger.text.vocabulary import BLANK, LIMIT, LONGEST, MULTIPLIERS, Vocabulary, spell, tagged

FORMS = [
    "The", "the", "dog", "Dog", "ran", "in", "1997", ",", "and", "2005", "the", "DOG", "'s", "Ünal", "ünal", "😀", "Q",
    "q",
]  # fmt: skip
ALPHABET = Alphabet.fit(FORMS, bigram_min_count=0)
VOCABULARY = Vocabulary.fit(ALPHABET, FORMS, min_count=1)
WORDS = st.text(st.sampled_from("theTHEdogünÜ19?x😀\ud800中"), min_size=1, max_size=LONGEST + 9)


def test_spelling_fills_up_and_reads_the_ends_of_long_words() -> None:
    assert spell(["ab", "c"]).tolist() == [[97, 98], [99, BLANK]]
    assert spell([]).shape == (0, 0)
    long = "a" * 12 + "x" * 80 + "b" * 12
    assert spell([long]).tolist() == [[97] * 12 + [98] * 12]
    assert spell(["x" * LONGEST]).shape == (1, LONGEST)


def folded(word: str) -> str:
    """By definition: small letters, one digit."""
    return "".join("0" if char.isdigit() else char.lower() for char in word)


def test_words_are_those_that_occur_often_enough_however_they_are_written() -> None:
    for min_count in (1, 2, 3):
        wanted = {form for form, count in Counter(map(folded, FORMS)).items() if count >= min_count}
        found = Vocabulary.fit(ALPHABET, FORMS, min_count=min_count)
        assert {folded(word) for word in found.words} == wanted
        assert len(found.words) == len(wanted)
    assert VOCABULARY.words[0] == "the"
    assert VOCABULARY.n_words == 1 + len(VOCABULARY.words)


@given(WORDS, WORDS)
def test_words_have_one_key_where_only_case_and_digits_differ(one: str, other: str) -> None:
    keys = VOCABULARY.keys(spell([one, other])).tolist()
    if folded(one) == folded(other):
        assert keys[0] == keys[1]
    known = {chr(code) for code in ALPHABET.chars}
    # Of unknown characters only the class is read, and of long words the ends.
    if {*folded(one), *folded(other)} - {"0"} <= known and max(len(one), len(other)) <= LONGEST:
        assert (keys[0] == keys[1]) == (folded(one) == folded(other))


def test_ids() -> None:
    ids = VOCABULARY.ids(["THE", "the", "2026", "1997", "unheard", "dogs", "DOG", "t"]).tolist()
    assert ids[0] == ids[1] == 1 + VOCABULARY.words.index("the") == 1
    assert ids[2] == ids[3] > 0
    assert ids[4:6] == [0, 0]
    assert VOCABULARY.words[ids[6] - 1] in ("dog", "Dog", "DOG")
    assert ids[7] == 0
    assert VOCABULARY.ids(VOCABULARY.words).tolist() == list(range(1, VOCABULARY.n_words))


def test_no_words_at_all() -> None:
    empty = Vocabulary(Alphabet(()), ())
    assert empty.ids(["a", "😀"]).tolist() == [0, 0]
    assert Vocabulary.fit(ALPHABET, [], min_count=1).n_words == 1


def test_two_words_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="words of different keys"):
        _ = Vocabulary(ALPHABET, ("The", "the")).table


def test_keys_never_overflow() -> None:
    many = Alphabet(tuple(range(0x20000, 0x20000 + 1000)))
    words = [chr(0x20000 + 999) * LONGEST]
    ids = int(many.ids(spell(words))[0, 0])
    assert Vocabulary(many, ()).keys(spell(words)).tolist() == [ids * sum(MULTIPLIERS)]
    assert LIMIT * sum(MULTIPLIERS) < 2**63


def test_tags_of_words() -> None:
    sentence = Sentence.from_forms(["a", "bc"], ["X", None], gaps=["", " ", ""], comments=["# c"])
    found = tagged(sentence, Scheme(("N", "V")), np.array([8, 7]))  # S-V, S-N
    assert found == Sentence.from_forms(["a", "bc"], ["V", "N"], gaps=["", " ", ""], comments=["# c"])

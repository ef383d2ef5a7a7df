import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text import WHITESPACE, Sentence, Word

SPACES = st.text(sorted(WHITESPACE), max_size=2)
FORM = st.text(min_size=1, max_size=3)


@given(st.lists(st.tuples(FORM, SPACES), max_size=5), SPACES)
def test_words_and_gaps_make_the_text(pairs: list[tuple[str, str]], before: str) -> None:
    gaps = [before, *(gap for _, gap in pairs)]
    sentence = Sentence.from_forms([form for form, _ in pairs], gaps=gaps)
    assert sentence.text == before + "".join(form + gap for form, gap in pairs)
    assert sentence.gaps == tuple(gaps)
    assert sentence.forms == tuple(form for form, _ in pairs)
    assert sentence.fault() is None


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((Word("b", None, 1, 2), Word("a", None, 0, 1)), "in order"),
        ((Word("x", None, 0, 1),), "does not match"),
        ((Word("a", None, 0, 1),), "outside every word"),
        ((Word("abc", None, 0, 3),), "in order"),
    ],
)
def test_what_breaks_the_contract_is_said(words: tuple[Word, ...], fault: str) -> None:
    assert fault in (Sentence("ab", words).fault() or "")


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one more gap"):
        Sentence.from_forms(["a"], ["X", "Y"])

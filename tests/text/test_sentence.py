import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.sentence import WHITESPACE, Sentence, Word

SPACES = st.text(sorted(WHITESPACE), max_size=2)
FORM = st.text(min_size=1, max_size=3)


@given(st.lists(st.tuples(FORM, st.sampled_from(["N", "V", None]), SPACES), max_size=5), SPACES)
def test_words_and_gaps_make_the_text(parts: list[tuple[str, str | None, str]], before: str) -> None:
    forms, tags, gaps = [p[0] for p in parts], [p[1] for p in parts], [before, *(p[2] for p in parts)]
    sentence = Sentence.from_forms(forms, tags, gaps=gaps, comments=["# a"])
    assert sentence.text == before + "".join(form + gap for form, _, gap in parts)
    assert (sentence.forms, sentence.tags, sentence.gaps) == (tuple(forms), tuple(tags), tuple(gaps))
    assert all(sentence.text[word.start : word.end] == word.form for word in sentence.words)
    assert sentence.comments == ("# a",)
    assert sentence.fault() is None


def test_words_alone_stand_side_by_side() -> None:
    assert Sentence.from_forms(["a", "bc"]) == Sentence("abc", (Word("a", None, 0, 1), Word("bc", None, 1, 3)))
    assert Sentence.from_forms([]) == Sentence("", ())
    assert Sentence("ab", ()).gaps == ("ab",)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((Word("b", None, 1, 2), Word("a", None, 0, 1)), "in order"),
        ((Word("x", None, 0, 1),), "does not match"),
        ((Word("a", None, 0, 1),), "outside every word"),
        ((Word("abc", None, 0, 3),), "in order"),
        ((Word("ab", None, 0, 2), Word("b", None, 1, 2)), "in order"),
        ((Word("", None, 1, 1),), "in order"),
        ((), "outside every word: ['a', 'b']"),
    ],
)
def test_what_breaks_the_contract_is_said(words: tuple[Word, ...], fault: str) -> None:
    assert fault in (Sentence("ab", words).fault() or "")


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one more gap"):
        Sentence.from_forms(["a"], ["X", "Y"])
    with pytest.raises(ValueError, match="one more gap"):
        Sentence.from_forms(["a"], gaps=[""])


@pytest.mark.parametrize(("unit", "encoding", "size"), [("byte", "utf-8", 1), ("utf16", "utf-16-le", 2)])
@given(st.lists(st.tuples(FORM | st.just("\ud800"), SPACES), max_size=5))
def test_offsets_are_places_in_the_encoded_text(
    unit: str, encoding: str, size: int, pairs: list[tuple[str, str]]
) -> None:
    # Lone surrogates beside each other would be one character in UTF-16, so each word gets a space.
    sentence = Sentence.from_forms([form for form, _ in pairs], gaps=["", *(gap + " " for _, gap in pairs)])
    encoded = sentence.text.encode(encoding, "surrogatepass")
    found = [encoded[size * a : size * b].decode(encoding, "surrogatepass") for a, b in sentence.offsets(unit)]
    assert tuple(found) == sentence.forms
    assert sentence.offsets() == tuple((word.start, word.end) for word in sentence.words)
    with pytest.raises(ValueError, match="expected offsets in codepoint, byte, utf16, got 'bits'"):
        sentence.offsets("bits")

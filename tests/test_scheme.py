import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import letters, may_follow

from tagger.errors import CorpusError
from tagger.scheme import Scheme
from tagger.text import WHITESPACE, Sentence

SCHEMES = [Scheme(), Scheme(("A",)), Scheme(("A", "B", "C"))]
CHARS = st.characters(exclude_characters=sorted(WHITESPACE))


@given(st.data(), st.sampled_from(SCHEMES), st.booleans())
def test_words_to_tags_to_words_is_the_identity(data: st.DataObject, scheme: Scheme, inner: bool) -> None:
    form = st.text(CHARS, min_size=1, max_size=4) | (st.just("a b") if inner else st.just("ab"))
    forms = data.draw(st.lists(form, max_size=6))
    tags = [data.draw(st.sampled_from(scheme.pos)) if scheme.pos else None for _ in forms]
    gaps = data.draw(st.lists(st.text(" \t\u3000", max_size=2), min_size=len(forms) + 1, max_size=len(forms) + 1))
    sentence = Sentence.from_forms(forms, tags, gaps=gaps)
    assert scheme.decode(sentence.text, scheme.encode(sentence)) == sentence


@given(st.sampled_from(SCHEMES), st.data())
def test_any_tags_read_as_words(scheme: Scheme, data: st.DataObject) -> None:
    tags = np.array(data.draw(st.lists(st.integers(0, scheme.n_tags - 1), max_size=12)), np.int64)
    text = "".join("字" if tag else " " for tag in tags)
    sentence = scheme.decode(text, tags)
    assert sentence.fault() is None
    for word in sentence.words:
        assert word.pos == (letters(scheme)[tags[word.start]][1] or None)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_legality_is_that_of_the_definition(scheme: Scheme) -> None:
    wanted = [[may_follow(scheme, a, b) for b in range(scheme.n_tags)] for a in range(scheme.n_tags)]
    assert scheme.legal().tolist() == wanted


def test_whitespace_is_outside_unless_the_corpus_has_words_that_hold_it() -> None:
    plain = Scheme.fit([Sentence.from_forms(["a", "b"], ["X", "Y"], gaps=["", " ", ""])], joint=True)
    spaced = Scheme.fit([Sentence.from_forms(["a b"], ["X"])], joint=True)
    assert plain.pos == ("X", "Y")
    assert [plain.names[i] for i in np.flatnonzero(plain.allowed()[1])] == ["O"]
    assert [spaced.names[i] for i in np.flatnonzero(spaced.allowed()[1])] == ["O", "M-X"]
    assert not plain.allowed()[0, 0]
    assert plain.allowed()[0, 1:].all()


def test_missing_and_unknown_pos_are_errors() -> None:
    sentence = Sentence.from_forms(["a"], ["Z"])
    with pytest.raises(CorpusError, match=r"expected a POS on every training word.*data\.task=seg"):
        Scheme.fit([Sentence.from_forms(["a"])], joint=True)
    with pytest.raises(CorpusError, match="expected one of the tags A, got 'Z'"):
        Scheme(("A",)).encode(sentence)
    assert Scheme.fit([sentence], joint=False) == Scheme()

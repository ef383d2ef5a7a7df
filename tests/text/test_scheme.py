import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import legal_sequences, letters, may_follow

from tagger.errors import CorpusError
from tagger.text.scheme import LETTERS, Scheme
from tagger.text.sentence import WHITESPACE, Sentence

SCHEMES = [Scheme(), Scheme(("A",)), Scheme(("A", "B", "C"))]
CHARS = st.characters() | st.sampled_from(sorted(WHITESPACE))


def read(scheme: Scheme, tags: list[int]) -> list[tuple[int, int, str]]:
    """Start, end and POS of the words in any tags, one character after the other."""
    words: list[tuple[int, int, str]] = []
    joined = False
    for at, tag in enumerate(tags):
        letter, pos = letters(scheme)[tag]
        if joined and letter in "ME":
            words[-1] = (words[-1][0], at + 1, words[-1][2])
        elif letter != "O":
            words.append((at, at + 1, pos))
        joined = letter in "BM"
    return words


@given(st.data(), st.sampled_from(SCHEMES))
def test_words_to_tags_to_words_is_the_identity(data: st.DataObject, scheme: Scheme) -> None:
    forms = data.draw(st.lists(st.text(CHARS, min_size=1, max_size=4), max_size=6))  # words may hold whitespace
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
    covered = [at for word in sentence.words for at in range(word.start, word.end)]
    assert covered == np.flatnonzero(tags).tolist()
    assert [(word.start, word.end, word.pos or "") for word in sentence.words] == read(scheme, tags.tolist())


@pytest.mark.parametrize("scheme", [Scheme(), Scheme(("A", "B"))])
def test_legal_tags_read_as_they_are_written(scheme: Scheme) -> None:
    for length in range(1, 5):
        for tags in legal_sequences(scheme, length):
            assert scheme.encode(scheme.decode("字" * length, np.array(tags))).tolist() == list(tags)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_blocks_are_the_tags_by_name(scheme: Scheme) -> None:
    blocks, names = scheme.blocks, letters(scheme)
    parts = (blocks.outside, blocks.begin, blocks.middle, blocks.end, blocks.single)
    ids = np.arange(scheme.n_tags)
    assert blocks.n_tags == scheme.n_tags
    assert [ids[part].tolist() for part in parts] == [
        [tag for tag, (letter, _) in enumerate(names) if letter == wanted] for wanted in LETTERS
    ]
    assert [LETTERS[letter] for letter in blocks.letters(ids)] == [letter for letter, _ in names]
    assert [scheme.pos[pos] if scheme.pos else "" for pos in blocks.pos(ids)[1:]] == [pos for _, pos in names[1:]]
    assert [names[tag][0] for tag in blocks.starting] == [letter for letter, _ in names if letter in "OBS"]
    assert [names[tag][0] for tag in blocks.closing] == [letter for letter, _ in names if letter in "OES"]


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
    assert Scheme().encode(sentence).tolist() == [4]  # without POS, any POS is none
    with pytest.raises(CorpusError, match="got None on 'a'"):
        Scheme(("A",)).encode(Sentence.from_forms(["a"]))

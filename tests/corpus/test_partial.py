"""Partial annotation: what is written is read back, and the tags that it allows."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from oracles import agrees, legal_sequences
from sentences import partials

from tagger import corpus
from tagger.corpus import ReadOptions
from tagger.corpus import partial as partial_format
from tagger.errors import CorpusError
from tagger.files.lines import Line
from tagger.text.partial import Partial
from tagger.text.scheme import Scheme
from tagger.text.sentence import Sentence, Word

SCHEME = Scheme(("A", "B"))


@given(partials())
def test_what_is_written_is_read_back(sentence: Partial) -> None:
    assert sentence.fault() is None
    line = corpus.format_partial(sentence)
    assert line.endswith("\n")
    found = list(partial_format.read([Line(1, line[:-1])], ReadOptions("x")))
    assert found == ([sentence] if sentence.text.strip() else [])


def test_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    path.write_text("我在[北京大学/PROPN][读书]的|时~候，\\[1\\/2\\] 和[a/b/X]。\n\n", encoding="utf-8")
    (found,) = corpus.read_partial(path)
    assert found.text == "我在北京大学读书的时候，[1/2] 和a/b。"
    assert found.words == (
        Word("北京大学", "PROPN", 2, 6), Word("读书", None, 6, 8), Word("a/b", "X", 19, 22)
    )  # fmt: skip
    assert (found.cuts, found.joins) == ((9,), (10,))
    (bare,) = corpus.read_partial(path, tag="none")
    assert [word.pos for word in bare.words] == [None, None, None]
    assert list(corpus.read_texts(path)) == [found.text]
    corpus.write_partial([found], tmp_path / "b.partial.gz")
    assert list(corpus.read_partial(tmp_path / "b.partial.gz")) == [found]
    with pytest.raises(CorpusError, match="expected fully annotated sentences, got partial ones"):
        list(corpus.read(path))
    whole = Sentence.from_forms(["我", "a/b"], ["X", "Y/Z"], gaps=["", " ", ""])
    assert corpus.format_sentence(whole, "partial") == "[我/X] [a\\/b/Y\\/Z]\n"
    assert corpus.format_partial(Partial("a/[b")) == "a/\\[b\n"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a]", "a ] without ["),
        ("[a", "a [ without ]"),
        ("[a[b]]", "a [ inside brackets"),
        ("[a|b]", "a | inside brackets"),
        ("[]", "brackets without a word"),
        ("[/A]", "brackets without a word"),
        ("[a/]", "a / without a tag"),
        ("a\\b", "a backslash before 'b'"),
        ("a\\", "a backslash at the end"),
        ("[a]~b", "a cut and a join at 'ab'"),
        ("a|~b", "a cut and a join"),
        ("~ab", "a join at the edge"),
        ("a~ b", "a join beside a space"),
        ("[a ]b", "begins or ends with a space"),
    ],
)
def test_faults_are_placed(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "a.partial"
    path.write_text(f"ab\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        list(corpus.read_partial(path))
    assert f"{path}:2: expected text with [word]" in str(error.value)
    assert fault in str(error.value)


@settings(max_examples=20)
@given(partials(max_size=4))
def test_the_tags_allowed_are_those_of_every_sequence_that_agrees(sentence: Partial) -> None:
    allowed = SCHEME.allowed_tags(sentence)
    for tags in legal_sequences(SCHEME, len(sentence.text)):
        assert allowed[range(len(tags)), list(tags)].all() == agrees(sentence, SCHEME, tags)


def test_marks_that_the_tag_set_cannot_hold() -> None:
    spaced = Partial("a b", (Word("a b", "A", 0, 3),))
    with pytest.raises(CorpusError, match=r"none possible at ' ' \(character 1\)"):
        SCHEME.allowed_tags(spaced)
    assert Scheme(("A",), inner_spaces=True).allowed_tags(spaced).any(1).all()
    with pytest.raises(CorpusError, match="expected one of the tags A, B, got 'C'"):
        SCHEME.allowed_tags(Partial("a", (Word("a", "C", 0, 1),)))

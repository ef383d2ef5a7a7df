"""Annotation without its text: what is written with a text's place reads back as the sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpus import Corpus, read
from tagger.corpus.standoff import Origin, record_of
from tagger.errors import CorpusError
from tagger.text.sentence import Entity, Sentence

WORDS = st.lists(st.tuples(st.text("天a1。𠮷", min_size=1, max_size=3), st.sampled_from(["NOUN", "X"])), min_size=1)


def publish(folder: Path, sentence: Sentence, before: str = "", after: str = "") -> Path:
    """A file with the record of a sentence whose text stands in the second line of `raw-zh/source.txt`."""
    (folder / "raw-zh").mkdir(exist_ok=True)
    (folder / "raw-zh" / "source.txt").write_text(f"另一行\n{before}{sentence.text}{after}\n", newline="\n")
    path = folder / "gold.standoff"
    path.write_text(record_of(sentence, Origin("source", 2, len(before))), newline="\n")
    return path


@given(WORDS, st.data())
def test_a_record_and_its_text_are_the_sentence(
    tmp_path_factory: pytest.TempPathFactory, words: list[tuple[str, str]], data: st.DataObject
) -> None:
    spaces = st.sampled_from(["", " ", "\u3000\t"])
    gaps = ["", *(data.draw(spaces) for _ in words[1:]), ""]
    sentence = Sentence.from_forms([form for form, _ in words], [tag for _, tag in words], gaps=gaps)
    folder = tmp_path_factory.mktemp("texts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGGER_DATA", str(folder))
        assert list(read(publish(folder, sentence, "前面。", "后面"))) == [sentence]


ENTITIES = Sentence(
    "李明 在北京。", (), entities=(Entity("李明", "PER", 0, 2), Entity("北京", "LOC", 4, 6)), entities_annotated=True
)
NONE = Sentence("天上。", (), entities_annotated=True)


@pytest.mark.parametrize("sentence", [ENTITIES, NONE])
def test_a_record_of_entities_is_read_where_entities_are_wanted(
    sentence: Sentence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGGER_DATA", str(tmp_path))
    path = publish(tmp_path, sentence, "前面。", "后面")
    (found,) = read(path)
    assert (found, found.entities_annotated) == (sentence, True)
    for file in (path, tmp_path):  # of a folder the files that are corpora
        assert Corpus(train=file, task="spans").read("train") == [sentence]
        assert Corpus(train=file, task="joint_spans").read("train") == [sentence]
    words = publish(tmp_path, Sentence.from_forms(["天上", "人"], ["NOUN", "NOUN"]))
    with pytest.raises(CorpusError, match=r"gold.standoff: expected records of entities, got one of words"):
        Corpus(train=words, task="spans").read("train")


@pytest.mark.parametrize("spans", ["0-0PER", "0-9PER", "2-4LOC 0-2PER", "0-3PER 2-4LOC"])
def test_entities_that_lie_wrong_are_refused(spans: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGGER_DATA", str(tmp_path))
    path = publish(tmp_path, ENTITIES)
    fields = path.read_text().split("\t")
    path.write_text("\t".join((*fields[:4], f"7 {spans}\n")), newline="\n")
    with pytest.raises(CorpusError, match=r"gold.standoff:1: expected entities inside the 7 characters"):
        list(read(path))


def test_what_is_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = publish(tmp_path, Sentence.from_forms(["天上", "人"], ["NOUN", "NOUN"]))
    monkeypatch.delenv("TAGGER_DATA", raising=False)
    with pytest.raises(CorpusError, match=r"gold.standoff: .*set TAGGER_DATA=FOLDER"):
        list(read(path))
    monkeypatch.setenv("TAGGER_DATA", str(tmp_path))
    text = tmp_path / "raw-zh" / "source.txt"
    text.write_text("另一行\n天下人\n")
    with pytest.raises(CorpusError, match=r"gold.standoff:1: expected the text that was annotated in line 2 of source"):
        list(read(path))
    text.unlink()
    with pytest.raises(CorpusError, match=r"expected source.txt or source.txt.gz"):
        list(read(path))
    path.write_text("source\t1\t0\tabcd\n")
    with pytest.raises(CorpusError, match=r"gold.standoff:1: expected file, line, start, digest and words"):
        list(read(path))

"""Corpora with words and entities, in one file or in several, of which a sentence may lack one of the two."""

from dataclasses import replace
from pathlib import Path

import pytest

from tagger.corpus import Corpora, Corpus, read, write
from tagger.errors import CorpusError
from tagger.text.sentence import Entity, Sentence, Word

BEIJING = Sentence(
    "我去北京。",
    (Word("我", "PRON", 0, 1), Word("去", "VERB", 1, 2), Word("北京", "PROPN", 2, 4), Word("。", "PUNCT", 4, 5)),
    (),
    (Entity("北京", "LOC", 2, 4),),
    entities_annotated=True,
)
ROWS = [
    "1\t我\t_\tPRON\t_\t_\t_\t_\t_\tSpaceAfter=No",
    "2\t去\t_\tVERB\t_\t_\t_\t_\t_\tSpaceAfter=No",
    "3\t北京\t_\tPROPN\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=B-LOC",
    "4\t。\t_\tPUNCT\t_\t_\t_\t_\t_\tSpaceAfter=No",
]


def conllu(rows: list[str]) -> str:
    return "# text = 我去北京。\n" + "\n".join(rows) + "\n\n"


@pytest.mark.parametrize("suffix", ["conllu", "jsonl"])
def test_a_file_of_both_gives_back_both(tmp_path: Path, suffix: str) -> None:
    without = Sentence.from_forms(["好"], ["ADJ"])
    write([BEIJING, without], tmp_path / f"x.{suffix}")
    both, words = read(tmp_path / f"x.{suffix}")
    assert (both, both.entities_annotated) == (BEIJING, True)
    assert (words, words.entities_annotated) == (without, False)


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        (["_", "_", "NER=S-LOC", "_"], [("北京", "LOC")]),
        (["_", "NER=B-X", "NER=I-X", "NER=O"], [("去北京", "X")]),
        (["_", "NER=I-X", "NER=I-X", "NER=O"], [("去北京", "X")]),
        (["NER=O", "_", "_", "_"], []),
        (["_", "_", "NER=GPE", "_"], None),  # names of another convention
        (["_"] * 4, None),
    ],
)
def test_tags_in_misc(tmp_path: Path, tags: list[str], entities: list[tuple[str, str]] | None) -> None:
    rows = [row.split("SpaceAfter")[0] + f"SpaceAfter=No|{tag}" for row, tag in zip(ROWS, tags, strict=True)]
    (tmp_path / "x.conllu").write_text(conllu(rows).replace("|_", ""), encoding="utf-8")
    [sentence] = read(tmp_path / "x.conllu")
    assert sentence.words == BEIJING.words
    assert sentence.entities_annotated is (entities is not None)
    assert [(entity.form, entity.label) for entity in sentence.entities] == (entities or [])


def test_an_illegal_tag_is_refused_with_its_line(tmp_path: Path) -> None:
    rows = [*ROWS[:3], f"{ROWS[3]}|NER=E-PER"]
    (tmp_path / "x.conllu").write_text(conllu(rows), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"x\.conllu:5: expected I-LOC or E-LOC in bioes, got NER=E-PER"):
        list(read(tmp_path / "x.conllu"))


def test_an_entity_inside_of_a_word_is_no_conllu(tmp_path: Path) -> None:
    sentence = Sentence(BEIJING.text, BEIJING.words, (), (Entity("京", "LOC", 3, 4),), entities_annotated=True)
    with pytest.raises(CorpusError, match="expected entities that begin and end with words"):
        write([sentence], tmp_path / "x.conllu")
    write([sentence], tmp_path / "x.jsonl")
    assert list(read(tmp_path / "x.jsonl")) == [sentence]


@pytest.mark.parametrize("label", ["", "A|B", "A\tB", "A\nB"])
def test_a_type_that_misc_cannot_hold_is_refused(tmp_path: Path, label: str) -> None:
    sentence = replace(BEIJING, entities=(Entity("北京", label, 2, 4),))
    with pytest.raises(CorpusError, match=r"expected types of entities without .*; use format=jsonl"):
        write([sentence], tmp_path / "x.conllu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Words of three sentences, of which the last two are the same; entities of two of these and of another text."""
    good, same = Sentence.from_forms(["好"], ["ADJ"]), Sentence(BEIJING.text, BEIJING.words)
    write([good, same, same], tmp_path / "words.conllu")
    other = Sentence("李明", (), (), (Entity("李明", "PER", 0, 2),))
    write([other, Sentence(BEIJING.text, (), (), BEIJING.entities)], tmp_path / "entities.iob2", format="iob2")
    spans = '{"text": "李明", "spans": [{"form": "李明", "label": "PER", "start": 0, "end": 2}]}\n'
    (tmp_path / "spans.jsonl").write_text(spans, encoding="utf-8")
    return tmp_path


def test_sentences_of_one_text_get_both_layers(folder: Path) -> None:
    corpus = Corpus(["words.conllu", "entities.iob2"], root=folder, task="joint_spans")
    found = [(s.text, len(s.words), [e.label for e in s.entities], s.entities_annotated) for s in corpus.read("train")]
    text = BEIJING.text
    assert found == [("好", 1, [], False), (text, 4, ["LOC"], True), (text, 4, [], False), ("李明", 0, ["PER"], True)]
    assert [s.text for s in corpus.read_layer("train", entities=True)] == [text, "李明"]
    assert [s.text for s in corpus.read_layer("train", entities=False)] == ["好", text, text]
    assert corpus.vocabulary() == {"我", "去", "北京", "。", "好"}
    assert corpus.vocabulary(entities=True) == {"北京", "李明"}


@pytest.mark.parametrize("name", ["entities.iob2", "spans.jsonl"])
def test_a_file_of_entities_alone_has_no_words(folder: Path, name: str) -> None:
    sentences = Corpus(name, root=folder, task="joint_spans").read("train")
    assert {(sentence.words, sentence.entities_annotated) for sentence in sentences} == {((), True)}
    (folder / "alone").mkdir()
    (folder / name).rename(folder / "alone" / name)
    assert Corpus("alone", root=folder, task="joint_spans").read("train") == sentences


def test_words_need_a_pos_unless_none_is_asked_for(folder: Path) -> None:
    (folder / "plain.seg").write_text("我 去 北京 。\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"data\.task=joint_spans, got none in .*use data\.tag=none"):
        Corpus("plain.seg", root=folder, task="joint_spans").read("train")
    [sentence] = Corpus("plain.seg", root=folder, task="joint_spans", tag="none").read("train")
    assert sentence.forms == ("我", "去", "北京", "。")


def test_several_standards_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"expected data\.task joint, seg or spans for data=several, got joint_spans"):
        Corpora({"a": Corpus(task="joint_spans"), "b": Corpus(task="joint_spans")})

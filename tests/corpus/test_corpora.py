"""Corpora as values: what each split gives, what a task needs, and where files come from."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus import Corpora, Corpus
from tagger.errors import CorpusError
from tagger.files.download import Archive, Source
from tagger.text.sentence import Sentence

TAGGED = Sentence.from_forms(["我", "来"], ["PRON", "VERB"])
PLAIN = Sentence.from_forms(["我们", "来"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus.write([TAGGED, Sentence("", ())], tmp_path / "tagged.conllu")
    corpus.write([PLAIN], tmp_path / "plain.seg")
    (tmp_path / "empty.seg").touch()
    (tmp_path / "some.partial").write_text("[北京]站\n没有标记\n", encoding="utf-8")
    return tmp_path


def test_a_split_is_its_sentences_with_words(folder: Path) -> None:
    gold = Corpus("tagged.conllu", test="tagged.conllu", partial="some.partial", root=folder)
    assert gold.read("train") == gold.read("test") == [TAGGED]
    assert [sentence.text for sentence in gold.read_partial()] == ["北京站"]
    assert gold.vocabulary() == {"我", "来", "北京"}
    assert replace(gold, train=None).vocabulary() is None
    assert replace(gold, task="seg").read("train")[0].tags == (None, None)
    assert (gold.standards, gold.members) == ((), (gold,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dev": "plain.seg"}, r"plain\.seg: expected a POS on every word.*data\.task=seg"),
        ({"dev": "empty.seg"}, r"empty\.seg: expected at least one sentence for data\.dev, got none"),
        ({"dev": "no.seg"}, r"no\.seg: expected a file, found none"),
        ({}, r"expected a path for data\.dev"),
        ({"dev": "some.partial"}, r"known whole for data\.dev, got partial ones"),
        ({"dev": "plain.seg", "format": "partial"}, r"known whole for data\.dev, got partial ones"),
        ({"dev": "plain.seg", "task": "pos"}, r"data\.task joint, seg, spans or joint_spans, got 'pos'"),
    ],
)
def test_what_a_task_needs(folder: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        Corpus("tagged.conllu", root=folder, **options).read("dev")  # type: ignore[arg-type]


def test_a_column_number_may_come_as_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("我\tPN\tPRON\n", encoding="utf-8")
    assert Corpus(tmp_path / "a.tsv", tag=3).read("train")[0].tags == ("PRON",)


def test_a_treebank_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    source = Source(folder.as_uri(), {"tagged.conllu": None})
    gold = Corpus("tagged.conllu", root=tmp_path / "here", source=source)
    with pytest.raises(CorpusError, match=r"here: expected tagged\.conllu, found none; .*data\.download=true"):
        gold.prepare()
    gold = replace(gold, download=True)
    gold.prepare()
    assert gold.read("train") == [TAGGED]


def test_a_treebank_in_an_archive(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bank.tar.gz", "w:gz") as archive:
        archive.add(folder / "tagged.conllu", "bank/tagged.conllu")
    source = Archive((tmp_path / "bank.tar.gz").as_uri(), None)
    gold = Corpus("tagged.conllu", root=tmp_path / "here" / "bank", source=source)
    with pytest.raises(CorpusError, match=r"here/bank: expected bank, found none; .*data\.download=true"):
        gold.prepare()
    replace(gold, download=True).prepare()
    assert gold.read("train") == [TAGGED]


def test_several_standards_have_the_face_of_one_corpus(folder: Path) -> None:
    one = Corpus("tagged.conllu", "tagged.conllu", root=folder, task="seg", name="A", licence="CC0")
    two = replace(one, train="plain.seg", dev="plain.seg", name="B", partial="some.partial")
    both = Corpora({"one": one, "two": two})
    both.prepare()
    assert (both.standards, both.members, both.task) == (("one", "two"), (one, two), "seg")
    assert (both.name, both.licence, both.language) == ("A + B", "CC0", "zh")
    assert [sentence.forms for sentence in both.read("train")] == [("我", "来"), ("我们", "来")]
    assert [sentence.text for sentence in both.read_partial()] == ["北京站"]
    assert both.vocabulary() == {"我", "我们", "来", "北京"}
    assert Corpora({"one": one, "two": replace(two, train=None)}).vocabulary() is None
    with pytest.raises(CorpusError, match="expected corpora for one task, got joint, seg"):
        Corpora({"one": one, "two": replace(two, task="joint")})
    with pytest.raises(CorpusError, match=r"expected a path for data\.train.*parts of data=several"):
        Corpora({}).read("train")

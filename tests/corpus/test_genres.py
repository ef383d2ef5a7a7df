"""Genres: from files, folders and the `sent_id` of CoNLL-U."""

from pathlib import Path

import pytest

from tagger import corpus
from tagger.corpus import sample
from tagger.corpus.conllu import sent_id_of
from tagger.corpus.genres import read_genres
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence

IDS = ("film-1", "film-2", "law-1", "7", "12", "120", "")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A sentence for each id, whose text is a word with the id's place in `IDS`."""
    blocks = []
    for number, sent_id in enumerate(IDS):
        comment = f"# sent_id = {sent_id}\n" if sent_id else ""
        blocks.append(f"{comment}# text = 字{number}\n1\t字{number}\t_\tNOUN\t_\t_\t0\troot\t_\t_\n")
    path = tmp_path / "gold.conllu"
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("comments", "wanted"),
    [(["# sent_id = film-1"], "film-1"), (["# newpar", "#sent_id=a b "], "a b"), (["# sent_id_of = x"], ""), ([], "")],
)
def test_the_id_of_a_sentence(comments: list[str], wanted: str) -> None:
    assert sent_id_of(Sentence.from_forms(["字"], comments=comments)) == wanted


def numbers(genres: dict[str, list[Sentence]]) -> dict[str, str]:
    return {name: "".join(sentence.text[1:] for sentence in gold) for name, gold in genres.items()}


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("{gold}", {"film": "01", "law": "2"}),
        ("all={gold}", {"all": "0123456"}),
        ("x={gold}#film", {"x": "01"}),
        ("x={gold}#1", {"x": "45"}),
        ("x={gold}#7-12", {"x": "34"}),
        ("x={gold}#12-500", {"x": "45"}),
    ],
)
def test_places(gold: Path, place: str, wanted: dict[str, str]) -> None:
    assert numbers(read_genres([place.format(gold=gold)])) == wanted


def test_a_folder_has_a_file_for_each_genre_and_genres_of_one_name_are_joined(gold: Path, tmp_path: Path) -> None:
    folder = tmp_path / "genres"
    folder.mkdir()
    for name in ("law.slash", "film.slash", ".hidden.slash"):
        (folder / name).write_text("字9/NOUN\n\n", encoding="utf-8")
    (folder / "README.md").write_text("nothing to read", encoding="utf-8")
    assert numbers(read_genres([str(folder)])) == {"film": "9", "law": "9"}
    assert numbers(read_genres([str(folder), str(gold)])) == {"film": "901", "law": "92"}


def test_the_genres_of_the_sample_are_all_of_its_sentences() -> None:
    genres = read_genres([str(sample.path("dev"))])
    assert "dialogue" in genres
    gold = sorted(sentence.text for sentence in corpus.read(sample.path("dev")))
    assert sorted(sentence.text for part in genres.values() for sentence in part) == gold


def test_genres_of_entities_come_from_all_formats_of_entities(tmp_path: Path) -> None:
    files = {
        "spans.jsonl": '{"text": "我在北京", "spans": [{"start": 2, "end": 4, "label": "LOC"}]}\n',
        "label.jsonl": '{"text": "我在北京", "label": [[2, 4, "LOC"]]}\n',
        "columns.iob2": "我 O\n在 O\n北 B-LOC\n京 I-LOC\n\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    alone = [f"{name.partition('.')[0]}={tmp_path / name}" for name in files]
    for places in ([str(tmp_path)], alone):
        genres = read_genres(places, entities=True)
        assert genres.keys() == {"spans", "label", "columns"}
        for sentences in genres.values():
            assert [entity[:2] for sentence in sentences for entity in sentence.entities] == [("北京", "LOC")]
    with pytest.raises(CorpusError, match=r"spans.jsonl:1: expected words, got spans of a text \(spans\)"):
        read_genres(alone[:1])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("no.conllu", "no.conllu: expected a file or folder, or NAME=FILE, found neither"),
        ("x=no.conllu", "no.conllu"),
        ("x={gold}#poem", "expected sentences with a fitting sent_id, found none"),
        ("x={slash}#poem", "expected CoNLL-U to tell genres by sent_id"),
        ("{slash}", "expected CoNLL-U to tell genres by sent_id, got another name; give NAME=FILE"),
        ("x={empty}", "expected sentences of the genre x with words, found none"),
    ],
)
def test_what_is_no_genre(gold: Path, tmp_path: Path, place: str, message: str) -> None:
    slash, empty = tmp_path / "a.slash", tmp_path / "b.slash"
    slash.write_text("字/NOUN\n", encoding="utf-8")
    empty.touch()
    with pytest.raises(CorpusError, match=message):
        read_genres([place.format(gold=gold, slash=slash, empty=empty)])
    with pytest.raises(CorpusError, match="expected sentences of the genre x with entities, found none"):
        read_genres([f"x={gold}"], entities=True)

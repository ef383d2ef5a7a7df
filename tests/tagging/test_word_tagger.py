"""Tagging of given words: nothing of them changes, and an answer depends on its sentence alone."""

import subprocess
import sys
from pathlib import Path

import models
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tagger
from tagger import corpus
from tagger.errors import InputError, ModelError
from tagger.modelfile.tagger import Model
from tagger.tag import main
from tagger.tagging.tagger import Tagger
from tagger.tagging.word_tagger import WordTagger, load_any, load_words
from tagger.text.sentence import Sentence

FORM = st.text(st.characters() | st.sampled_from("theTHEdog1é😀\ud800"), min_size=1, max_size=30)
SENTENCE = st.lists(st.sampled_from(["the", "dog", "Dogs", "runs"]) | FORM, max_size=8)


@pytest.fixture(scope="module")
def path() -> Path:
    return models.WORDS


@pytest.fixture(scope="module")
def word_tagger(path: Path) -> WordTagger:
    return tagger.load_words(path)


@given(SENTENCE)
@settings(max_examples=25)
def test_words_are_kept_as_they_came(word_tagger: WordTagger, forms: list[str]) -> None:
    sentence = word_tagger(forms)
    assert sentence.forms == tuple(forms)
    assert sentence.text == " ".join(forms)
    assert {"NOUN", "VERB", "X"} >= set(sentence.tags)


@given(st.lists(SENTENCE, max_size=6))
@settings(max_examples=25)
def test_an_answer_does_not_depend_on_its_mates(word_tagger: WordTagger, sentences: list[list[str]]) -> None:
    assert list(word_tagger.tag(sentences)) == [word_tagger(forms) for forms in sentences]


def test_many_sentences_come_back_in_order(path: Path) -> None:
    word_tagger = WordTagger(Model.open(path), n_sentences=7, batch=9)
    sentences = [["dog"] * (i % 12) for i in range(40)]
    assert [list(s.forms) for s in word_tagger.tag(sentences)] == sentences
    assert list(word_tagger.tag([])) == []


def test_retagging_changes_tags_alone(word_tagger: WordTagger) -> None:
    given_sentence = Sentence.from_forms(["do", "n't"], ["AUX", None], gaps=["", "", " "], comments=["# c"])
    (sentence,) = word_tagger.retag([given_sentence])
    assert sentence.tags == word_tagger(["do", "n't"]).tags
    assert (sentence.text, sentence.forms, sentence.comments) == (given_sentence.text, ("do", "n't"), ("# c",))


@pytest.mark.parametrize("wrong", ["the dog", ["the", ""], ["the", 3], b"dog", None])
def test_what_is_no_sequence_of_words(word_tagger: WordTagger, wrong: object) -> None:
    with pytest.raises(InputError, match="expected a sequence of words, none empty"):
        word_tagger(wrong)  # type: ignore[arg-type]


def test_models_of_texts_and_of_words_are_told_apart(path: Path, small_model: Path) -> None:
    with pytest.raises(ModelError, match=r"words: expected a model of texts.*use tagger\.load_words"):
        tagger.load(path)
    with pytest.raises(ModelError, match=r"small: expected a model of given words.*use tagger\.load"):
        load_words(small_model)
    assert isinstance(load_any(path), WordTagger)
    assert isinstance(load_any(small_model), Tagger)


@pytest.mark.parametrize("format", ["slash", "segmented", "conllu", "jsonl"])
def test_the_command_takes_words_between_spaces(
    path: Path, word_tagger: WordTagger, tmp_path: Path, format: str
) -> None:
    source, output = tmp_path / "in.txt", tmp_path / "out"
    source.write_text("The  dog runs\n\n dogs\trun \n", encoding="utf-8")
    assert main(["-m", str(path), str(source), "-o", str(output), "--format", format]) == 0
    sentences = list(corpus.read(output, format=format))
    wanted = [word_tagger(line.split()) for line in ("The  dog runs", "", " dogs\trun ")]
    if format in ("slash", "segmented"):
        wanted = [wanted[0], wanted[2]]
    assert [s.forms for s in sentences] == [s.forms for s in wanted]
    if format != "segmented":
        assert [s.tags for s in sentences] == [s.tags for s in wanted]
    if format == "slash":
        first = output.read_text(encoding="utf-8").split("\n")[0]
        assert first == "  ".join(f"{w.form}/{w.pos}" for w in wanted[0].words[:2]) + f" runs/{wanted[0].tags[2]}"


def test_a_line_too_long_for_a_sentence_is_an_error(
    path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for size in (70_000, 500_000):
        (tmp_path / "long.txt").write_text("a " * (size // 2), encoding="utf-8")
        assert main(["-m", str(path), str(tmp_path / "long.txt"), "-o", str(tmp_path / "out")]) == 1
        assert "error: expected" in capfd.readouterr().err
        assert not (tmp_path / "out").exists()


def test_words_are_tagged_without_torch(path: Path) -> None:
    code = (
        f"import sys, tagger; print(len(tagger.load_words({str(path)!r})(['the', 'dog']).words)); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'lightning', 'hydra', 'onnx')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr

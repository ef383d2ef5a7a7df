from pathlib import Path

import pytest

import tagger.corpus.essays
from tagger import corpus
from tagger.corpus.conllu import sent_id_of
from tagger.corpus.sample import EXTRA, EXTRA_DEV, SPLITS
from tagger.corpus.sample import path as sample_path
from tagger.corpus.sample.__main__ import faults, report
from tagger.text.sentence import Sentence

GENRES = {"pupils", "learners", "stories", "subtitles", "instructions"}
FOLDER = Path(tagger.corpus.essays.__file__).parent


@pytest.fixture(scope="module")
def files() -> dict[str, list[Sentence]]:
    return {split: list(corpus.read(FOLDER / f"{split}.conllu", tag="upos")) for split in SPLITS}


def test_the_corpus_is_valid_and_in_the_form_that_the_project_writes(files: dict[str, list[Sentence]]) -> None:
    assert faults(files) == []
    for split, sentences in files.items():
        written = "".join(corpus.format_sentence(sentence, "conllu") for sentence in sentences)
        assert (FOLDER / f"{split}.conllu").read_bytes() == written.encode()


def test_every_genre_is_in_every_split_and_every_identity_is_single(files: dict[str, list[Sentence]]) -> None:
    identities = [str(sent_id_of(sentence)) for sentences in files.values() for sentence in sentences]
    assert len(set(identities)) == len(identities)
    for sentences in files.values():
        assert {str(sent_id_of(sentence)).partition("-")[0] for sentence in sentences} == GENRES


def test_what_is_held_out_has_no_near_copy_in_what_is_trained_on(files: dict[str, list[Sentence]]) -> None:
    extra = [sentence for name in ("train", EXTRA) for sentence in corpus.read(sample_path(name), tag="upos")]
    trained_on = [bigrams(sentence.text) for sentence in files["train"] + extra]
    short = list(corpus.read(sample_path(EXTRA_DEV)))
    for text in (sentence.text for sentence in [*files["dev"], *files["test"], *short]):
        mine = bigrams(text)
        assert not [text for theirs in trained_on if len(mine & theirs) >= 0.25 * len(mine | theirs)]


def bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def test_the_readme_gives_the_counts_of_the_files(files: dict[str, list[Sentence]]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for split, sentences in files.items():
        numbers = [part.split()[0] for part in report(sentences).splitlines()[0].split(", ")]
        assert f"| {split} | {' | '.join(numbers)} |" in readme

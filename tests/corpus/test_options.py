"""What the flat options of a data node say of the corpus, and which options are refused."""

from pathlib import Path
from typing import Any

import pytest

from tagger.corpus import Corpora, Corpus, LabelledCorpus, TextCorpus, sample
from tagger.corpus.options import corpus_of, labelled_corpus_of, split_options, split_parts
from tagger.errors import CorpusError
from tagger.files.download import Archive, Source


def test_options_of_the_corpus_and_others() -> None:
    options = {"_target_": "x", "train": "a", "dev": "???", "test": None, "tag": 3, "batch_chars": 5, "foo": 1}
    assert split_options(Corpus, options) == (Corpus("a", tag=3), {"batch_chars": 5, "foo": 1})
    assert split_options(TextCorpus, {"train": "a", "context": 3}) == (TextCorpus("a"), {"context": 3})
    with pytest.raises(CorpusError, match=r"expected a path for data\.train"):
        split_options(TextCorpus, {"train": "???"})


def test_only_options_that_training_knows_are_passed_over() -> None:
    assert corpus_of({"train": "a", "gold_repeats": 3, "vectors": "v.npz"}) == Corpus("a")
    assert labelled_corpus_of({"train": "a", "max_chars": 9}) == LabelledCorpus("a")
    with pytest.raises(CorpusError, match=r"expected options of the corpus, got data\.lable too; leave it out"):
        labelled_corpus_of({"train": "a", "lable": "x"})
    with pytest.raises(CorpusError, match=r"got data\.label too"):
        corpus_of({"train": "a", "label": "x"})


def test_a_root_or_a_file_inside_a_package() -> None:
    found, _ = split_options(Corpus, {"root": "pkg://tagger.corpus.sample", "dev": "dev.conllu"})
    assert found.paths == {"dev": (sample.path("dev"),)}
    found, _ = split_options(Corpus, {"root": "here", "train": ["a", "pkg://tagger.corpus.sample/train.conllu"]})
    assert found.paths == {"train": (Path("here/a"), sample.path("train"))}
    for package in ("no.such", "", "os"):
        with pytest.raises(CorpusError, match=rf"expected a Python package after pkg://, got '{package}'"):
            split_options(Corpus, {"train": f"pkg://{package}/a.conllu"})


def test_the_name_of_a_part_of_the_paths() -> None:
    options = {"corpus": "msr", "train": "{corpus}_train.utf8", "name": "SIGHAN {corpus}", "task": "seg"}
    assert split_options(Corpus, options)[0] == Corpus("msr_train.utf8", name="SIGHAN msr", task="seg")
    with pytest.raises(CorpusError, match=r"expected \{corpus\} in a path of data\.corpus=msr, got none; leave it out"):
        split_options(Corpus, options | {"train": "a", "name": "b"})


@pytest.mark.parametrize(
    ("sha256", "wanted"),
    [({"a": None}, Source("https://a.example", {"a": None})), ("0f", Archive("https://a.example", "0f"))],
)
def test_where_files_come_from(sha256: Any, wanted: Source | Archive) -> None:
    node = {"_target_": "tagger.files.Source", "address": "https://a.example", "sha256": sha256}
    assert split_options(LabelledCorpus, {"source": node})[0].source == wanted
    with pytest.raises(CorpusError, match=r"expected address, sha256 and perhaps timeout for data\.source, got url"):
        split_options(LabelledCorpus, {"source": {"url": "https://a.example"}})


def test_parts_are_corpora_of_one_task_without_resources_of_their_own() -> None:
    node = {"_target_": "x", "train": "a", "batch_chars": 600, "gold_repeats": 1, "vectors": None}
    found, rest = split_parts({"parts": {"one": node, "two": node | {"train": "b"}}, "task": "seg", "lexicon": "w.npz"})
    assert found == Corpora({"one": Corpus("a", task="seg"), "two": Corpus("b", task="seg")})
    assert rest == {"lexicon": "w.npz"}
    with pytest.raises(CorpusError, match=r"expected vectors for all parts together, got it for the part one"):
        split_parts({"parts": {"one": node | {"vectors": "v.npz"}}})
    with pytest.raises(CorpusError, match=r"got data\.parts\.one\.tarin too"):
        split_parts({"parts": {"one": node | {"tarin": Path("a")}}})

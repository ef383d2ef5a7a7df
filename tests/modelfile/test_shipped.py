"""Names of models in the package, and files by path."""

from dataclasses import replace
from pathlib import Path

import models
import pytest

from tagger.errors import ModelError
from tagger.modelfile import shipped
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.shipped import find, versioned_names
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.patterns import Patterns
from tagger.tagging.tagger import load


def test_a_name_or_nothing_means_a_model_of_the_package() -> None:
    assert shipped.names() == ["zh-base", "zh-ner", "zh-small"]
    assert find() == find("zh-small") == shipped.FOLDER / "zh-small.onnx"
    assert find("zh-base") == shipped.FOLDER / "zh-base.onnx"
    assert find("zh-base.onnx") == Path("zh-base.onnx")
    assert find(Path("a/b")) == Path("a/b")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package with two models of version 2 and one of version 1."""
    metadata = open_model(models.SMALL).metadata
    for name, version in (("zh-base", 2), ("zh-small", 2), ("mine", 1)):
        rewrite(models.SMALL, tmp_path / f"{name}.onnx", replace(metadata, model_version=version))
    return tmp_path


def test_a_name_means_the_newest_version_and_may_have_one(folder: Path) -> None:
    assert versioned_names(folder) == ["mine@1", "zh-base@2", "zh-small@2"]
    for name in ("zh-small", "zh-small@2"):
        assert find(name, folder=folder) == folder / "zh-small.onnx"
    assert find("mine@1", folder=folder) == folder / "mine.onnx"
    assert find("runs/zh-small@1/model.onnx", folder=folder) == Path("runs/zh-small@1/model.onnx")
    assert repr(load(folder / "zh-small.onnx")) == "<Tagger zh-small@2>"
    assert repr(load(models.STANDARDS, standard="b")) == "<Tagger standards@1, standard b>"


def test_a_tagger_says_what_it_was_made_with(tmp_path: Path) -> None:
    dictionary = tmp_path / "own.txt"
    dictionary.write_text("北京\n公园\n", encoding="utf-8")
    dictionaries = Dictionary(["北京"]), Dictionary.read(dictionary)
    tagger = load(models.SMALL, dictionary=dictionaries, patterns=Patterns(["a+"]))
    assert repr(tagger) == f"<Tagger small@1, dictionary (1), dictionary {dictionary} (2), patterns (1)>"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zh-small@1", r"zh-small@1: expected version 2, .* git show .*/zh-small\.onnx > zh-small-1\.onnx"),
        ("zh-base@1", r"version 1 is in the repository: git show .*/zh-base\.onnx > zh-base-1\.onnx"),
        ("zh-small@3", "zh-small@3: expected version 2, which is the one that this package holds; update tagger"),
        ("zh-small@new", "zh-small@new: expected version 2, .*; ask for zh-small@2"),
        ("mine@7", "mine@7: expected version 1"),
        ("zh-large@2", "zh-large@2: expected one of the models mine@1, zh-base@2, zh-small@2, or the path of a file"),
    ],
)
def test_versions_that_the_package_does_not_have(folder: Path, name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        find(name, folder=folder)

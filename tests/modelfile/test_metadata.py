"""Metadata of model files: read and written back without loss, and every error names the key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagger.errors import ModelError
from tagger.modelfile.metadata import METADATA_KEY, ClassifierMetadata, TaggerMetadata, from_json, to_json
from tagger.modelfile.protobuf import read_property
from tagger.modelfile.shipped import find, names

TAGGER: dict[str, Any] = {
    "format": 1,
    "unit": "character",
    "scheme": {"name": "BMES", "pos": ["NOUN", "VERB"], "inner_spaces": False},
    "runs": ["url", "latin"],
    "standards": ["pku", "ctb"],
    "decoder": {"kind": "softmax", "parameters": {}},
    "architecture": {"cell": "gru", "hidden_sizes": [8, 4], "bidirectional": False, "head": "softmax", "char_size": 6},
    "n_parameters": 1000,
    "language": "zh",
    "training": {"corpus": "gold", "seed": 1, "init": {"corpus": "silver", "init": {"name": "first"}}},
    "exported": "2026-11-21T15:54:08+00:00",
    "versions": {"tagger": "0.2.0", "onnx": "1.23.2"},
    "rounding": {"tables": "int8", "encoder": "fp16"},
    "figures": {"dev": {"sentences": 3, "word_f1": 1, "word_f1_interval": [0.5, 1]}},
    "command": "make it",
}
CLASSIFIER: dict[str, Any] = {
    "format": 1,
    "kind": "classifier",
    "labels": ["a", "b"],
    "max_chars": 40,
    "architecture": {"cell": "lstm", "hidden_sizes": [8], "bidirectional": True, "pooling": "max"},
    "n_parameters": 1000,
    "training": {"corpus": "none"},
}


def copy(values: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(values))
    return copied


@pytest.mark.parametrize("name", names())
def test_a_shipped_model_is_read_and_written_back_without_loss(name: str) -> None:
    text = read_property(find(name).read_bytes(), METADATA_KEY)
    metadata = from_json(text)
    assert isinstance(metadata, TaggerMetadata)
    assert metadata.calibration
    assert metadata.rounding
    assert json.loads(to_json(metadata)) == json.loads(text)


@pytest.mark.parametrize("values", [TAGGER, CLASSIFIER], ids=["tagger", "classifier"])
def test_metadata_is_read_and_written_back_without_loss(values: dict[str, Any]) -> None:
    metadata = from_json(json.dumps(values))
    assert json.loads(to_json(metadata)) == values
    assert from_json(to_json(metadata)) == metadata
    assert isinstance(metadata, ClassifierMetadata if "labels" in values else TaggerMetadata)


def test_keys_of_a_newer_version_are_kept_at_every_level() -> None:
    values = copy(TAGGER)
    for part in (values, values["scheme"], values["training"]["init"], values["figures"]["dev"], values["rounding"]):
        part["newer"] = {"of": ["any", None, 1.5]}
    assert json.loads(to_json(from_json(json.dumps(values)))) == values


def test_a_name_that_is_a_number_is_read_as_text() -> None:
    metadata = from_json(json.dumps(copy(TAGGER) | {"training": {"name": 2024, "corpus": 1.5, "seed": 7}}))
    assert (metadata.training.name, metadata.training.corpus, metadata.training.seed) == ("2024", "1.5", 7)


def test_what_a_file_need_not_say_has_a_default() -> None:
    needed = ("format", "scheme", "decoder", "architecture", "n_parameters")
    metadata = from_json(json.dumps({key: TAGGER[key] for key in needed}))
    assert isinstance(metadata, TaggerMetadata)
    assert (metadata.unit, metadata.runs, metadata.standards, metadata.calibration) == ("character", (), (), None)
    assert (metadata.training.licence, metadata.language, dict(metadata.figures)) == (None, None, {})


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.pop("n_parameters"), "expected a key metadata.n_parameters, got none; export it again"),
        (lambda v: v["decoder"].pop("kind"), "expected a key metadata.decoder.kind, got none"),
        (lambda v: v.update(unit="byte"), "expected metadata.unit to be 'character' or 'word', got 'byte'"),
        (lambda v: v.update(n_parameters=1.5), "expected metadata.n_parameters to be an integer, got 1.5"),
        (lambda v: v.update(n_parameters=True), "expected metadata.n_parameters to be an integer, got True"),
        (lambda v: v.update(language=7), "expected metadata.language to be a string, got 7"),
        (lambda v: v.update(runs="url"), "expected metadata.runs to be a list, got 'url'"),
        (lambda v: v.update(runs=["url", 3]), r"expected metadata.runs\[1\] to be a string, got 3"),
        (lambda v: v["scheme"].update(inner_spaces=0), "metadata.scheme.inner_spaces to be true or false, got 0"),
        (lambda v: v.update(scheme=[]), r"expected metadata.scheme to be an object, got \[\]"),
        (lambda v: v.update(versions=[]), r"expected metadata.versions to be an object, got \[\]"),
        (lambda v: v["versions"].update(tagger=None), "expected metadata.versions.tagger to be a string, got None"),
        (lambda v: v["training"]["init"].update(seed="1"), "expected metadata.training.init.seed to be an integer"),
        (
            lambda v: v["figures"]["dev"].update(word_f1=float("nan")),
            "metadata.figures.dev.word_f1 to be a finite number",
        ),
        (lambda v: v["figures"]["dev"].update(word_f1_interval=[0.5]), "word_f1_interval to be a list of 2, got"),
        (
            lambda v: v.update(kind="parser"),
            "a model of kind tagger or classifier, got 'parser'; update tagger",
        ),
    ],
)
def test_an_error_says_what_was_wanted_and_what_came(edit: Callable[[dict[str, Any]], Any], message: str) -> None:
    values = copy(TAGGER)
    edit(values)
    with pytest.raises(ModelError, match=message):
        from_json(json.dumps(values))


def test_only_the_metadata_module_reads_metadata_by_key() -> None:
    package = Path(__file__).parents[2]
    sources = [*(package / "tagger").rglob("*.py"), *(package / "serve").rglob("*.py")]
    by_key = [path.name for path in sources if ".metadata[" in (text := path.read_text()) or "metadata.get(" in text]
    assert by_key == ["setting_fields.py"]  # its `metadata` is that of dataclass fields

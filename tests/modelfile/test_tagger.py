import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.modelfile import session
from tagger.modelfile.metadata import METADATA_KEY
from tagger.modelfile.protobuf import read_property, replace_property
from tagger.modelfile.session import CPU, CUDA
from tagger.modelfile.tagger import Model


def edited(source: Path, target: Path, edit: Callable[[dict[str, Any]], Any]) -> Path:
    """A copy of a model file with other metadata: `edit` changes the values, or returns the text."""
    model = source.read_bytes()
    values = json.loads(read_property(model, METADATA_KEY))
    edited_text = edit(values)
    text = edited_text if isinstance(edited_text, str) else json.dumps(values)
    target.write_bytes(replace_property(model, METADATA_KEY, text))
    return target


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_damaged_files(small_model: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(small_model.read_bytes()[:-300] if content is None else content)
    with pytest.raises(ModelError, match=r"bad\.onnx: expected"):
        Model.open(path)


@pytest.mark.parametrize(
    ("available", "used", "message"),
    [
        ([CPU], CPU, "expected an onnxruntime with CUDAExecutionProvider for TAGGER_RUNTIME=onnxruntime:cuda, got"),
        ([CUDA, CPU], CPU, "could not start it and took CPUExecutionProvider; see that a card"),
        ([CUDA, CPU], CUDA, ""),
    ],
)
def test_a_card_computes_where_it_is_asked_for_or_a_line_says_why_not(
    available: list[str], used: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, asked = session.start_session, list[str]()

    def started(model: str | bytes, provider: str) -> Any:
        asked.append(provider)
        opened: Any = start(model)
        monkeypatch.setattr(opened, "get_providers", lambda: [used, CPU])
        return opened

    monkeypatch.setenv("TAGGER_RUNTIME", "onnxruntime:cuda")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: available)
    monkeypatch.setattr(session, "start_session", started)
    with pytest.raises(ModelError, match=message) if message else nullcontext():
        Model.open(models.SMALL)
    assert asked == [CUDA] * (CUDA in available)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.onnx: expected a model file, found none"):
        Model.open(tmp_path / "no.onnx")
    with pytest.raises(ModelError, match="expected a model file, got a folder; give a file in it"):
        Model.open(tmp_path)


def test_a_model_of_somebody_else() -> None:
    with pytest.raises(ModelError, match=r"relu\.onnx: expected a model exported by tagger.*\['x'\]"):
        Model.open(models.RELU)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.update(format=2), "expected model format 1, got 2; update tagger"),
        (lambda v: (v.clear(), v.update(format=2)), "expected model format 1, got 2; update tagger"),
        (lambda v: v.pop("format"), "expected metadata with a format"),
        (lambda v: v.pop("scheme"), "expected a key metadata.scheme, got none; export it again"),
        (lambda v: v["scheme"].update(pos=None), "expected metadata.scheme.pos to be a list, got None"),
        (lambda v: "[1]", r"expected metadata with a format, got \'\[1\]\'"),
        (lambda v: "7", "expected metadata with a format"),
        (lambda v: "{bad", "expected metadata in JSON, got '{bad'"),
        (lambda v: v["decoder"].update(kind="beam"), "expected a decoder softmax, crf or factored, got 'beam'"),
        (
            lambda v: v["decoder"].update(parameters=[]),
            r"metadata.decoder.parameters to be an object, got \[\]",
        ),
        (lambda v: v["decoder"]["parameters"].pop("end"), "expected finite transition scores 'end'"),
        (
            lambda v: v["decoder"]["parameters"]["end"].pop(),
            r"'end' of shape \(7,\), got shape \(6,\)",
        ),
        (lambda v: v["decoder"]["parameters"]["inside"][0].pop(), "metadata cannot be read"),
        (lambda v: v["decoder"]["parameters"].update(start=["a"] * 7), "metadata cannot be read"),
        (
            lambda v: v["scheme"].update(pos=["A"]),
            r"'boundary' of shape \(3, 3\), got shape \(7, 7\)",
        ),
    ],
)
def test_metadata_that_cannot_be_used(
    small_model: Path, tmp_path: Path, edit: Callable[[dict[str, Any]], Any], message: str
) -> None:
    with pytest.raises(ModelError, match=rf"^\S*bad\.onnx: .*{message}"):
        Model.open(edited(small_model, tmp_path / "bad.onnx", edit))


def test_what_is_open(small_model: Path) -> None:
    model = Model.open(str(small_model))
    assert (model.name, model.scheme.pos) == ("small", ("NOUN", "VERB", "X"))
    scores = model.scores(np.array([[0x6211, 0x7231], [0x6211, 0]], np.int32), np.array([2, 1], np.int32))
    assert scores.shape == (2, 2, model.scheme.n_tags)
    assert scores.dtype == np.float32
    assert np.array_equal(scores[1, 0] > -1e4, model.scheme.allowed()[0])


def test_an_empty_batch_never_reaches_onnxruntime(small_model: Path) -> None:
    model = Model.open(small_model)
    for shape, lengths in (((0, 3), []), ((2, 0), [0, 0]), ((1, 2), [0])):
        with pytest.raises(ValueError, match="at least one character per row"):
            model.scores(np.zeros(shape, np.int32), np.array(lengths, np.int32))


def test_tagging_never_imports_torch(small_model: Path) -> None:
    code = (
        "import sys, tagger, tagger.tag, tagger.corpus, tagger.scores; "
        f"print(tagger.load({str(small_model)!r})('我喜欢北京').text); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'lightning', 'hydra', 'onnx')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "我喜欢北京\n"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, tagger; sys.exit('numpy' in sys.modules or 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Which runtime computes a model's scores, and what stands against the kernel."""

import gc
import re
import weakref
from dataclasses import replace
from pathlib import Path

import models
import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.modelfile import runtimes
from tagger.modelfile.native import runtime
from tagger.modelfile.native.library import Library, NativeError
from tagger.modelfile.native.runtime import asked_runtime, wanted_library
from tagger.modelfile.self_test import TOLERANCE
from tagger.modelfile.shipped import find
from tagger.modelfile.tagger import Model
from tagger.modelfile.verification import verify


def test_the_variable_asks_for_a_runtime(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    monkeypatch.setattr(runtime, "installed_library", lambda: library)
    for value, asked, wanted in (
        ("", None, library),
        ("native", "native", library),
        *((f"native:{path}", f"native:{path}", replace(library, path=path)) for path in library.paths),
        ("onnxruntime", "onnxruntime", None),
        ("onnxruntime:cuda", "onnxruntime:cuda", None),
    ):
        monkeypatch.setenv("TAGGER_RUNTIME", value)
        assert (asked_runtime(), wanted_library()) == (asked, wanted)
    for value, expected in (
        ("cuda", "expected onnxruntime, onnxruntime:cuda or native in TAGGER_RUNTIME, got 'cuda'"),
        ("native:", "expected native or, on this CPU, native:"),
        ("native:sse", "native:portable in TAGGER_RUNTIME, got 'native:sse'"),
    ):
        monkeypatch.setenv("TAGGER_RUNTIME", value)
        with pytest.raises(NativeError, match=expected):
            Model.open(models.SMALL)


def test_the_kernel_must_be_installed_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "installed_library", lambda: None)
    assert wanted_library() is None
    monkeypatch.setenv("TAGGER_RUNTIME", "native")
    with pytest.raises(NativeError, match="expected the package tagger-native for TAGGER_RUNTIME=native"):
        Model.open(models.SMALL)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (models.JOINT, "the kernel computes one head, and the model has two"),
        (models.NO_FORGET, "expected layers of LSTM cells, got Concat"),
        (models.INT8, "expected Gather for .*, got DequantizeLinear|expected MatMul for .*"),
        (models.WORDS, "expected Gather for .*, got none"),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_other_graphs_are_left_to_onnxruntime(file: Path, reason: str, library: Library) -> None:
    model = replace(Model.open(file), library=library)
    assert (str(model.runtime), model.runtime.kernel) == ("onnxruntime", None)
    assert re.search(reason, model.runtime.reason)


def test_a_kernel_that_answers_otherwise_steps_aside(library: Library) -> None:
    model = Model.open(models.SMALL)

    def other_scores(codes: np.ndarray, lengths: np.ndarray, standard: int) -> np.ndarray:
        scores = model.session_scores(codes, lengths, standard)
        scores[..., 1] += 0.01
        return scores

    chosen = replace(model, library=library).runtime
    assert chosen.kernel is not None
    with pytest.warns(RuntimeWarning, match="tagger-native gives other answers than onnxruntime"):
        assert replace(chosen, score=other_scores).kernel is None


def test_a_file_that_is_replaced_leaves_the_open_model_as_it_is(library: Library, tmp_path: Path) -> None:
    path, rows = tmp_path / "model.onnx", np.full(16, 9)
    path.write_bytes(models.SMALL.read_bytes())
    lazy, prepared = (replace(Model.open(path), library=library) for _ in range(2))
    prepared.runtime.prepare()
    path.unlink()
    assert lazy.tagging_kernel(rows) is None
    assert "expected the model file as it was when it was opened" in lazy.runtime.reason
    for model in (lazy, prepared):
        for _ in range(runtime.CALLS):
            model.tagging_kernel(rows[:1])
    assert lazy.tagging_kernel(rows[:1]) is None
    assert prepared.tagging_kernel(rows) is prepared.tagging_kernel(rows[:1]) is not None


def test_a_model_is_freed_with_its_last_user(library: Library) -> None:
    """Nothing refers to it in a circle, so a service that reads models again holds one of them at a time."""
    gc.disable()
    try:
        model = replace(Model.open(models.SMALL), library=library)
        model.runtime.prepare()
        places = [weakref.ref(model), weakref.ref(model.runtime), weakref.ref(model.runtime.kernel)]
        assert all(place() is not None for place in places)
        del model
        assert [place() for place in places] == [None] * 3
    finally:
        gc.enable()


def test_a_small_net_tags_few_short_rows_after_some_calls(library: Library) -> None:
    small, large = (replace(Model.open(file), library=library) for file in (models.SMALL, find("zh-base")))
    short, several, long, none = np.full(1, 20), np.full(9, 20), np.full(1, 5000), np.zeros(0, np.int64)
    assert small.tagging_kernel(short) is None
    for model in (small, large):
        for _ in range(runtime.CALLS):
            model.tagging_kernel(short)
    assert small.tagging_kernel(short) is small.tagging_kernel(several) is not None
    assert small.tagging_kernel(np.full(16, 9)) is not None
    assert small.tagging_kernel(long) is small.tagging_kernel(none) is small.kernel(short) is None
    assert large.tagging_kernel(short) is large.tagging_kernel(several) is None
    assert replace(small, library=None).tagging_kernel(short) is None


def test_few_rows_are_left_to_onnxruntime(library: Library) -> None:
    model = replace(Model.open(models.SMALL), library=library)
    assert model.kernel(np.full(15, 9)) is None
    assert model.kernel(np.full(16, 9)) is not None
    assert model.kernel(np.full(16, 5000)) is None
    assert model.kernel(np.full(17, 9)) is None  # the last one alone in a vector
    assert model.kernel(np.arange(1, 49)) is None
    assert model.kernel(np.arange(1, 490)) is not None
    assert replace(model, library=None).kernel(np.full(16, 9)) is None


@pytest.mark.parametrize(
    "path", [*map(find, ("zh-small", "zh-base", "zh-ner")), models.STANDARDS], ids=lambda path: path.stem
)
def test_the_kernel_passes_the_self_test(path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "installed_library", lambda: library)
    name, difference = verify(path, "native")
    assert name == f"native ({library.path})"
    assert difference <= TOLERANCE


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (models.WORDS, "expected a file that native computes, it refuses this one: expected Gather"),
        (models.JOINT, "expected a file that native computes, it refuses this one: the kernel computes one head, and"),
        (models.TOPICS, "expected a tagger, got a classifier"),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_the_self_test_of_other_graphs_is_refused(
    path: Path, reason: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "installed_library", lambda: library)
    with pytest.raises(ModelError, match=f": {reason}"):
        verify(path, "native")

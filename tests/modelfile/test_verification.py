"""`tagger export --verify`: a runtime that computes otherwise is found out, with where it differs and what to do."""

from dataclasses import replace
from pathlib import Path

import models
import numpy as np
import pytest

from tagger.decoding.transitions import Scores
from tagger.errors import ModelError
from tagger.export import main
from tagger.modelfile import runtimes
from tagger.modelfile.opening import open_model
from tagger.modelfile.rewrite import rewrite
from tagger.modelfile.runtimes import RUNTIMES, OpenedFile, Runtime
from tagger.modelfile.self_test import TOLERANCE, Feeds
from tagger.modelfile.session import ModelFile, run
from tagger.modelfile.verification import verify

ALONE = "each text alone is equal, so it reads what stands after a row's end: give it rows of one length"


def test_the_shipped_models_are_equal_in_onnxruntime(
    shipped_models: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in shipped_models:
        assert main([str(path), "--verify", "onnxruntime"]) == 0
        assert capsys.readouterr().out.startswith(f"{path}: equal in onnxruntime 1.")


def found_out(path: Path, runtime: str) -> str:
    """What is wrong with the scores that a runtime gives to a model file; empty if they are equal."""
    try:
        return "" if verify(path, runtime).difference <= TOLERANCE else "too far"
    except ModelError as error:
        return str(error)


def test_the_shipped_models_in_openvino_are_equal_or_differ_with_the_reason(shipped_models: list[Path]) -> None:
    pytest.importorskip("openvino", reason="needs OpenVINO: pip install openvino")
    assert found_out(models.FORWARD, "openvino") == ""
    for path in shipped_models:
        reason = found_out(path, "openvino")
        assert not reason or reason.endswith(ALONE)


def test_the_reference_of_onnx_reads_padding_where_a_net_reads_backwards() -> None:
    pytest.importorskip("onnx", reason="needs onnx: pip install onnx")
    assert found_out(models.FORWARD, "onnx.reference") == ""
    assert found_out(models.SMALL, "onnx.reference").endswith(ALONE)


def changed(file: ModelFile, feeds: Feeds, kind: str) -> Scores:
    """The scores of onnxruntime with the mistakes of other runtimes, or what they raise."""
    scores = run(file.session, **feeds).copy()
    match kind:
        case "padding" if len(scores) > 1:
            scores[2, 0] += 5
        case "all":
            scores[-1, 0] += 2
        case "shape":
            return scores[..., :-1]
        case "refusal":
            raise RuntimeError("LSTM:\n  no lengths")
        case "absent":
            raise ModuleNotFoundError("No module named 'openvino'", name="openvino")
    return scores


DIFFERS = "{path}: expected the scores of its self-test in openvino 1, got others: they differ by "


@pytest.mark.parametrize(
    ("model", "kind", "message"),
    [
        (models.SMALL, "padding", f"{DIFFERS}5 (0.001 is accepted) at character 1 of text 3; {ALONE}"),
        (models.WORDS, "padding", f"{DIFFERS}5 (0.001 is accepted) at word 1 of text 3; {ALONE}"),
        (models.TOPICS, "padding", f"{DIFFERS}5 (0.001 is accepted) for text 3; {ALONE}"),
        (
            models.SMALL,
            "all",
            f"{DIFFERS}2 (0.001 is accepted) at character 1 of text 3; each text alone differs too, by 2: do not use "
            "this file there",
        ),
        (models.SMALL, "shape", "expected the scores of a self-test, got others "),
        (
            models.SMALL,
            "refusal",
            "{path}: expected a file that openvino computes, it refuses this one: LSTM: no lengths\n",
        ),
        (models.SMALL, "absent", "expected openvino, which is not installed; pip install openvino\n"),
    ],
)
def test_a_runtime_that_differs_or_refuses_is_one_line(
    model: Path, kind: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_file(file: ModelFile) -> OpenedFile:
        return OpenedFile("openvino 1", lambda feeds: changed(file, feeds, kind))

    monkeypatch.setitem(RUNTIMES, "openvino", Runtime(open_file, "openvino", (RuntimeError,)))
    assert main([str(model), "--verify", "openvino"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"error: {message.format(path=model)}")
    assert err.count("\n") == 1


def test_int8_weights_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_file(file: ModelFile) -> OpenedFile:
        return OpenedFile("openvino 1", lambda feeds: run(file.session, **feeds) + np.float32(0.1))

    monkeypatch.setitem(RUNTIMES, "openvino", Runtime(open_file, "openvino", (RuntimeError,)))
    with pytest.raises(
        ModelError, match=r"int8 arithmetic depends on .*: measure with tagger evaluate, or use --round$"
    ):
        verify(models.INT8, "openvino")


def test_what_cannot_be_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "small.onnx"
    rewrite(models.SMALL, output, replace(open_model(models.SMALL).metadata, self_test=None))
    monkeypatch.setattr(runtimes, "installed_library", lambda: None)
    for arguments, message in (
        ([str(output), "--verify", "onnxruntime"], "small.onnx: expected a model file with a self-test, got one of"),
        ([str(tmp_path / "x.onnx"), "--verify", "onnxruntime"], "x.onnx: expected a model file, found none"),
        ([str(models.SMALL), "--verify", "native"], "expected tagger-native, which is not installed; run make native"),
    ):
        assert main(arguments) == 1
        err = capsys.readouterr().err
        assert message in err
        assert err.count("\n") == 1

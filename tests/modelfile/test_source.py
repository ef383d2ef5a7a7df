"""What a model is called: by its file, or by its run where all runs give their files one name."""

from pathlib import Path

import models
import pytest

from tagger.modelfile.source import name_of
from tagger.tagging.tagger import load


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("zh-small.onnx", "zh-small"),
        ("runs/own/model.onnx", "own/model"),
        ("runs/own/best.ckpt", "own/best"),
        ("runs/own/last.ckpt", "own/last"),
        ("runs/own/../other/interrupted.ckpt", "other/interrupted"),
        ("runs/own/news.onnx", "news"),
        (Path("runs/own/model.onnx"), "own/model"),
        (b"content", "model"),
    ],
)
def test_a_model_is_called_by_its_file_or_its_run(place: str | Path | bytes, name: str) -> None:
    assert name_of(place) == name


def test_a_file_of_the_working_folder_has_the_name_of_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    Path("model.onnx").write_bytes(Path(models.SMALL).read_bytes())
    assert load("model.onnx").model.versioned_name == "own/model@1"

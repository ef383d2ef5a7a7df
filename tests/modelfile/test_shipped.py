"""Names of models in the package, and files by path."""

from pathlib import Path

import pytest

from tagger.modelfile import shipped
from tagger.modelfile.shipped import find


def test_a_name_or_nothing_means_a_model_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("zh-base", "zh-small"):
        (tmp_path / f"{name}.onnx").write_bytes(b"")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    assert shipped.names() == ["zh-base", "zh-small"]
    assert find() == find("zh-small") == tmp_path / "zh-small.onnx"
    assert find("zh-base") == tmp_path / "zh-base.onnx"
    assert find("zh-base.onnx") == Path("zh-base.onnx")
    assert find(Path("a/b")) == Path("a/b")

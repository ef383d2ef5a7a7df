"""Names of models in the package, and files by path."""

from pathlib import Path

from tagger.modelfile import shipped
from tagger.modelfile.shipped import find


def test_a_name_or_nothing_means_a_model_of_the_package() -> None:
    assert shipped.names() == ["zh-base", "zh-small"]
    assert find() == find("zh-small") == shipped.FOLDER / "zh-small.onnx"
    assert find("zh-base") == shipped.FOLDER / "zh-base.onnx"
    assert find("zh-base.onnx") == Path("zh-base.onnx")
    assert find(Path("a/b")) == Path("a/b")

"""The models that come with the package."""

from pathlib import Path

DEFAULT = "zh-small"
FOLDER = Path(__file__).with_name("models")


def names() -> list[str]:
    """Their names, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.onnx"))


def find(model: str | Path | None = None) -> Path:
    """The file of a model given by name or path, of `zh-small` for None.

    The name of a model in the package always means that model, even if the working directory has a file of that name:
    give such a file's path with a slash, as in `./zh-small`.
    """
    if model is None or str(model) in names():
        return FOLDER / f"{model or DEFAULT}.onnx"
    return Path(model)

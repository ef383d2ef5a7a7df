"""The models that come with the package."""

from pathlib import Path

DEFAULT = "zh-small"
FOLDER = Path(__file__).with_name("models")


def names() -> list[str]:
    """What they are called, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.onnx"))


def find(model: str | Path | None = None) -> Path:
    """The file of a model given by name or path; of `zh-small` if none is given.

    A name means the model of that name in the package, whatever lies in the working directory: give a path with a
    suffix or a slash for a file.
    """
    if model is None or str(model) in names():
        return FOLDER / f"{model or DEFAULT}.onnx"
    return Path(model)

"""The models that come with the package, by name and version: `zh-small` is the newest, as is `zh-small@2`."""

import difflib
import re
from pathlib import Path

from ..errors import ModelError
from .metadata import METADATA_KEY, from_json
from .protobuf import read_property

DEFAULT = "zh-small"
FOLDER = Path(__file__).with_name("models")
# The commit of the repository that last held each earlier version.
EARLIER = {("zh-base", 1): "a8057be", ("zh-small", 1): "a8057be"}
_VERSIONED = re.compile(r"([\w-]+)@([\w-]*)")


def names(folder: Path = FOLDER) -> list[str]:
    """Their names, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.onnx"))


def versioned_names(folder: Path = FOLDER) -> list[str]:
    """Their names with the version of each: `zh-small@2`."""
    return [f"{name}@{_version(name, folder)}" for name in names(folder)]


def find(model: str | Path | None = None, *, folder: Path = FOLDER) -> Path:
    """The file of a model given by name or path, of `zh-small` for None.

    The name of a model in the package always means that model, even if the working directory has a file of that name:
    give such a file's path with a slash, as in `./zh-small`. Raises ModelError for a name with a version that the
    package does not have, and for what is neither a name nor a path.
    """
    if not isinstance(model, str | Path | None):
        raise ModelError(f"expected the name or the path of a model, got {model!r:.60}; give one of them")
    versioned = _VERSIONED.fullmatch(str(model)) if isinstance(model, str) else None
    if versioned and not Path(versioned[0]).exists():
        return _find_version(versioned[1], versioned[2], folder)
    if model is None or str(model) in names(folder):
        return folder / f"{model or DEFAULT}.onnx"
    return Path(model)


def describe_missing(path: Path) -> str:
    """What to do about a model file that is not there, as an error says it."""
    if path.is_dir():
        inside = path / "model.onnx"
        return f"{path}: expected a model file, got a folder; give {inside if inside.is_file() else 'a file in it'}"
    close = difflib.get_close_matches(path.stem.replace("_", "-"), names(), 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return (
        f"{path}: expected a model file, found none; correct the path, or give a model of the package: "
        f"{', '.join(names())}{hint}"
    )


def is_shipped(model: str) -> bool:
    """Whether this is the name of a model of the package, with a version or without."""
    return model.partition("@")[0] in names()


def _find_version(name: str, version: str, folder: Path) -> Path:
    if name not in names(folder):
        raise ModelError(
            f"{name}@{version}: expected one of the models {', '.join(versioned_names(folder))}, or the path of a file"
        )
    held = _version(name, folder)
    if version == str(held):
        return folder / f"{name}.onnx"
    wanted = int(version) if version.isdecimal() else 0
    remedy = "update tagger" if wanted > held else f"ask for {name}@{held}"
    if commit := EARLIER.get((name, wanted)):
        content = f"{commit}:tagger/modelfile/models/{name}.onnx"
        remedy = f"version {version} is in the repository: git show {content} > {name}-{version}.onnx"
    raise ModelError(f"{name}@{version}: expected version {held}, which is the one that this package holds; {remedy}")


def _version(name: str, folder: Path) -> int:
    return from_json(read_property((folder / f"{name}.onnx").read_bytes(), METADATA_KEY)).model_version

"""A model file of any kind, opened as what it is."""

from pathlib import Path

from .classifier import ClassifierModel
from .metadata import ClassifierMetadata
from .session import open_file
from .tagger import Model


def open_model(path: str | Path) -> Model | ClassifierModel:
    """Raises ModelError when the file is missing, damaged, foreign or of a newer format."""
    file = open_file(path)
    return ClassifierModel.of(file, path) if isinstance(file.metadata, ClassifierMetadata) else Model.of(file, path)

"""The model file of a classifier."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..errors import ModelError
from ..text.reading import TextReading
from .metadata import ClassifierMetadata
from .session import ModelFile, open_file, run
from .source import KEPT, SentModel, Source, describe

if TYPE_CHECKING:
    import onnxruntime as ort


@dataclass(frozen=True)
class ClassifierModel:
    """An open model file of a classifier: its session and metadata."""

    name: str
    session: "ort.InferenceSession"
    metadata: ClassifierMetadata
    source: Source

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of their scores."""
        return self.metadata.labels

    @property
    def max_chars(self) -> int:
        """How many characters, or words, of a text are read."""
        return self.metadata.max_chars

    @property
    def reading(self) -> TextReading:
        """What is read of a text."""
        return TextReading(self.metadata.unit, self.max_chars, self.metadata.padding)

    def __reduce__(self) -> tuple[Callable[[SentModel], "ClassifierModel"], tuple[SentModel]]:
        return _receive, (self.source.send(),)

    def __deepcopy__(self, memo: object) -> Self:
        return self  # an open model never changes

    @classmethod
    def open(cls, path: str | Path | bytes) -> Self:
        """Raises ModelError when the file is missing, damaged, foreign, of a newer format, or no classifier."""
        return cls.of(open_file(path), path)

    @classmethod
    def of(cls, file: ModelFile, path: str | Path | bytes) -> Self:
        """Raises ModelError as `open` does."""
        metadata, place = file.metadata, describe(path)
        if not isinstance(metadata, ClassifierMetadata):
            raise ModelError(
                f"{place}: expected a classifier, got a {metadata.kind}; use tagger.tag or tagger.load for it, or "
                "train a classifier: tagger train experiment=classify data.train=FILE.csv"
            )
        n_scores, n_labels = file.session.get_outputs()[0].shape[-1], len(metadata.labels)
        if n_scores != n_labels or metadata.max_chars < 1:
            raise ModelError(
                f"{place}: expected a label for each of {n_scores} scores and max_chars of 1 or more, got {n_labels} "
                f"labels and {metadata.max_chars}; export it again"
            )
        return cls(file.name, file.session, metadata, file.source)

    def scores(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32]) -> Scores:
        """Scores `[batch, n_labels]`. Raises ValueError for an empty batch or row."""
        return run(self.session, code_points, lengths)


@lru_cache(maxsize=KEPT)
def _receive(sent: SentModel) -> ClassifierModel:
    """The model that another process has sent, or a copy is made of; models that come again are open already."""
    return ClassifierModel.open(sent.receive())

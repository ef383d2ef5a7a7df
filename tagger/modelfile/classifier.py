"""The model file of a classifier, opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..errors import ModelError
from .session import ModelFile, open_file, reading, run


@dataclass(frozen=True)
class ClassifierModel:
    """An open model file of a classifier: its session, labels, how much of a text it reads, and metadata."""

    name: str
    session: ort.InferenceSession
    labels: tuple[str, ...]
    max_chars: int
    metadata: Mapping[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Raises ModelError when the file is missing, damaged, foreign, of a newer format, or no classifier."""
        return cls.of(open_file(path), path)

    @classmethod
    def of(cls, file: ModelFile, path: str | Path) -> Self:
        """Raises ModelError as `open` does."""
        if file.kind != "classifier":
            raise ModelError(
                f"{path}: expected a classifier, got a {file.kind}; use tagger.tag or tagger.load for it, or train "
                "one: python -m tagger.train experiment=classify_banking77"
            )
        with reading(path):
            labels, max_chars = tuple(map(str, file.metadata["labels"])), int(file.metadata["max_chars"])
            n_scores = file.session.get_outputs()[0].shape[-1]
            if n_scores != len(labels) or max_chars < 1:
                raise ModelError(
                    f"expected a label for each of {n_scores} scores and max_chars of 1 or more, got {len(labels)} "
                    f"labels and {max_chars}; export it again"
                )
        return cls(file.name, file.session, labels, max_chars, file.metadata)

    def scores(self, code_points: NDArray[np.int32], lengths: NDArray[np.int32]) -> Scores:
        """Scores `[batch, n_labels]`. ValueError on an empty batch or row."""
        return run(self.session, code_points, lengths)

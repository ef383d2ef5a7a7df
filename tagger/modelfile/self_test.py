"""The self-test of a model file: a batch of texts, and the scores that onnxruntime gives them.

The rows are of unequal length, so that a runtime that reads padding fails, and they follow all standards of a model.
The test finds a runtime that computes otherwise and a damaged net; it is no checksum, because it reads few characters.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..decoding.transitions import Scores
from ..errors import ModelError
from ..text.characters import code_points
from ..text.padding import pad
from ..text.vocabulary import BLANK, spell
from .metadata import ClassifierMetadata, Metadata, SelfTest, TaggerMetadata
from .rewrite import rewrite
from .session import ModelFile, open_file, run_all

TOLERANCE = 1e-3  # the largest difference of scores that is accepted
TEXTS = ("他们在2026年用iPhone拍照😀，真好！", "我們 學習語言，The end.", "好")
Feeds = Mapping[str, NDArray[np.int32]]


class Difference(NamedTuple):
    """The largest difference of scores, and where it is."""

    size: float
    row: int
    place: int


def add_self_test(path: str | Path) -> None:
    """Write the self-test of a model file into it. Raises ModelError and ExportError as `rewrite` does."""
    file = open_file(path)
    n_standards = len(file.metadata.standards) if isinstance(file.metadata, TaggerMetadata) else 0
    standards = tuple(row % n_standards for row in range(len(TEXTS))) if n_standards else ()
    test = SelfTest(texts=TEXTS, standards=standards, scores="")
    feeds = read_inputs(test, file.metadata)
    known = np.concatenate(_rows(join_outputs(run_all(file.session, **feeds)), feeds["lengths"], file.metadata))
    scores = base64.b64encode(known.astype("<f4").tobytes()).decode()
    rewrite(path, path, replace(file.metadata, self_test=replace(test, scores=scores)))


def join_outputs(outputs: Sequence[Scores]) -> Scores:
    """The scores of every output of a file side by side, as the self-test has them."""
    return outputs[0] if len(outputs) == 1 else np.concatenate(outputs, -1)


def self_test_of(file: ModelFile, place: str | Path) -> SelfTest:
    """The self-test in an open model file. Raises ModelError for a file without one."""
    if file.metadata.self_test is None:
        raise ModelError(
            f"{place}: expected a model file with a self-test, got one of a version that wrote none; export it again"
        )
    return file.metadata.self_test


def read_inputs(test: SelfTest, metadata: Metadata) -> dict[str, NDArray[np.int32]]:
    """The inputs of the graph by name: the rows of a self-test as one padded batch."""
    if metadata.unit == "word":
        spelled = [spell(text.split()) for text in test.texts]
        batch = pad(spelled, BLANK)
    else:
        spelled = [code_points(text) for text in test.texts]
        batch = pad(spelled)
    feeds = {"code_points": batch, "lengths": np.array([len(row) for row in spelled], np.int32)}
    return feeds | ({"standards": np.array(test.standards, np.int32)} if test.standards else {})


def compare(test: SelfTest, metadata: Metadata, scores: Scores) -> Difference:
    """The largest difference between the scores `[batch, time, n_scores]` of a runtime and those of a self-test.

    Raises ModelError when the scores have another shape, or when those of the self-test cannot be read.
    """
    found = _rows(scores, read_inputs(test, metadata)["lengths"], metadata)
    n_scores = found[0].shape[1]
    try:
        known = np.frombuffer(base64.b64decode(test.scores, validate=True), "<f4").reshape(-1, n_scores)
    except (ValueError, binascii.Error) as error:
        raise ModelError(f"expected the scores of a self-test, got others ({error}); export the model again") from error
    ends = np.cumsum([len(row) for row in found])
    if len(known) != ends[-1]:
        raise ModelError(f"expected {len(known)} rows of scores, got {ends[-1]}; export the model again")
    differences = np.nan_to_num(np.abs(np.concatenate(found) - known).max(1), nan=np.inf)
    worst = int(differences.argmax())
    row = int(np.searchsorted(ends, worst, side="right"))
    return Difference(float(differences[worst]), row, worst - int(ends[row] - len(found[row])))


def _rows(scores: Scores, lengths: NDArray[np.int32], metadata: Metadata) -> list[Scores]:
    """The scores `[time, n_scores]` of each row without its padding; of a classifier `[1, n_labels]`."""
    if isinstance(metadata, ClassifierMetadata):
        return [row[None] for row in scores]
    return [row[:length] for row, length in zip(scores, lengths, strict=True)]

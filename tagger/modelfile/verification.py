"""The self-test of a model file in a runtime: are its scores those that onnxruntime gives?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..decoding.transitions import Scores
from ..errors import ModelError
from .metadata import Metadata, TaggerMetadata
from .runtimes import RUNTIMES, OpenedFile
from .self_test import TOLERANCE, Difference, Feeds, compare, read_inputs, self_test_of
from .session import open_file


class Verified(NamedTuple):
    """A runtime with its version, and the largest difference of its scores from those of a self-test."""

    runtime: str
    difference: float


def verify(path: str | Path, runtime: str) -> Verified:
    """Runs the self-test of a model file in one of `RUNTIMES`.

    Raises ModelError when the runtime gives other scores, refuses the file or is not installed, and for a file
    without a self-test.
    """
    file = open_file(path)
    test = self_test_of(file, path)
    feeds = read_inputs(test, file.metadata)
    with _refusals(path, runtime):
        opened = RUNTIMES[runtime].open(file)
        scores = opened.score(feeds)
    difference = compare(test, file.metadata, scores)
    if difference.size <= TOLERANCE:
        return Verified(opened.runtime, difference.size)
    with _refusals(path, runtime):
        alone = compare(test, file.metadata, _score_alone(opened, feeds, scores))
    raise ModelError(
        f"{path}: expected the scores of its self-test in {opened.runtime}, got others: they differ by "
        f"{difference.size:.2g} ({TOLERANCE} is accepted) {_describe_place(difference, file.metadata)}; "
        + _describe_alone(alone, file.metadata)
    )


@contextmanager
def _refusals(path: str | Path, runtime: str) -> Iterator[None]:
    """Errors of a runtime in this block become ModelErrors of one line, which name the file and the runtime."""
    _, package, refusals = RUNTIMES[runtime]
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModelError(f"expected {error.name}, which is not installed; pip install {package}") from error
    except refusals as error:
        reason = " ".join(str(error).split()) or repr(error)
        raise ModelError(f"{path}: expected a file that {runtime} computes, it refuses this one: {reason}") from error


def _score_alone(opened: OpenedFile, feeds: Feeds, like: Scores) -> Scores:
    """The scores of the rows, each as a batch of its own without padding, as one array of the shape of `like`."""
    scores = np.zeros_like(like)
    for row, length in enumerate(feeds["lengths"]):
        one = {name: values[row : row + 1] for name, values in feeds.items()}
        found = opened.score(one | {"code_points": one["code_points"][:, :length]})[0]
        scores[row, : len(found)] = found
    return scores


def _describe_place(difference: Difference, metadata: Metadata) -> str:
    text = f"text {difference.row + 1}"
    if isinstance(metadata, TaggerMetadata):
        return f"at {metadata.unit} {difference.place + 1} of {text}"
    return f"for {text}"


def _describe_alone(alone: Difference, metadata: Metadata) -> str:
    if alone.size <= TOLERANCE:
        return "each text alone is equal, so it reads what stands after a row's end: give it rows of one length"
    if isinstance(metadata, TaggerMetadata) and metadata.quantization:
        return "int8 arithmetic depends on the runtime and the processor: measure with tagger evaluate, or use --round"
    return f"each text alone differs too, by {alone.size:.2g}: do not use this file there"

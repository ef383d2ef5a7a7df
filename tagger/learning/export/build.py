"""Nets as ONNX models: what each kind of net registers, and what is the same for all.

A kind of net registers its graph with `add_scores`, the metadata of its trained form with `describe`, and how its model
file is compared with it with `verify`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any

import onnx
import torch
from torch import nn

from ... import __version__
from ...errors import ExportError
from ...modelfile.metadata import Architecture, Metadata, TrainingInfo
from ...modelfile.record import read
from .graph import Graph, Interface, finish


@singledispatch
def add_scores(net: nn.Module, graph: Graph) -> Interface:
    """Add a net to a graph, from the inputs to the scores, which are the result of the last node.

    Raises ExportError for a net that nothing is registered for.
    """
    raise ExportError(
        f"expected a net that can be exported, got {type(net).__name__}; register its graph: "
        "tagger.learning.export.add_scores.register"
    )


@singledispatch
def describe(trained: object) -> Metadata:
    """The metadata of a trained net. Raises ExportError for a net that nothing is registered for."""
    raise ExportError(
        f"expected a trained net that can be exported, got {type(trained).__name__}; register its metadata: "
        "tagger.learning.export.describe.register"
    )


@singledispatch
def verify(model: object, net: nn.Module, *, seed: int = 0) -> float:
    """Compare an open model file with its net on random inputs, alone and in batches; returns the largest difference of
    scores.

    Raises ExportError when the file answers otherwise, and for a model that nothing is registered for.
    """
    raise ExportError(
        f"expected a model that can be compared, got {type(model).__name__}; register the comparison: "
        "tagger.learning.export.verify.register"
    )


def build(net: nn.Module, metadata: Metadata, *, rounded: bool = False) -> onnx.ModelProto:
    """A net and its metadata as an ONNX model; a `rounded` one stores weights in fewer bits, as `rounding` describes.

    Raises ExportError for a net or cell that cannot be exported.
    """
    graph = Graph(rounded=rounded)
    return finish(graph, add_scores(net, graph), metadata)


def read_architecture(options: dict[str, Any]) -> Architecture:
    """The options of a net as metadata."""
    return read(Architecture, options, "architecture")


def read_training(metadata: Mapping[str, Any]) -> TrainingInfo:
    """What a checkpoint says about its training, as metadata."""
    return read(TrainingInfo, metadata, "training")


def current_time() -> str:
    """The time of an export, after ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def software_versions() -> dict[str, str]:
    """Versions of what writes model files."""
    return {"tagger": __version__, "torch": torch.__version__, "onnx": onnx.__version__}

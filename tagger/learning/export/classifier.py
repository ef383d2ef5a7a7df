"""A classifier's checkpoint becomes one model file, published only if it answers the same."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto

from ... import __version__
from ...errors import ExportError
from ...files.atomic import publishing
from ...modelfile.classifier import ClassifierModel
from ...modelfile.metadata import FORMAT
from ...text.characters import PAD, code_points
from ...text.padding import pad
from ..checkpoint import TrainedClassifier, load_classifier
from ..nets.classifier import SequenceClassifier
from .graph import Graph, character_ids, finish, hidden_states, random_texts, to_numpy

TOLERANCE = 1e-4


def _pool(graph: Graph, net: SequenceClassifier, ids: str, hidden: str) -> str:
    """One vector `[batch, size]` of the hidden states `[time, batch, size]`."""
    if net.pooling == "last":
        last = graph.node("Sub", graph.node("Cast", "lengths", to=TensorProto.INT64), graph.constant(1, np.int64))
        n_rows = graph.node("Gather", graph.node("Shape", "lengths"), graph.constant(0, np.int64))
        rows = graph.node("Range", graph.constant(0, np.int64), n_rows, graph.constant(1, np.int64))
        columns = (graph.node("Unsqueeze", place, graph.constant([1], np.int64)) for place in (last, rows))
        found = graph.node("GatherND", hidden, graph.node("Concat", *columns, axis=1))
        if not net.architecture["bidirectional"]:
            return found
        first = graph.node("Squeeze", graph.slice(hidden, 0, 1), graph.constant([0], np.int64))
        half = net.encoder.size // 2
        parts = (graph.slice(found, 0, half, axis=1), graph.slice(first, half, 2 * half, axis=1))
        return graph.node("Concat", *parts, axis=1)
    padding = graph.node("Equal", ids, graph.constant(PAD, np.int32))
    padding = graph.node("Unsqueeze", padding, graph.constant([2], np.int64))
    if net.pooling == "max":
        masked = graph.node("Where", padding, graph.constant(-np.inf, np.float32), hidden)
        return graph.node("ReduceMax", masked, axes=[0], keepdims=0)
    masked = graph.node("Where", padding, graph.constant(0, np.float32), hidden)
    total = graph.node("ReduceSum", masked, graph.constant([0], np.int64), keepdims=0)
    n_chars = graph.node("Cast", "lengths", to=TensorProto.FLOAT)
    return graph.node("Div", total, graph.node("Unsqueeze", n_chars, graph.constant([1], np.int64)))


def _linear(graph: Graph, layer: torch.nn.Linear, x: str) -> str:
    product = graph.node("MatMul", x, graph.constant(to_numpy(layer.weight).T))
    return graph.node("Add", product, graph.constant(to_numpy(layer.bias)))


def build(net: SequenceClassifier, metadata: dict[str, Any]) -> onnx.ModelProto:
    """The graph of a classifier and its metadata as an ONNX model."""
    graph = Graph(rounded=False)
    ids = character_ids(graph, net.alphabet)
    hidden = hidden_states(graph, net.alphabet, net.embedding, net.encoder, str(net.architecture["cell"]), ids)
    x = _pool(graph, net, ids, hidden)
    if net.dense is not None:
        x = graph.node("Relu", _linear(graph, net.dense, x))
    _linear(graph, net.linear, x)
    return finish(graph, ["batch", len(net.labels)], metadata)


def describe(trained: TrainedClassifier) -> dict[str, Any]:
    """What the model file says about itself."""
    net, max_chars, metadata = trained
    return {
        "format": FORMAT,
        "kind": "classifier",
        "labels": list(net.labels),
        "max_chars": max_chars,
        "architecture": net.architecture,
        "n_parameters": sum(net.parts()),
        "training": metadata,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"tagger": __version__, "torch": torch.__version__, "onnx": onnx.__version__},
    }


def verify(model: ClassifierModel, net: SequenceClassifier, *, seed: int = 0) -> float:
    """Compare model file and net on random texts, alone and in batches; the largest difference of scores, as a share
    of the largest score of its batch (or of 1).

    Raises ExportError when a score differs by more than 1e-4.
    """
    generator = random.Random(seed)
    texts = random_texts(net.alphabet, generator)
    worst, at = 0.0, 0
    while at < len(texts):
        batch = [code_points(text) for text in texts[at : at + generator.choice((1, 1, 2, 7, 16))]]
        at += len(batch)
        lengths = np.array([len(codes) for codes in batch], np.int32)
        chars = pad(batch, generator.choice((0, ord("x"))))
        with torch.inference_mode():
            wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long()).numpy()
        size = max(1.0, float(np.abs(wanted).max()))  # scores of nets that are sure are large, and so is their noise
        worst = float(np.maximum(worst, np.abs(wanted - model.scores(chars, lengths)).max() / size))  # NaN stays
        if not worst <= TOLERANCE:
            raise ExportError(f"expected scores within {TOLERANCE} of the net's, got a difference of {worst:.2e}")
    return worst


def export(checkpoint: str | Path, output: str | Path) -> float:
    """Write the model file of a classifier's checkpoint; returns the largest difference of scores found.

    Raises ModelError for a bad checkpoint and ExportError when the file would answer differently or cannot be
    written; nothing is left half-written.
    """
    trained = load_classifier(checkpoint)
    try:
        with publishing(output) as temporary:
            onnx.save(build(trained.net, describe(trained)), temporary)
            return verify(ClassifierModel.open(temporary), trained.net)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error

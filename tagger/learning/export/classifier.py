"""Classifiers as model files."""

import random
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from onnx import TensorProto

from ...modelfile.classifier import ClassifierModel
from ...modelfile.metadata import FORMAT, ClassifierMetadata
from ..checkpoint import TrainedClassifier
from ..nets import SequenceClassifier, WordVectors
from ..nets.parts import count_parameters
from .build import add_scores, current_time, describe, read_architecture, read_training, software_versions, verify
from .cells import encode, final_states
from .characters import character_ids, embed
from .comparison import InputBatch, check_difference, random_texts, text_batches
from .graph import Graph, Interface, to_numpy
from .words import embed_words, random_words


@add_scores.register
def _(net: SequenceClassifier, graph: Graph) -> Interface:
    if isinstance(net.embedding, WordVectors):
        hidden = encode(graph, net.encoder, embed_words(graph, net.embedding))
        code_points: Sequence[str] = ("batch", "time", "characters")
    else:
        ids = character_ids(graph, net.alphabet)
        hidden = encode(graph, net.encoder, embed(graph, net.embedding, net.alphabet, ids))
        code_points = ("batch", "time")
    x = _pool(graph, net, hidden)
    if net.head.dense is not None:
        x = graph.node("Relu", _linear(graph, net.head.dense, x))
    _linear(graph, net.head.linear, x, n_before=int(net.head.one_output))
    return Interface(scores=["batch", len(net.labels)], code_points=code_points)


def _behind(graph: Graph, hidden: str) -> str:
    """Which steps of the hidden states `[time, batch, size]` lie behind the end of their row, `[time, batch]`."""
    n_steps = graph.node("Squeeze", graph.node("Shape", hidden, end=1), graph.constant([0], np.int64))
    steps = graph.node("Range", graph.constant(0, np.int64), n_steps, graph.constant(1, np.int64))
    lengths = graph.node("Cast", "lengths", to=TensorProto.INT64)
    return graph.node("GreaterOrEqual", graph.node("Unsqueeze", steps, graph.constant([1], np.int64)), lengths)


def _pool(graph: Graph, net: SequenceClassifier, hidden: str) -> str:
    """One vector `[batch, size]` of the hidden states `[time, batch, size]` of each text."""
    if net.pooling == "last":
        return final_states(graph, net.encoder, hidden)
    padding = graph.node("Unsqueeze", _behind(graph, hidden), graph.constant([2], np.int64))
    if net.pooling == "max":
        masked = graph.node("Where", padding, graph.constant(-np.inf, np.float32), hidden)
        return graph.node("ReduceMax", masked, axes=[0], keepdims=0)
    masked = graph.node("Where", padding, graph.constant(0, np.float32), hidden)
    total = graph.node("ReduceSum", masked, graph.constant([0], np.int64), keepdims=0)
    n_chars = graph.node("Cast", "lengths", to=TensorProto.FLOAT)
    return graph.node("Div", total, graph.node("Unsqueeze", n_chars, graph.constant([1], np.int64)))


def _linear(graph: Graph, layer: torch.nn.Linear, x: str, *, n_before: int = 0) -> str:
    """A layer of `x`, with `n_before` outputs of 0 before its own."""
    weight, bias = (np.concatenate([np.zeros_like(w[:n_before]), w]) for w in map(to_numpy, (layer.weight, layer.bias)))
    return graph.linear(x, weight, bias)


def _random_inputs(net: SequenceClassifier, generator: random.Random) -> Iterator[InputBatch]:
    if isinstance(net.embedding, WordVectors):
        return random_words(net.embedding.vocabulary, generator)
    return text_batches(random_texts(net.alphabet, generator), generator, padding=(0, ord("x")))


@describe.register
def _(trained: TrainedClassifier) -> ClassifierMetadata:
    net = trained.net
    return ClassifierMetadata(
        format=FORMAT,
        kind="classifier",
        labels=net.labels,
        max_chars=trained.max_chars,
        unit=net.unit,
        padding=trained.padding,
        architecture=read_architecture(net.architecture),
        n_parameters=sum(count_parameters(net).values()),
        training=read_training(trained.metadata),
        exported=current_time(),
        versions=software_versions(),
    )


@verify.register
def _(model: ClassifierModel, net: SequenceClassifier, *, seed: int = 0) -> float:
    """Scores may differ by 1e-4 of the largest score of their batch, or of 1."""
    generator = random.Random(seed)
    largest = 0.0
    for chars, lengths in _random_inputs(net, generator):
        with torch.inference_mode():
            wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long()).numpy()
        # A net that is sure gives large scores, whose rounding errors are as large in proportion.
        scale = max(1.0, float(np.abs(wanted).max()))
        difference = np.abs(wanted - model.scores(chars, lengths)).max() / scale
        largest = float(np.maximum(largest, difference))  # unlike max, keeps NaN
        check_difference(largest)
    return largest

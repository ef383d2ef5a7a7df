"""What the kernel computes from: the arrays of a graph, followed from its scores back to its code points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...text.characters import PAGE
from ..tensors import Array
from .graph import Graph, Pairs, Recurrent, UnknownGraphError, VectorTable, WordVectors


class Alphabet(NamedTuple):
    """Tables from code points to ids (see `text.characters.pages_of`), and those that change ids in their context (see
    `text.context`); none where there are no rules."""

    pages: Array
    cells: Array
    context: Sequence[Array]


class Vectors(NamedTuple):
    """What the vector of a character is made of, side by side: characters, bigrams to its left and to its right, and
    the sum of those of words. If it is `summed`, those of characters, of both bigrams side by side, and of words are
    added up. The vector of the standard is added to all of it."""

    chars: VectorTable
    bigrams: VectorTable | None
    bigram_pairs: Pairs | None
    words: Sequence[WordVectors]
    standards: Array | None
    summed: bool = False


class Head(NamedTuple):
    """The linear layer, which scores characters and whitespace keep, and the id of whitespace."""

    output: Array
    bias: Array
    allowed: Array
    space: int


@dataclass(frozen=True)
class NetArrays:
    """All arrays of a tagger of texts whose cells are LSTMs."""

    alphabet: Alphabet
    vectors: Vectors
    layers: Sequence[Recurrent]
    head: Head

    @property
    def n_products(self) -> int:
        """Products for a code point beside those with the vectors of characters, bigrams and words."""
        inputs = sum(layer.input.size for layer in self.layers[1:])
        return inputs + sum(layer.hidden.size for layer in self.layers) + self.head.output.size

    @classmethod
    def read(cls, model: bytes) -> "NetArrays":
        """Raises UnknownGraphError for a graph that the kernel cannot compute, ModelError for what is no ONNX file."""
        graph = Graph.of(model)
        head, hidden, ids = _read_head(graph)
        layers, x = _read_layers(graph, hidden)
        vectors = _read_vectors(graph, x)
        if vectors.chars.index != ids:
            raise UnknownGraphError(f"expected scores of the characters {ids}, got those of {vectors.chars.index}")
        return cls(_read_alphabet(graph, ids), vectors, layers, head)


def _read_head(graph: Graph) -> tuple[Head, str, str]:
    """The head, the hidden states that it reads, and the ids of characters."""
    allowed, sums, _ = graph.inputs(graph.inputs("scores", "Transpose")[0], "Where")
    product, bias = graph.inputs(sums, "Add")
    hidden, weight = graph.inputs(product, "MatMul")
    table, is_space = graph.inputs(allowed, "Gather")
    ids, space = graph.inputs(graph.inputs(is_space, "Cast")[0], "Equal")
    head = Head(graph.constant(weight), graph.constant(bias), graph.constant(table), graph.number(space))
    return head, hidden, ids


def _read_layers(graph: Graph, hidden: str) -> tuple[list[Recurrent], str]:
    """The layers from the first to the last, and what the first one reads."""
    layers: list[Recurrent] = []
    while graph.makes(hidden, "Reshape"):
        made, _ = graph.inputs(hidden, "Reshape")
        operator = graph.inputs(made, "Transpose")[0]
        hidden, *weights, lengths = graph.inputs(operator, "LSTM")
        if graph.makers[operator].strings or lengths != "lengths" or len(weights) != 3:
            raise UnknownGraphError(f"expected an LSTM with its usual activations for {operator}, got another")
        layers.insert(0, Recurrent(*map(graph.constant, weights)))
    if not layers:
        node = graph.makers.get(hidden)
        raise UnknownGraphError(f"expected layers of LSTM cells, got {node.operator if node else hidden}")
    return layers, hidden


def _read_vectors(graph: Graph, x: str) -> Vectors:
    standards = None
    if graph.makes(x, "Add"):
        x, added = graph.inputs(x, "Add")
        table, index = graph.inputs(added, "Gather")
        standards = graph.constant(table)
        if index != "standards":
            raise UnknownGraphError(f"expected vectors of standards, got those of {index}")
    summed = graph.makes(x, "Sum")
    first, *others = graph.inputs(x, "Sum" if summed else "Concat")
    chars = graph.vectors(first)
    n_chars = len(chars.values)
    features: Sequence[str] = ()
    if summed:
        neighbours = graph.inputs(others.pop(0), "Concat") if others and graph.makes(others[0], "Concat") else ()
        features, others = others, list(neighbours)
    elif others and graph.makes(others[-1], "Sum"):
        features = graph.inputs(others.pop(), "Sum")
    words = [graph.word(*pair, n_chars) for pair in zip(features[::2], features[1::2], strict=True)]
    bigrams, pairs = _read_bigrams(graph, others, n_chars) if others else (None, None)
    return Vectors(chars, bigrams, pairs, words, standards, summed)


def _read_bigrams(graph: Graph, parts: Sequence[str], n_chars: int) -> tuple[VectorTable, Pairs]:
    """The table of which two parts are slices: the bigrams that end, and those that begin with each character."""
    tables = {graph.inputs(part, "Slice")[0] for part in parts}
    if len(parts) != 2 or len(tables) != 1:
        raise UnknownGraphError(f"expected two slices of vectors of bigrams, got {len(parts)} of {len(tables)}")
    vectors = graph.vectors(tables.pop())
    return vectors, graph.pairs(vectors.index, n_chars)


def _read_alphabet(graph: Graph, ids: str) -> Alphabet:
    context: list[Array] = []
    if graph.makes(ids, "ScatterND"):
        ids, _, changed = graph.inputs(ids, "ScatterND")
        _, change = graph.inputs(changed, "Add")
        table, place = graph.inputs(change, "Gather")
        first, after = graph.inputs(place, "Add")
        places = (*graph.inputs(first, "Add"), after)
        context = [graph.constant(name) for name in (*(graph.inputs(part, "Gather")[0] for part in places), table)]
    _, ids, _ = graph.inputs(ids, "Where")
    cells, place = graph.inputs(ids, "Gather")
    first, shift = graph.inputs(place, "Add")
    if graph.makes(shift, "Gather"):  # how far the cells of each page lie from its code points
        shifts = graph.constant(graph.inputs(shift, "Gather")[0])
        return Alphabet(shifts // PAGE + np.arange(len(shifts)), graph.constant(cells), context)
    page = graph.inputs(graph.inputs(first, "Mul")[0], "Gather")[0]  # in files of earlier versions
    return Alphabet(graph.constant(page), graph.constant(cells), context)

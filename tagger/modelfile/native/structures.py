"""The structures of native/src/tagger_native.h, and a net's arrays as one of them."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoding.transitions import Transitions
from ...text.scheme import Scheme
from ...text.symbol_words import symbol_tags
from ..tensors import Array
from .arrays import NetArrays
from .graph import Pairs, Recurrent, UnknownGraphError, VectorTable

_INTEGER, _POINTER = ctypes.c_int64, ctypes.c_void_p


class TnTable(ctypes.Structure):
    _fields_ = [(name, _POINTER) for name in ("floats", "integers", "scales")] + [
        (name, _INTEGER) for name in ("n_rows", "size")
    ]


class TnPairs(ctypes.Structure):
    _fields_ = [
        *((name, _POINTER) for name in ("lefts", "rights", "numbers")),
        *((name, _INTEGER) for name in ("n_pairs", "n_left", "n_rows")),
    ]


class TnWords(ctypes.Structure):
    _fields_ = [("pairs", TnPairs), ("kinds", _POINTER), ("begin", TnTable), ("end", TnTable)]


class TnLayer(ctypes.Structure):
    _fields_ = [(name, _POINTER) for name in ("input", "hidden", "bias")] + [
        (name, _INTEGER) for name in ("n_directions", "input_size", "size")
    ]


class TnNet(ctypes.Structure):
    _fields_ = [
        *((name, _POINTER) for name in ("pages", "cells")),
        *((name, _INTEGER) for name in ("n_pages", "n_cells", "n_chars", "space")),
        *((name, _POINTER) for name in ("source", "before", "after", "change")),
        ("n_change", _INTEGER),
        *((name, TnTable) for name in ("chars", "bigrams")),
        ("bigram_pairs", TnPairs),
        ("words", ctypes.POINTER(TnWords)),
        *((name, _INTEGER) for name in ("n_words", "summed")),
        ("standards", _POINTER),
        ("n_standards", _INTEGER),
        ("layers", ctypes.POINTER(TnLayer)),
        ("n_layers", _INTEGER),
        *((name, _POINTER) for name in ("output", "output_bias", "allowed")),
        *((name, _INTEGER) for name in ("n_scores", "n_pos", "outside")),
        ("symbols", _POINTER),
        *((name, _INTEGER) for name in ("n_symbols", "factored")),
        *((name, _POINTER) for name in ("boundary", "inside", "start", "end")),
    ]


class TnRows(ctypes.Structure):
    _fields_ = [
        *((name, _POINTER) for name in ("codes", "edges", "pos", "spaces")),
        ("n_codes", _INTEGER),
        *((name, _POINTER) for name in ("starts", "lengths", "places")),
        *((name, _INTEGER) for name in ("n_rows", "n_places", "standard")),
    ]


class TnWritten(ctypes.Structure):
    _fields_ = [
        *((name, _POINTER) for name in ("codes", "left_out")),
        ("n_codes", _INTEGER),
        *((name, _POINTER) for name in ("starts", "ends", "kinds")),
        ("n_words", _INTEGER),
        *((name, _POINTER) for name in ("bytes", "firsts")),
        *((name, _INTEGER) for name in ("n_bytes", "n_kinds")),
        *((name, _POINTER) for name in ("from", "to")),
    ]


class Memory:
    """Arrays that C reads: it keeps them while their addresses are in use."""

    def __init__(self) -> None:
        self._arrays: list[NDArray[Any]] = []

    def place(self, array: NDArray[Any], dtype: type[np.generic]) -> int:
        """The address of an array of that type, row by row."""
        self._arrays.append(np.require(array, dtype, ["C", "A"]))
        return self._arrays[-1].ctypes.data


def net_structure(
    arrays: NetArrays, transitions: Transitions, scheme: Scheme, *, factored: bool
) -> tuple[TnNet, Memory]:
    """The structure of a net, and the memory that it points into.

    Raises UnknownGraphError for arrays whose shapes do not fit together; C checks their values.
    """
    net, memory = TnNet(), Memory()
    try:
        _fill_characters(net, memory, arrays)
        _fill_input(net, memory, arrays)
        layers = [_layer(memory, layer) for layer in arrays.layers]
        net.layers, net.n_layers = (TnLayer * len(layers))(*layers), len(layers)
        _fill_head(net, memory, arrays)
    except ValueError as error:
        raise UnknownGraphError(f"expected arrays that fit together, got others ({error})") from error
    net.n_pos, net.outside, net.factored = scheme.n_pos, scheme.outside, factored
    symbols = np.array(list(symbol_tags(scheme).values()), np.int32)
    net.symbols, net.n_symbols = memory.place(symbols, np.int32), len(symbols)
    for name in ("boundary", "inside", "start", "end"):
        setattr(net, name, memory.place(getattr(transitions, name), np.float32))
    return net, memory


def _fill_characters(net: TnNet, memory: Memory, arrays: NetArrays) -> None:
    pages, cells, context = arrays.alphabet
    net.pages, net.n_pages = memory.place(pages, np.int32), pages.size
    net.cells, net.n_cells = memory.place(cells, np.int32), cells.size
    net.n_chars, net.space = len(arrays.vectors.chars.values), arrays.head.space
    if not context:
        return
    *by_char, change = context
    _expect(all(table.shape == (net.n_chars,) for table in by_char), "a value for each character")
    net.source, net.before, net.after = (memory.place(table, np.int32) for table in by_char)
    net.change, net.n_change = memory.place(change, np.int32), change.size


def _fill_input(net: TnNet, memory: Memory, arrays: NetArrays) -> None:
    vectors, n_chars = arrays.vectors, len(arrays.vectors.chars.values)
    net.chars, net.summed = _table(memory, vectors.chars), vectors.summed
    if vectors.bigrams and vectors.bigram_pairs:
        net.bigrams = _table(memory, vectors.bigrams)
        net.bigram_pairs = _pairs(memory, vectors.bigram_pairs, n_chars, len(vectors.bigrams.values))
    words, n_left = [], n_chars
    for word in vectors.words:
        tables = (_table(memory, VectorTable(values, None, "")) for values in (word.begin, word.end))
        pairs = _pairs(memory, word.pairs, n_left, len(word.kinds))
        words.append(TnWords(pairs, memory.place(word.kinds, np.int32), *tables))
        n_left = len(word.kinds)
    net.words, net.n_words = (TnWords * len(words))(*words), len(words)
    if vectors.standards is not None:
        _expect(vectors.standards.shape[1:] == arrays.layers[0].input.shape[2:], "standards as wide as the input")
        net.standards, net.n_standards = memory.place(vectors.standards, np.float32), len(vectors.standards)


def _fill_head(net: TnNet, memory: Memory, arrays: NetArrays) -> None:
    output, bias, allowed, _ = arrays.head
    directions, _, size = arrays.layers[-1].hidden.shape
    _expect(output.shape == (directions * size, bias.size), "an output of the last layer's hidden states")
    _expect(allowed.shape == (2, bias.size), "scores that characters and whitespace keep")
    net.output, net.output_bias = memory.place(output, np.float32), memory.place(bias, np.float32)
    net.allowed, net.n_scores = memory.place(allowed, np.uint8), bias.size


def _table(memory: Memory, table: VectorTable) -> TnTable:
    values, scales = table.values, table.scales
    _expect(values.ndim == 2, "a table of vectors")
    if scales is None:
        return TnTable(memory.place(values, np.float32), None, None, *values.shape)
    _expect(values.dtype == np.int8 and scales.shape == (len(values), 1), "a scale for each row of int8")
    return TnTable(None, memory.place(values, np.int8), memory.place(scales, np.float32), *values.shape)


def _pairs(memory: Memory, pairs: Pairs, n_left: int, n_rows: int) -> TnPairs:
    columns = pairs.lefts, pairs.rights, pairs.numbers
    _expect(len({column.shape for column in columns}) == 1, "a number for each pair")
    return TnPairs(*(memory.place(column, np.int32) for column in columns), len(pairs.lefts), n_left, n_rows)


def _layer(memory: Memory, layer: Recurrent) -> TnLayer:
    parts: Sequence[Array] = layer.input, layer.hidden, layer.bias
    _expect([part.ndim for part in parts] == [3, 3, 2], "weights of three, three and two dimensions")
    n, rows, size = layer.hidden.shape
    shapes = (n, 4 * size, layer.input.shape[2]), (n, 4 * size, size), (n, 8 * size)
    _expect(rows == 4 * size and all(p.shape == s for p, s in zip(parts, shapes, strict=True)), "weights of one LSTM")
    places = (memory.place(part, np.float32) for part in parts)
    return TnLayer(*places, n, layer.input.shape[2], size)


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise UnknownGraphError(f"expected {what}, got arrays of other shapes")

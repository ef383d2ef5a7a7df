"""ONNX graphs, node by node: code points to the hidden states of a net's encoder."""

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ... import __version__
from ...modelfile.metadata import METADATA_KEY
from ...text.alphabet import Alphabet
from ...text.characters import PAGE
from ...text.pair_table import PairTable
from ..nets.cells import LSTMWithoutForget
from ..nets.embedding import Embedding
from ..nets.encoder import Encoder, Recurrent
from .rounding import to_int8
from .scan import no_forget

OPSET, IR_VERSION = 17, 8
END = 2**31 - 1  # of a slice: the end of its axis
# Gate order: torch has i, f, g, o and r, z, n; ONNX has i, o, f, c and z, r, h.
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}
_OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}


class Graph:
    """Nodes and constants in the order they are added; every method returns the name of its result."""

    def __init__(self, *, rounded: bool) -> None:
        self.rounded = rounded
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Any, dtype: Any = None) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(np.asarray(value, dtype)), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def table(self, weight: torch.Tensor, ids: str) -> str:
        """Rows of a table, which is int8 with a scale for each row in a rounded graph."""
        if not self.rounded:
            return self.node("Gather", self.constant(to_numpy(weight)), ids)
        integers, scale = (self.node("Gather", self.constant(part), ids) for part in to_int8(to_numpy(weight)))
        return self.node("Mul", self.node("Cast", integers, to=TensorProto.FLOAT), scale)

    def matrix(self, weight: NDArray[np.float32]) -> str:
        """A constant matrix, which is fp16 in a rounded graph and widened when the file is opened."""
        if not self.rounded:
            return self.constant(weight)
        return self.node("Cast", self.constant(weight, np.float16), to=TensorProto.FLOAT)

    def slice(self, value: str, start: int, end: int, *, axis: int = 0) -> str:
        bounds = (self.constant([bound], np.int64) for bound in (start, end, axis))
        return self.node("Slice", value, *bounds)


def character_ids(graph: Graph, alphabet: Alphabet) -> str:
    """Character ids `[time, batch]`; time comes first from here on, as ONNX's recurrent operators want it."""
    pages, cells = alphabet.char_table
    codes = graph.node("Transpose", "code_points", perm=[1, 0])
    page_size = graph.constant(PAGE, np.int32)
    page = graph.node("Div", codes, page_size)
    offset = graph.node("Sub", codes, graph.node("Mul", page, page_size))
    place = graph.node("Add", graph.node("Mul", graph.node("Gather", graph.constant(pages), page), page_size), offset)
    ids = graph.node("Gather", graph.constant(cells), place)
    time = graph.node("Gather", graph.node("Shape", codes), graph.constant(0, np.int64))
    steps = graph.node("Range", graph.constant(0, np.int64), time, graph.constant(1, np.int64))
    column = graph.node("Unsqueeze", graph.node("Cast", steps, to=TensorProto.INT32), graph.constant([1], np.int64))
    return graph.node("Where", graph.node("Less", column, "lengths"), ids, graph.constant(0, np.int32))


def vectors(graph: Graph, embedding: Embedding, alphabet: Alphabet, ids: str) -> str:
    """Embeddings `[time, batch, size]`."""
    found = [graph.table(embedding.char.weight, ids)]
    if embedding.bigram is not None:
        padded = graph.node("Pad", ids, graph.constant([1, 0, 1, 0], np.int64))
        left, right = graph.slice(padded, 0, -1), graph.slice(padded, 1, END)
        bigrams = numbers(graph, alphabet.bigram_table, alphabet.n_chars, left, right, n_left=alphabet.n_chars)
        around = graph.table(embedding.bigram.weight, bigrams)
        found += graph.slice(around, 0, -1), graph.slice(around, 1, END)
    if embedding.word is not None:
        found.append(words(graph, embedding.word.weight, alphabet, ids))
    return graph.node("Concat", *found, axis=2)


def numbers(graph: Graph, table: PairTable, n_chars: int, left: str, right: str, *, n_left: int) -> str:
    """The number of each pair of a number below `n_left` and a character id, 0 where the table has none."""
    n_slots = len(table.keys)
    # Half as wide where no product overflows: the tables are read at random, and are smaller then.
    small = max(n_left * n_chars, *(n_left * a + n_chars * b for a, b in table.multipliers)) < 2**31
    dtype: type[np.signedinteger[Any]] = np.int32 if small else np.int64
    if not small:
        left, right = (graph.node("Cast", ids, to=TensorProto.INT64) for ids in (left, right))
    key = graph.node("Add", graph.node("Mul", left, graph.constant(n_chars, dtype)), right)
    if narrow := n_left * n_chars < 2**31:
        key = key if small else graph.node("Cast", key, to=TensorProto.INT32)
    # One slot more, for what is in neither of its two.
    known = graph.constant(table.keys, np.int32 if narrow else np.int64)
    rows = graph.constant(np.append(table.rows, 0), np.uint16 if table.rows.max() < 2**16 else np.int32)
    place = graph.constant(n_slots, dtype)
    for a, b in table.multipliers:
        products = (graph.node("Mul", x, graph.constant(m, dtype)) for x, m in ((left, a), (right, b)))
        slot = graph.node("Mod", graph.node("Add", *products), graph.constant(n_slots, dtype))
        match = graph.node("Equal", graph.node("Gather", known, slot), key)
        place = graph.node("Where", match, slot, place)
    return graph.node("Cast", graph.node("Gather", rows, place), to=TensorProto.INT32)


def words(graph: Graph, weight: torch.Tensor, alphabet: Alphabet, ids: str) -> str:
    """What the words that begin or end in each character say, `[time, batch, word_size]`; see `net.Embedding`."""
    tables = alphabet.word_tables
    longest = 1 + len(tables)
    padded = graph.node("Pad", ids, graph.constant([0, 0, longest - 1, 0], np.int64))
    rows = np.split(to_numpy(weight), 2 * len(tables))
    number, n_left, vectors = ids, alphabet.n_chars, list[str]()
    for length, (table, kinds_of) in enumerate(tables, 2):
        right = graph.slice(padded, length - 1, length - longest or END)
        number = numbers(graph, table, alphabet.n_chars, number, right, n_left=n_left)
        n_left = len(kinds_of)
        small = graph.constant(kinds_of, np.uint8 if alphabet.n_kinds <= 2**8 else np.int32)
        begins = graph.node("Cast", graph.node("Gather", small, number), to=TensorProto.INT32)
        earlier = graph.node("Pad", begins, graph.constant([length - 1, 0, 0, 0], np.int64))
        ends = graph.slice(earlier, 0, 1 - length)
        vectors += (graph.node("Gather", graph.constant(rows.pop(0)), kinds) for kinds in (begins, ends))
    return graph.node("Sum", *vectors)


def recurrent(graph: Graph, cell: str, layer: Recurrent, x: str) -> str:
    """One layer, `[time, batch, input]` to `[time, batch, size]`."""
    if cell == "lstm_no_forget":
        return _no_forget(graph, layer, x)
    cell = cell.removeprefix("reference_")  # the same function of the same weights
    gates = _GATES[cell]
    input_weights, hidden_weights, biases = [], [], []
    for direction in layer.directions:
        weights = {name: _reorder(to_numpy(weight), gates) for name, weight in direction.named_parameters()}
        input_weights.append(weights["weight_ih_l0"])
        hidden_weights.append(weights["weight_hh_l0"])
        biases.append(np.concatenate([weights["bias_ih_l0"], weights["bias_hh_l0"]]))
    n = len(layer.directions)
    attributes: dict[str, Any] = {
        "hidden_size": layer.size // n,
        "direction": "bidirectional" if n == 2 else "forward",
    }
    if cell == "gru":
        attributes["linear_before_reset"] = 1
    if cell == "rnn_relu":
        attributes["activations"] = ["Relu"] * n
    constants = (graph.matrix(np.stack(part)) for part in (input_weights, hidden_weights, biases))
    y = graph.node(_OPERATORS[cell], x, *constants, "lengths", **attributes)
    together = graph.node("Transpose", y, perm=[0, 2, 1, 3])
    return graph.node("Reshape", together, graph.constant([0, 0, -1], np.int64))


def _no_forget(graph: Graph, layer: Recurrent, x: str) -> str:
    """The same for the LSTM without a forget gate: a Scan in each direction."""
    lengths = graph.node("Cast", "lengths", to=TensorProto.INT64)
    outputs = []
    for backward, direction in enumerate(layer.directions):
        assert isinstance(direction, LSTMWithoutForget)
        turned = graph.node("ReverseSequence", x, lengths, time_axis=0, batch_axis=1) if backward else x
        bias = graph.constant(to_numpy(direction.bias_ih_l0 + direction.bias_hh_l0))
        gates = graph.node("Add", graph.node("MatMul", turned, graph.matrix(to_numpy(direction.weight_ih_l0).T)), bias)
        hidden_weights = graph.matrix(to_numpy(direction.weight_hh_l0).T)
        batch = graph.node("Shape", "lengths")
        size = graph.constant([direction.hidden_size], np.int64)
        zeros = graph.node("ConstantOfShape", graph.node("Concat", batch, size, axis=0))
        name = f"scan{len(graph.nodes)}"
        body = no_forget(name, hidden_weights, direction.hidden_size)
        ends, y = [f"{name}_end_h", f"{name}_end_c"], f"{name}_hidden"
        graph.nodes.append(helper.make_node("Scan", [zeros, zeros, gates], [*ends, y], body=body, num_scan_inputs=1))
        outputs.append(graph.node("ReverseSequence", y, lengths, time_axis=0, batch_axis=1) if backward else y)
    return graph.node("Concat", *outputs, axis=2)


def _reorder(weight: NDArray[np.float32], gates: Sequence[int]) -> NDArray[np.float32]:
    parts = np.split(weight, len(gates))
    return np.concatenate([parts[gate] for gate in gates])


def to_numpy(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array


def hidden_states(
    graph: Graph, alphabet: Alphabet, embedding: Embedding, encoder: Encoder, cell: str, ids: str, added: str = ""
) -> str:
    """Hidden states `[time, batch, size]` of character ids `[time, batch]`; `added [batch, size]` to each vector."""
    x = vectors(graph, embedding, alphabet, ids)
    if added:
        x = graph.node("Add", x, added)
    return layers(graph, encoder, cell, x)


def layers(graph: Graph, encoder: Encoder, cell: str, x: str) -> str:
    """Hidden states `[time, batch, size]` of vectors `[time, batch, input_size]`."""
    for layer in encoder.layers:
        assert isinstance(layer, Recurrent)
        x = recurrent(graph, cell, layer, x)
    return x


def finish(
    graph: Graph,
    shape: Sequence[str | int],
    metadata: dict[str, Any],
    more: Sequence[str] = (),
    per_unit: Sequence[str] = (),
) -> onnx.ModelProto:
    """The graph as a model that takes code points (`[batch, time]` and the dimensions `per_unit`) and lengths, and
    `more` inputs of one number a row, and gives the last node's result, of that shape."""
    graph.nodes[-1].output[0] = "scores"
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tagger",
            [
                helper.make_tensor_value_info("code_points", TensorProto.INT32, ["batch", "time", *per_unit]),
                *(helper.make_tensor_value_info(name, TensorProto.INT32, ["batch"]) for name in ("lengths", *more)),
            ],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, shape)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tagger",
        producer_version=__version__,
    )
    helper.set_model_props(proto, {METADATA_KEY: json.dumps(metadata, ensure_ascii=False)})
    onnx.checker.check_model(proto, full_check=True)
    return proto


def random_texts(alphabet: Alphabet, generator: random.Random) -> list[str]:
    """Texts of many lengths to compare a net and its file on: known characters and words, any others, whitespace."""
    known, forms = [chr(code) for code in alphabet.chars] or ["x"], alphabet.forms
    odd = ["\u3000", " ", "\t", "\0", "Ａ", "９", "😀", "\u200d", "\U0010ffff", "𠮷", "\ud800", "é", "ア", "한"]
    lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 150, 400]

    def piece() -> str:
        if forms and generator.random() < 0.3:
            return generator.choice(forms)
        return generator.choice(known if generator.random() < 0.85 else odd)

    return ["".join(piece() for _ in range(length))[:length] for length in lengths * 6]

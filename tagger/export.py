"""`python -m tagger.export`: a checkpoint becomes one model file, published only if it answers the same.

The graph is built node by node, not traced: recurrent operators get `sequence_lens`, so that the
backward direction starts at a sentence's end and not in its padding (a trace would read padding).
"""

import json
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from . import __version__, corpus
from .alphabet import MULTIPLIERS, PAGE, SPACE, code_points
from .checkpoint import Trained, load
from .decoding import FORBIDDEN
from .errors import ExportError, TaggerError
from .files import publishing
from .inference import Tagger
from .model import FORMAT, METADATA_KEY, Model
from .net import BiLSTM, Recurrent
from .quantize import compare, quantize
from .rounding import rounded as round_net
from .rounding import to_int8
from .text import Sentence

OPSET, IR_VERSION = 17, 8
TOLERANCE = 1e-4
# Gate order: torch has i, f, g, o and r, z, n; ONNX has i, o, f, c and z, r, h.
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}
_OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}


class _Graph:
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
            return self.node("Gather", self.constant(_numpy(weight)), ids)
        integers, scale = (self.node("Gather", self.constant(part), ids) for part in to_int8(_numpy(weight)))
        return self.node("Mul", self.node("Cast", integers, to=TensorProto.FLOAT), scale)

    def matrix(self, weight: NDArray[np.float32]) -> str:
        """A constant matrix, which is fp16 in a rounded graph and widened when the file is opened."""
        if not self.rounded:
            return self.constant(weight)
        return self.node("Cast", self.constant(weight, np.float16), to=TensorProto.FLOAT)

    def slice(self, value: str, start: int, end: int) -> str:
        bounds = (self.constant([bound], np.int64) for bound in (start, end, 0))
        return self.node("Slice", value, *bounds)


def _ids(graph: _Graph, net: BiLSTM) -> str:
    """Character ids `[time, batch]`; time comes first from here on, as ONNX's recurrent operators want it."""
    pages, cells = net.alphabet.char_table
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


def _vectors(graph: _Graph, net: BiLSTM, ids: str) -> str:
    """Embeddings `[time, batch, size]`."""
    embedding = net.embedding
    vectors = [graph.table(embedding.char.weight, ids)]
    if embedding.bigram is not None:
        keys, rows = net.alphabet.bigram_table
        n_chars, n_slots = net.alphabet.n_chars, len(keys)
        # Half as wide where no product overflows: the tables are read at random, and are smaller then.
        small = n_chars * max(n_chars, *(a + b for a, b in MULTIPLIERS)) < 2**31
        dtype: type[np.signedinteger[Any]] = np.int32 if small else np.int64
        padded = graph.node("Pad", ids, graph.constant([1, 0, 1, 0], np.int64))
        wide = padded if small else graph.node("Cast", padded, to=TensorProto.INT64)
        left, right = graph.slice(wide, 0, -1), graph.slice(wide, 1, 2**31 - 1)
        key = graph.node("Add", graph.node("Mul", left, graph.constant(n_chars, dtype)), right)
        # One slot more, for what is in neither of its two.
        known, table = graph.constant(keys, dtype), graph.constant(np.append(rows, 0), dtype)
        place = graph.constant(n_slots, dtype)
        for a, b in MULTIPLIERS:
            products = (graph.node("Mul", x, graph.constant(m, dtype)) for x, m in ((left, a), (right, b)))
            slot = graph.node("Mod", graph.node("Add", *products), graph.constant(n_slots, dtype))
            match = graph.node("Equal", graph.node("Gather", known, slot), key)
            place = graph.node("Where", match, slot, place)
        found = graph.node("Gather", table, place)
        around = graph.table(embedding.bigram.weight, found)
        vectors += graph.slice(around, 0, -1), graph.slice(around, 1, 2**31 - 1)
    return graph.node("Concat", *vectors, axis=2)


def _recurrent(graph: _Graph, cell: str, layer: Recurrent, x: str) -> str:
    """One layer, `[time, batch, input]` to `[time, batch, size]`."""
    gates = _GATES[cell]
    input_weights, hidden_weights, biases = [], [], []
    for direction in layer.directions:
        weights = {name: _reorder(_numpy(weight), gates) for name, weight in direction.named_parameters()}
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


def _reorder(weight: NDArray[np.float32], gates: Sequence[int]) -> NDArray[np.float32]:
    parts = np.split(weight, len(gates))
    return np.concatenate([parts[gate] for gate in gates])


def _numpy(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array


def build(net: BiLSTM, metadata: dict[str, Any], *, rounded: bool = False) -> onnx.ModelProto:
    """The graph of a net and its metadata as an ONNX model; `rounded` stores the weights as `rounding` says."""
    graph = _Graph(rounded=rounded)
    ids = _ids(graph, net)
    x = _vectors(graph, net, ids)
    for layer in net.encoder.layers:
        assert isinstance(layer, Recurrent)
        x = _recurrent(graph, str(net.architecture["cell"]), layer, x)
    linear = net.head.linear
    scores = graph.node("MatMul", x, graph.constant(_numpy(linear.weight).T))
    scores = graph.node("Add", scores, graph.constant(_numpy(linear.bias)))
    space = graph.node("Equal", ids, graph.constant(SPACE, np.int32))
    row = graph.node("Cast", space, to=TensorProto.INT32)
    allowed = graph.node("Gather", graph.constant(net.allowed.numpy()), row)
    scores = graph.node("Where", allowed, scores, graph.constant(FORBIDDEN, np.float32))
    scores = graph.node("Transpose", scores, perm=[1, 0, 2])
    graph.nodes[-1].output[0] = "scores"
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tagger",
            [
                helper.make_tensor_value_info("code_points", TensorProto.INT32, ["batch", "time"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
            ],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", "time", linear.out_features])],
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


def describe(trained: Trained) -> dict[str, Any]:
    """What the model file says about itself."""
    net, runs, metadata = trained
    return {
        "format": FORMAT,
        "scheme": net.scheme.to_dict(),
        "runs": list(runs.kinds),
        "decoder": {"kind": net.head.kind, "parameters": net.head.parameters_of_decoder()},
        "architecture": net.architecture,
        "n_parameters": sum(net.parts()),
        "language": "zh",
        "training": metadata,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"tagger": __version__, "torch": torch.__version__, "onnx": onnx.__version__},
    }


def _texts(net: BiLSTM, generator: random.Random) -> list[str]:
    """Texts to compare on: known characters, any other ones, whitespace, of many lengths."""
    known = [chr(code) for code in net.alphabet.chars] or ["x"]
    odd = ["\u3000", " ", "\t", "\0", "Ａ", "９", "😀", "\u200d", "\U0010ffff", "𠮷", "\ud800", "é", "ア", "한"]
    lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 150, 400]
    return [
        "".join(generator.choice(known if generator.random() < 0.85 else odd) for _ in range(length))
        for length in lengths * 6
    ]


def verify(model: Model, net: BiLSTM, *, seed: int = 0) -> float:
    """Compare model file and net on random texts, alone and in batches; the largest difference of scores.

    Raises ExportError when a score differs by more than 1e-4 or a tag differs.
    """
    generator = random.Random(seed)
    texts = _texts(net, generator)
    worst, decode, at = 0.0, net.head.decoder(), 0
    while at < len(texts):
        batch = [code_points(text) for text in texts[at : at + generator.choice((1, 1, 2, 7, 16))]]
        at += len(batch)
        lengths = np.array([len(codes) for codes in batch], np.int32)
        chars = np.zeros((len(batch), lengths.max()), np.int32)
        for row, codes in enumerate(batch):
            chars[row, : len(codes)] = codes
        with torch.inference_mode():
            wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long()).numpy()
        got = model.scores(chars, lengths)
        for row, length in enumerate(lengths):
            worst = float(np.maximum(worst, np.abs(wanted[row, :length] - got[row, :length]).max()))  # NaN stays
        if not worst <= TOLERANCE:
            raise ExportError(f"expected scores within {TOLERANCE} of the net's, got a difference of {worst:.2e}")
        if (decode(wanted, lengths) != model.decoder(got, lengths)).any():
            raise ExportError("expected the tags that the net gives, got others on a random text; report this as a bug")
    return worst


def export(checkpoint: str | Path, output: str | Path) -> float:
    """Write the model file of a checkpoint; returns the largest difference of scores found.

    Raises ModelError for a bad checkpoint and ExportError when the file would answer differently or
    cannot be written; nothing is left half-written.
    """
    trained = load(checkpoint)
    try:
        with publishing(output) as temporary:
            onnx.save(build(trained.net, describe(trained)), temporary)
            return verify(Model.open(temporary), trained.net)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error


def export_rounded(checkpoint: str | Path, output: str | Path, gold: Sequence[Sentence]) -> dict[str, Any]:
    """Write the model file of a checkpoint with rounded weights (see `rounding`); returns what rounding changes on
    the gold sentences, which the file's metadata holds too.

    The file must answer as the net with the same rounded weights does. Raises what `export` raises.
    """
    if not gold:
        raise ExportError("expected gold sentences to measure the rounding on, got none; give dev=FILE")
    trained = load(checkpoint)
    small = trained._replace(net=round_net(trained.net))
    try:
        with TemporaryDirectory() as folder, publishing(output) as temporary:
            for name, one in (("exact", trained), ("rounded", small)):
                onnx.save(build(one.net, describe(one), rounded=one is small), Path(folder, name))
            exact, rounded = (Tagger(Model.open(Path(folder, name))) for name in ("exact", "rounded"))
            figures = compare(exact, rounded, gold)
            metadata = describe(small) | {"rounding": {"tables": "int8", "encoder": "fp16", "dev": figures}}
            onnx.save(build(small.net, metadata, rounded=True), temporary)
            verify(Model.open(temporary), small.net)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error
    return figures


USAGE = """usage: python -m tagger.export checkpoint=RUN/best.ckpt output=NAME.onnx [round=tables|quantize=int8]
dev=FILE beside either: gold sentences, on which what the rounding changes is measured
round=tables: smaller; an answer still depends on its text alone
quantize=int8: smaller and faster; an answer may depend on what else is in a batch"""


def main(arguments: Sequence[str] | None = None) -> int:
    """`checkpoint=PATH output=NAME.onnx [quantize=int8 dev=FILE]`, the same words as for training."""
    given = dict(part.partition("=")[::2] for part in (sys.argv[1:] if arguments is None else arguments))
    smaller = {"quantize", "round"} & set(given)
    wanted = {"checkpoint", "output"} | ({"dev", *smaller} if smaller else set())
    known = given.get("quantize", "int8") == "int8" and given.get("round", "tables") == "tables"
    if set(given) != wanted or not all(given.values()) or not known or len(smaller) > 1:
        print(USAGE, file=sys.stderr)
        return 0 if set(given) <= {"-h", "--help"} and given else 2
    output = Path(given["output"])
    try:
        if not smaller:
            worst = export(given["checkpoint"], output)
            size = output.stat().st_size / 1e6
            print(f"{output}: {size:.1f} MB, scores within {worst:.1e} of the checkpoint's, tags equal")
        else:
            gold = list(corpus.read(given["dev"]))
            if "round" in given:
                figures = export_rounded(given["checkpoint"], output, gold)
            else:
                with TemporaryDirectory() as folder:
                    export(given["checkpoint"], exact := Path(folder, output.name))
                    figures = quantize(exact, output, gold)
            lost = ", ".join(f"{name} {value:.2%}" for name, value in figures.items() if isinstance(value, float))
            print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, rounded; on {given['dev']}: {lost}")
    except TaggerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

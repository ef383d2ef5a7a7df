"""`python -m tagger.export`: a checkpoint becomes one model file, published only if it answers the same.

The graph is built node by node, not traced: recurrent operators get `sequence_lens`, so that the
backward direction starts at a sentence's end and not in its padding (a trace would read padding).
"""

import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto

from . import __version__, classifier_export, corpus
from .alphabet import SPACE, code_points
from .checkpoint import Trained, load, read
from .decoding import FORBIDDEN
from .errors import ExportError, TaggerError
from .files import publishing
from .graph import Graph, character_ids, finish, hidden_states, layers, random_texts, to_numpy
from .model import FORMAT, Model
from .net import BiLSTM
from .quantize import compare, quantize
from .rounding import rounded as round_net
from .text import Sentence
from .word_graph import random_words, read_words
from .word_net import Net, WordBiLSTM
from .words import load_any

TOLERANCE = 1e-4


def build(net: Net, metadata: dict[str, Any], *, rounded: bool = False) -> onnx.ModelProto:
    """The graph of a net and its metadata as an ONNX model; `rounded` stores the weights as `rounding` says."""
    graph = Graph(rounded=rounded)
    cell, standard = str(net.architecture["cell"]), ""
    if isinstance(net, WordBiLSTM):
        x, allowed = layers(graph, net.encoder, cell, read_words(graph, net)), graph.constant(net.allowed.numpy())
    else:
        ids = character_ids(graph, net.alphabet)
        if net.standard is not None:
            standard = graph.node("Gather", graph.constant(to_numpy(net.standard.weight)), "standards")
        x = hidden_states(graph, net.alphabet, net.embedding, net.encoder, cell, ids, standard)
        space = graph.node("Equal", ids, graph.constant(SPACE, np.int32))
        row = graph.node("Cast", space, to=TensorProto.INT32)
        allowed = graph.node("Gather", graph.constant(net.allowed.numpy()), row)
    linear = net.head.linear
    scores = graph.node("MatMul", x, graph.constant(to_numpy(linear.weight).T))
    scores = graph.node("Add", scores, graph.constant(to_numpy(linear.bias)))
    scores = graph.node("Where", allowed, scores, graph.constant(FORBIDDEN, np.float32))
    graph.node("Transpose", scores, perm=[1, 0, 2])
    more, per_unit = ["standards"] if standard else [], ["characters"] if net.unit == WordBiLSTM.unit else []
    return finish(graph, ["batch", "time", linear.out_features], metadata, more, per_unit)


def describe(trained: Trained) -> dict[str, Any]:
    """What the model file says about itself."""
    net, runs, metadata = trained
    return {
        "format": FORMAT,
        "unit": net.unit,
        "scheme": net.scheme.to_dict(),
        "runs": list(runs.kinds),
        **({"standards": list(net.standards)} if net.standards else {}),
        "decoder": {"kind": net.head.kind, "parameters": net.head.parameters_of_decoder()},
        "architecture": net.architecture,
        "n_parameters": sum(net.parts()),
        "language": metadata.get("language", "zh"),
        "training": metadata,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"tagger": __version__, "torch": torch.__version__, "onnx": onnx.__version__},
    }


def _batches(net: BiLSTM, generator: random.Random) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Code points and lengths of random texts, alone and together."""
    texts, at = random_texts(net.alphabet, generator), 0
    while at < len(texts):
        batch = [code_points(text) for text in texts[at : at + generator.choice((1, 1, 2, 7, 16))]]
        at += len(batch)
        lengths = np.array([len(codes) for codes in batch], np.int32)
        chars = np.zeros((len(batch), lengths.max()), np.int32)
        for row, codes in enumerate(batch):
            chars[row, : len(codes)] = codes
        yield chars, lengths


def verify(model: Model, net: Net, *, seed: int = 0) -> float:
    """Compare model file and net on random texts, alone and in batches; the largest difference of scores.

    Raises ExportError when a score differs by more than 1e-4 or a tag differs.
    """
    generator = random.Random(seed)
    batches = random_words(net, generator) if isinstance(net, WordBiLSTM) else _batches(net, generator)
    worst, decode = 0.0, net.head.decoder()
    for chars, lengths in batches:
        standard = generator.randrange(len(net.standards)) if net.standards else 0
        with torch.inference_mode():
            standards = torch.full((len(lengths),), standard)
            wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long(), standards).numpy()
        got = model.scores(chars, lengths, standard)
        for row, length in enumerate(lengths):
            worst = float(np.maximum(worst, np.abs(wanted[row, :length] - got[row, :length]).max()))  # NaN stays
        if not worst <= TOLERANCE:
            raise ExportError(f"expected scores within {TOLERANCE} of the net's, got a difference of {worst:.2e}")
        if (decode(wanted, lengths) != model.decoder(got, lengths)).any():
            raise ExportError("expected the tags that the net gives, got others on a random text; report this as a bug")
    return worst


def export(checkpoint: str | Path, output: str | Path) -> float:
    """Write the model file of a tagger's checkpoint; returns the largest difference of scores found.

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
            exact, rounded = (load_any(Path(folder, name)) for name in ("exact", "rounded"))
            figures = compare(exact, rounded, gold)
            metadata = describe(small) | {"rounding": {"tables": "int8", "encoder": "fp16", "dev": figures}}
            onnx.save(build(small.net, metadata, rounded=True), temporary)
            verify(Model.open(temporary), small.net)
    except OSError as error:
        raise ExportError(f"{output}: cannot write the model file ({error}); choose another output=") from error
    return figures


USAGE = """usage: python -m tagger.export checkpoint=RUN/best.ckpt output=NAME.onnx [round=tables|quantize=int8]
dev=FILE [format=NAME] beside either: gold sentences, on which what the rounding changes is measured
round=tables: smaller; an answer still depends on its text alone
quantize=int8: smaller and faster; an answer may depend on what else is in a batch"""


def main(arguments: Sequence[str] | None = None) -> int:
    """`checkpoint=PATH output=NAME.onnx [quantize=int8 dev=FILE]`, the same words as for training."""
    given = dict(part.partition("=")[::2] for part in (sys.argv[1:] if arguments is None else arguments))
    smaller = {"quantize", "round"} & set(given)
    wanted = {"checkpoint", "output"} | ({"dev", *smaller} if smaller else set())
    known = given.get("quantize", "int8") == "int8" and given.get("round", "tables") == "tables"
    if set(given) - {"format"} != wanted or not all(given.values()) or not known or len(smaller) > 1:
        print(USAGE, file=sys.stderr)
        return 0 if set(given) <= {"-h", "--help"} and given else 2
    output = Path(given["output"])
    try:
        if not smaller:
            classifies = read(given["checkpoint"]).kind == "classifier"
            worst = (classifier_export.export if classifies else export)(given["checkpoint"], output)
            size, equal = output.stat().st_size / 1e6, "" if classifies else ", tags equal"
            print(f"{output}: {size:.1f} MB, scores within {worst:.1e} of the checkpoint's{equal}")
        else:
            gold = list(corpus.read(given["dev"], format=given.get("format")))
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

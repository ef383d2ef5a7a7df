"""`python -m tagger.export`: a checkpoint becomes one model file, published only if it answers the same.

The graph is built node by node, not traced: recurrent operators get `sequence_lens`, so that the
backward direction starts at a sentence's end and not in its padding (a trace would read padding)."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto

from ... import __version__
from ...decoding.transitions import FORBIDDEN
from ...errors import ExportError
from ...files.atomic import publishing
from ...modelfile.metadata import FORMAT
from ...modelfile.tagger import Model
from ...text.characters import SPACE, code_points
from ...text.padding import pad
from ..checkpoint import Trained, load
from ..nets.tagger import BiLSTM
from ..nets.word_tagger import Net, WordBiLSTM
from .graph import Graph, character_ids, finish, hidden_states, layers, random_texts, to_numpy
from .words import random_words, read_words

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
    net, presegmenter, metadata = trained
    return {
        "format": FORMAT,
        "unit": net.unit,
        "scheme": net.scheme.to_dict(),
        "runs": list(presegmenter.kinds),
        **({"standards": list(net.standards)} if net.standards else {}),
        "decoder": {"kind": net.head.kind, "parameters": net.head.decoder_parameters()},
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
        yield pad(batch), np.array([len(codes) for codes in batch], np.int32)


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

"""Taggers as model files: of texts, and of given words (whose inputs `words` reads)."""

import random
from collections.abc import Iterator
from functools import singledispatch

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto
from torch import nn

from ...decoding.decoders import Decoder
from ...decoding.transitions import FORBIDDEN, Scores
from ...errors import ExportError
from ...modelfile.metadata import FORMAT, DecoderInfo, EntitiesInfo, SchemeInfo, TaggerMetadata
from ...modelfile.session import ENTITY_SCORES
from ...modelfile.tagger import Model
from ...text.characters import SPACE
from ...text.scheme import Scheme
from ..checkpoint import Trained
from ..nets import CharTagger, GivenWordTagger, TaggerNet
from ..nets.heads import Head
from ..nets.parts import count_parameters
from .build import add_scores, current_time, describe, read_architecture, read_training, software_versions, verify
from .cells import encode
from .characters import character_ids, embed
from .comparison import InputBatch, check_difference, random_texts, text_batches
from .graph import Graph, Interface, to_numpy
from .words import embed_words, random_words

ROUNDING = 1e-6  # of sums of scores in fp32, as a share of the largest score


@add_scores.register
def _(net: CharTagger, graph: Graph) -> Interface:
    ids = character_ids(graph, net.alphabet)
    x = embed(graph, net.embedding, net.alphabet, ids)
    if net.standard is not None:
        x = graph.node("Add", x, graph.node("Gather", graph.constant(to_numpy(net.standard.weight)), "standards"))
    hidden = encode(graph, net.encoder, x)
    # Which scores each character keeps: row 0 of `allowed` for ordinary characters, row 1 for whitespace.
    is_space = graph.node("Cast", graph.node("Equal", ids, graph.constant(SPACE, np.int32)), to=TensorProto.INT32)
    kept, kept_of_entities = net.split(net.allowed)
    entity_scores: list[str | int] | None = None
    if net.entity_head is not None and kept_of_entities is not None:
        allowed = graph.node("Gather", graph.constant(kept_of_entities.numpy()), is_space)
        entity_scores = ["batch", "time", _add_head(graph, net.entity_head, hidden, allowed)]
        graph.nodes[-1].output[0] = ENTITY_SCORES
    allowed = graph.node("Gather", graph.constant(kept.numpy()), is_space)
    n_scores = _add_head(graph, net.head, hidden, allowed)
    return Interface(["batch", "time", n_scores], standards=net.standard is not None, entity_scores=entity_scores)


@add_scores.register
def _(net: GivenWordTagger, graph: Graph) -> Interface:
    hidden = encode(graph, net.encoder, embed_words(graph, net.embedding))
    n_scores = _add_head(graph, net.head, hidden, graph.constant(net.allowed.numpy()))
    return Interface(scores=["batch", "time", n_scores], code_points=("batch", "time", "characters"))


def _add_head(graph: Graph, head: Head, hidden: str, allowed: str) -> int:
    """Scores `[batch, time, n_scores]` of hidden states `[time, batch, size]`; returns their number."""
    scores = graph.linear(hidden, to_numpy(head.linear.weight), to_numpy(head.linear.bias))
    scores = graph.node("Where", allowed, scores, graph.constant(FORBIDDEN, np.float32))
    graph.node("Transpose", scores, perm=[1, 0, 2])
    return head.linear.out_features


@describe.register
def describe_tagger(trained: Trained) -> TaggerMetadata:
    net, training = trained.net, read_training(trained.metadata)
    return TaggerMetadata(
        format=FORMAT,
        unit="word" if net.unit == GivenWordTagger.unit else "character",
        scheme=_describe_scheme(net.scheme),
        runs=tuple(trained.presegmenter.kinds),
        standards=() if isinstance(net, GivenWordTagger) else net.standards,
        decoder=_describe_decoder(net.head),
        entities=_describe_entities(net),
        architecture=read_architecture(net.architecture),
        n_parameters=sum(count_parameters(net).values()),
        language=training.language or "zh",
        training=training,
        exported=current_time(),
        versions=software_versions(),
    )


def _describe_scheme(scheme: Scheme) -> SchemeInfo:
    return SchemeInfo(name="BIOES" if scheme.outside else "BMES", pos=scheme.pos, inner_spaces=scheme.inner_spaces)


def _describe_decoder(head: Head) -> DecoderInfo:
    return DecoderInfo(kind=head.kind, parameters=head.decoder_parameters())


def _describe_entities(net: TaggerNet) -> EntitiesInfo | None:
    if not isinstance(net, CharTagger) or net.entity_head is None:
        return None
    head = net.entity_head
    return EntitiesInfo(scheme=_describe_scheme(head.scheme), decoder=_describe_decoder(head))


@singledispatch
def random_batches(net: nn.Module, generator: random.Random) -> Iterator[InputBatch]:
    """Random inputs of a net: texts, or words."""
    raise ExportError(f"expected a tagger's net, got {type(net).__name__}; report this as a bug")


@random_batches.register
def _(net: CharTagger, generator: random.Random) -> Iterator[InputBatch]:
    return text_batches(random_texts(net.alphabet, generator), generator)


@random_batches.register
def _(net: GivenWordTagger, generator: random.Random) -> Iterator[InputBatch]:
    return random_words(net.vocabulary, generator)


@verify.register
def _(model: Model, net: TaggerNet, *, seed: int = 0) -> float:
    """Scores may differ by 1e-4 of the largest score of their batch, or of 1; tags only where both are as good."""
    generator = random.Random(seed)
    largest = 0.0
    for chars, lengths in random_batches(net, generator):
        numbers = {name: generator.randrange(n) for name, n in net.extra_inputs.items()}
        with torch.inference_mode():
            columns = {name: torch.full((len(lengths),), number) for name, number in numbers.items()}
            wanted = net(torch.from_numpy(chars), torch.from_numpy(lengths).long(), **columns).numpy()
        found = model.layer_scores(chars, lengths, numbers.get("standards", 0))
        for head, layer, of_net, got in zip(_heads(net), model.layers, _split(net, wanted), found, strict=True):
            # Large scores have rounding errors as large in proportion.
            scale = max(1.0, float(np.abs(of_net[of_net != FORBIDDEN]).max(initial=0.0)))
            for row, length in enumerate(lengths):
                difference = np.abs(of_net[row, :length] - got[row, :length]).max() / scale
                largest = float(np.maximum(largest, difference))  # unlike max, keeps NaN
            check_difference(largest)
            _check_tags(head.decoder(), layer.decoder, of_net, got, lengths, (largest + ROUNDING) * scale)
    return largest


def _heads(net: TaggerNet) -> list[Head]:
    """The heads of a net: that of words, and that of entities beside them if there is one."""
    further = [net.entity_head] if isinstance(net, CharTagger) and net.entity_head is not None else []
    return [net.head, *further]


def _split(net: TaggerNet, scores: Scores) -> list[Scores]:
    """The scores of each head."""
    widths = [head.linear.out_features for head in _heads(net)]
    return np.split(scores, np.cumsum(widths)[:-1], axis=2)


def _check_tags(
    decode: Decoder, decode_file: Decoder, wanted: Scores, got: Scores, lengths: NDArray[np.int32], difference: float
) -> None:
    """Raises ExportError where the model file's tags are others than the net's, and less likely by the net's scores
    than a `difference` of each score explains, of two sequences in the net and in the file."""
    tags, found = decode(wanted, lengths), decode_file(got, lengths)
    for row in np.flatnonzero((tags != found).any(1)):
        one, n = slice(row, row + 1), int(lengths[row])
        best, other = (
            float(decode.log_probabilities([wanted[one, :n]], lengths[one], each[one, :n])[0]) for each in (tags, found)
        )
        if not best - other <= 4 * n * difference:
            raise ExportError(
                "expected the tags that the net gives, got others on a random text, whose log-probability is lower by "
                f"{best - other:.2e}; report this as a bug"
            )

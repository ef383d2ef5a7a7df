"""Model files back to nets: the weights of a tagger of texts, read out of the graph that `build` wrote.

The graph holds everything that a checkpoint does but the dropped precision of a rounded file. Constants are found by
what the graph does with them, not by their names: files of earlier versions name them otherwise. A net that was read
is compared with its file before anybody gets it.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from ...errors import ExportError, ModelError
from ...modelfile.metadata import TaggerMetadata
from ...modelfile.record import write
from ...modelfile.tagger import Model
from ...text.alphabet import Alphabet
from ...text.characters import CLASSES, N_CODE_POINTS, PAGE, folding
from ...text.pair_table import taken
from ..checkpoint import Trained
from ..nets import CharTagger
from ..stored import StoredTagger
from .cells import GATES, reorder_gates
from .comparison import check_difference, random_texts, text_batches

Array = NDArray[Any]
Pairs = list[tuple[int, int]]
Weights = Mapping[str, NDArray[np.float32]]


def read_tagger(path: str | Path) -> Trained:
    """The net of a tagger's model file, in evaluation mode, whose scores are those of the file.

    Raises ModelError for what is no tagger of texts, for a file that computes in int8, and for one whose graph is
    another than this version writes.
    """
    model = Model.open(path)
    metadata = model.metadata
    remedy = "give the checkpoint of its run: init=RUN/best.ckpt"
    if metadata.unit != CharTagger.unit or metadata.quantization:
        got = "int8 arithmetic" if metadata.quantization else f"a tagger of {metadata.unit}s"
        raise ModelError(f"{path}: expected a tagger of texts that computes in fp32, got {got}; {remedy}")
    try:
        net = _build(metadata, Constants.of(onnx.load(path)), model)
        _check_scores(model, net)
    except (ExportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{path}: expected the graph of a tagger of this version, got another ({error}); {remedy}"
        ) from error
    return Trained(net, model.presegmenter, write(metadata.training))


def _check_scores(model: Model, net: CharTagger) -> None:
    """Raises ExportError where a net's scores of random texts are not those of the file that it was read from."""
    generator = random.Random(0)
    texts = [text for text in random_texts(net.alphabet, generator) if len(text) < 100][:40]
    for chars, lengths in text_batches(texts, generator):
        for standard in range(max(1, len(net.standards))):
            with torch.inference_mode():
                inputs = torch.from_numpy(chars), torch.from_numpy(lengths).long()
                scores = net(*inputs, torch.full((len(lengths),), standard)).numpy()
            inside = np.arange(chars.shape[1]) < lengths[:, None]
            of_file = np.concatenate(model.layer_scores(chars, lengths, standard), 2)
            check_difference(float(np.abs(scores - of_file)[inside].max()))


def _build(metadata: TaggerMetadata, constants: "Constants", model: Model) -> CharTagger:
    """The net that metadata and constants describe. Raises LookupError, ValueError or RuntimeError for others."""
    architecture = write(metadata.architecture)
    tables = list(constants.vector_tables())
    chars, *others = [table for table, index in tables if index != "standards"]
    known = _read_alphabet(constants, len(chars), has_bigrams=bool(architecture["bigram_size"]))
    entity_scheme = model.entities.scheme if model.entities else None
    net = CharTagger.restore(StoredTagger(known.alphabet, model.scheme, architecture, entity_scheme=entity_scheme))
    weights = {"embedding.char.weight": chars[known.char_rows]}
    if net.embedding.bigram is not None:
        weights["embedding.bigram.weight"] = others.pop(0)[known.bigram_rows]
    if net.embedding.word is not None:
        weights["embedding.word.weight"] = np.concatenate(others)
    if net.standard is not None:
        [weights["standard.weight"]] = [table for table, index in tables if index == "standards"]
    with_bias = bool(architecture.get("bias", True))
    for number, layer in enumerate(constants.layers(2 if metadata.architecture.bidirectional else 1)):
        for direction, parts in enumerate(layer):
            place = f"encoder.layers.{number}.directions.{direction}."
            weights |= {place + name: weight for name, weight in parts.items() if with_bias or "bias" not in name}
    decoders = {"head": metadata.decoder} | ({"entity_head": metadata.entities.decoder} if metadata.entities else {})
    for (place, decoder), linear in zip(decoders.items(), constants.heads(len(decoders)), strict=True):
        weights |= {f"{place}.linear.{name}": weight for name, weight in linear.items()}
        weights |= {f"{place}.crf.{name}": np.asarray(table, np.float32) for name, table in decoder.parameters.items()}
    net.load_state_dict({name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()})
    return net.eval()


class Gather(NamedTuple):
    """A look-up in a constant: its name and values, and the name of the indices."""

    name: str
    table: Array
    indices: str


@dataclass(frozen=True)
class Constants:
    """The nodes of a graph, and the arrays that they read, by name; those in fewer bits are widened."""

    nodes: Sequence[onnx.NodeProto]
    arrays: Mapping[str, Array]

    @classmethod
    def of(cls, proto: onnx.ModelProto) -> "Constants":
        arrays = {part.name: numpy_helper.to_array(part) for part in proto.graph.initializer}
        for node in proto.graph.node:
            if node.op_type == "Cast" and node.input[0] in arrays:
                arrays[node.output[0]] = arrays[node.input[0]].astype(np.float32)
            elif node.op_type == "Mul" and all(name in arrays for name in node.input):
                arrays[node.output[0]] = arrays[node.input[0]] * arrays[node.input[1]]
        return cls(list(proto.graph.node), arrays)

    @property
    def gathers(self) -> list[Gather]:
        """Look-ups in constants, in the order of the nodes."""
        nodes = [node for node in self.nodes if node.op_type == "Gather" and node.input[0] in self.arrays]
        return [Gather(node.input[0], self.arrays[node.input[0]], node.input[1]) for node in nodes]

    def vector_tables(self) -> Iterator[tuple[NDArray[np.float32], str]]:
        """The tables of vectors and the name of the index of each: characters, bigrams, words, standards."""
        tables = [gather for gather in self.gathers if gather.table.ndim == 2 and gather.table.dtype != bool]
        while tables:
            table = tables.pop(0)
            if table.table.dtype == np.int8:  # in files of earlier versions, the scale of each row follows
                yield table.table * tables.pop(0).table, table.indices
            else:
                yield table.table, table.indices

    def layers(self, n_directions: int) -> Iterator[list[Weights]]:
        """The weights of each layer, direction by direction, under torch's names."""
        scans: list[Weights] = []
        for node in self.nodes:
            if node.op_type in GATES:
                yield list(self._read_operator(node))
            elif node.op_type == "Scan":
                scans.append(self._read_scan(node))
                if len(scans) == n_directions:
                    yield scans
                    scans = []

    def _read_operator(self, node: onnx.NodeProto) -> Iterator[Weights]:
        order = np.argsort(GATES[node.op_type]).tolist()
        for from_input, from_hidden, bias in zip(*(self.arrays[name] for name in node.input[1:4]), strict=True):
            parts = (from_input, from_hidden, *np.split(bias, 2))
            names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
            yield {name: reorder_gates(part, order) for name, part in zip(names, parts, strict=True)}

    def _read_scan(self, node: onnx.NodeProto) -> Weights:
        """Weights of a cell that goes step by step; the file holds the sum of its two biases."""
        from_input, bias = self._product(node.input[-1])
        [body] = [attribute.g for attribute in node.attribute if attribute.name == "body"]
        from_hidden = next(self.arrays[step.input[1]] for step in body.node if step.op_type == "MatMul")
        weights = {"weight_ih_l0": from_input.T, "weight_hh_l0": from_hidden.T}
        return weights | {"bias_ih_l0": bias, "bias_hh_l0": np.zeros_like(bias)}

    def heads(self, n_heads: int) -> Iterator[Weights]:
        """The weights of the linear layer of each head, which are the last products, the first head's the last one."""
        products = [node.output[0] for node in self.nodes if node.op_type == "Add" and node.input[1] in self.arrays]
        for name in products[: -n_heads - 1 : -1]:
            weight, bias = self._product(name)
            yield {"weight": weight.T, "bias": bias}

    def _product(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The matrix and the bias of the sum `name`."""
        makers = {node.output[0]: node for node in self.nodes}
        product, bias = makers[name].input
        return self.arrays[makers[product].input[1]], self.arrays[bias]


class Known(NamedTuple):
    """An alphabet, and the rows of the file's tables of vectors that its characters and bigrams have."""

    alphabet: Alphabet
    char_rows: Array
    bigram_rows: Array


def _read_alphabet(constants: Constants, n_chars: int, *, has_bigrams: bool) -> Known:
    """Characters, bigrams and words of the tables of integers; `n_chars` is the file's number of character ids.

    An id that no character has any more, because its character is folded onto another one, is left out. Raises
    LookupError or ValueError for tables of another kind.
    """
    gathers = [gather for gather in constants.gathers if gather.table.ndim == 1 and gather.table.dtype != bool]
    ids = _read_ids(*(gather.table for gather in gathers[:2]))
    # The characters of an id are one that stands for itself and those that are folded onto it.
    itself = np.ones(N_CODE_POINTS, bool)
    itself[list(folding())] = False
    codes = np.flatnonzero((ids >= len(CLASSES)) & itself)
    codes = codes[np.argsort(ids[codes])]
    rows = np.r_[: len(CLASSES), ids[codes]]
    new_ids = dict(zip(rows.tolist(), range(len(rows)), strict=True))
    looks_around = {output for node in constants.nodes if node.op_type == "GatherND" for output in node.output}
    in_context = len(gathers) > 2 and gathers[2].indices in looks_around
    levels = list(_pair_tables(gathers[6 if in_context else 2 :], n_chars, has_bigrams=has_bigrams))
    bigrams = [(new_ids.get(left), new_ids.get(right)) for left, right in (levels.pop(0)[0] if has_bigrams else ())]
    bigram_rows = [number for number, pair in enumerate(bigrams, 1) if None not in pair]
    words = [(tuple(new_ids.get(id) for id in form), kind) for form, kind in _read_words(levels, n_chars)]
    alphabet = Alphabet(
        tuple(codes.tolist()),
        tuple((left, right) for left, right in bigrams if left is not None and right is not None),
        tuple((tuple(id for id in form if id is not None), kind) for form, kind in words if None not in form),
    )
    return Known(alphabet, rows, np.array([0, *bigram_rows]))


def _read_words(levels: Iterable[tuple[Pairs, Array]], n_chars: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """The words of a trie, level by level, as the file's character ids, and the kind of each."""
    forms: list[tuple[int, ...]] = [(id,) for id in range(n_chars)]
    for pairs, kinds in levels:
        forms = [(), *((*forms[left], right) for left, right in pairs)]  # numbers count from 1
        yield from ((form, kind) for form, kind in zip(forms, kinds.tolist(), strict=True) if kind)


def _pair_tables(gathers: Sequence[Gather], n_chars: int, *, has_bigrams: bool) -> Iterator[tuple[Pairs, Array]]:
    """The pairs of each table in the order of their numbers, and for words the kind of each number.

    Look-ups find where a pair lies, its left id, its number, which may be the sum of two, and the kind of a word.
    """
    tables, is_bigrams = list(gathers), has_bigrams
    while tables:
        (first, second, third), tables = tables[:3], tables[3:]
        if first.name == second.name:
            pairs = _read_hashed(first.table, third.table, n_chars)
        elif third.indices == second.indices:
            pairs = _read_pairs(first.table, second.table, third.table)
        else:  # the first number of each block of slots; how many follow it is not needed
            pairs, tables = _read_ordered(first.table, second.table), tables[1:]
        yield pairs, third.table if is_bigrams else tables.pop(0).table
        is_bigrams = False


def _read_ordered(bases: Array, lefts: Array) -> Pairs:
    """The pairs of a `PairTable` whose numbers are in the order of its slots."""
    slots = np.flatnonzero(taken(lefts))
    return list(zip(lefts[slots].tolist(), (slots - bases[lefts[slots]]).tolist(), strict=True))


def _read_pairs(bases: Array, lefts: Array, rows: Array) -> Pairs:
    """The pairs of a `PairTable` in the order of their numbers."""
    slots = np.flatnonzero(rows)
    slots = slots[np.argsort(rows[slots])]
    return list(zip(lefts[slots].tolist(), (slots - bases[lefts[slots]]).tolist(), strict=True))


def _read_hashed(keys: Array, rows: Array, n_chars: int) -> Pairs:
    """The pairs of a hash table, which files of earlier versions have, in the order of their numbers."""
    slots = np.flatnonzero(keys >= 0)
    ordered = keys[slots[np.argsort(rows[slots])]].astype(np.int64)
    return list(zip((ordered // n_chars).tolist(), (ordered % n_chars).tolist(), strict=True))


def _read_ids(pages: Array, cells: Array) -> Array:
    """The id of each code point. Files of earlier versions hold the number of each page's cells, those of this one how
    far these cells lie from the page's code points, which is below 0 for the last page."""
    if pages[-1] < 0:
        pages = pages // PAGE + np.arange(len(pages))
    ids: Array = cells.reshape(-1, PAGE)[pages].reshape(-1)
    return ids

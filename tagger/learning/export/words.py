"""The part of a graph that reads words: code points to vectors of words and their spellings, without string tables."""

import random
from collections.abc import Iterator

import numpy as np
from onnx import TensorProto

from ...text.characters import PAD
from ...text.padding import pad
from ...text.vocabulary import BLANK, LONGEST, MULTIPLIERS, UNKNOWN, Vocabulary, spell
from ..nets import WordEmbedding, WordVectors
from .characters import PagedTable, look_up
from .comparison import InputBatch
from .graph import Graph


def embed_words(graph: Graph, embedding: WordEmbedding | WordVectors) -> str:
    """Vectors `[time, batch, size]` of the words of the input `[batch, time, characters]`."""
    codes = _read_input(graph)
    vectors = graph.table(embedding.word_weight, _word_ids(graph, embedding.vocabulary, codes))
    if isinstance(embedding, WordEmbedding):
        ids = _character_ids(graph, codes, embedding.alphabet.char_table)
        vectors = graph.node("Concat", vectors, _spelling(graph, embedding, ids), axis=1)  # shape: [words, size]
    time_first = graph.node("Transpose", "code_points", perm=[1, 0, 2])
    size = graph.constant([embedding.size], np.int64)
    shape = graph.node("Concat", graph.node("Shape", time_first, end=2), size, axis=0)
    return graph.node("Reshape", vectors, shape)


def _read_input(graph: Graph) -> str:
    """Code points `[characters, words]` of the input, with the words of all times and rows in one dimension."""
    transposed = graph.node("Transpose", "code_points", perm=[2, 1, 0])
    return graph.node("Reshape", transposed, graph.constant([0, -1], np.int64))


def _character_ids(graph: Graph, codes: str, table: PagedTable) -> str:
    """Ids of code points, of any shape; PAD for BLANK."""
    ids = look_up(graph, table, graph.node("Max", codes, graph.constant(0, np.int32)))
    blank = graph.node("Equal", codes, graph.constant(BLANK, np.int32))
    return graph.node("Where", blank, graph.constant(PAD, np.int32), ids)


def _word_ids(graph: Graph, vocabulary: Vocabulary, codes: str) -> str:
    """Word ids `[words]`, found by binary search for the last of the sorted keys that is not above a word's key."""
    folded = graph.node("Cast", _character_ids(graph, codes, vocabulary.folded), to=TensorProto.INT64)
    column = graph.constant(np.array(MULTIPLIERS)[:, None])
    multipliers = graph.node("Slice", column, graph.constant([0], np.int64), graph.node("Shape", codes, end=1))
    terms = graph.node("Mul", folded, multipliers)
    key = graph.node("ReduceSum", terms, graph.constant([0], np.int64), keepdims=0)
    keys, rows = vocabulary.table
    half = 1 << (len(keys) - 1).bit_length()
    table = graph.constant(np.append(keys, np.full(half, np.iinfo(np.int64).max)))
    place = graph.node("Sub", key, key)
    while half := half // 2:
        further = graph.node("Add", place, graph.constant(half, np.int64))
        fits = graph.node("LessOrEqual", graph.node("Gather", table, further), key)
        place = graph.node("Where", fits, further, place)
    known = graph.node("Equal", graph.node("Gather", table, place), key)
    row = graph.node("Gather", graph.constant(rows), place)
    return graph.node("Where", known, row, graph.constant(UNKNOWN, np.int64))


def _spelling(graph: Graph, embedding: WordEmbedding, ids: str) -> str:
    """Vectors `[words, char_filters]` of the spellings of words, from character ids `[characters, words]`."""
    filters = embedding.filters
    vectors = graph.node("Transpose", graph.table(embedding.char.weight, ids), perm=[1, 2, 0])
    weights = (graph.constant(weight.detach().float().numpy()) for weight in filters.parameters())
    half = embedding.char_width // 2
    answers = graph.node("Relu", graph.node("Conv", vectors, *weights, pads=[half, half]))
    real = graph.node("Not", graph.node("Equal", ids, graph.constant(PAD, np.int32)))
    mask = graph.node("Cast", graph.node("Transpose", real, perm=[1, 0]), to=TensorProto.FLOAT)
    kept = graph.node("Mul", answers, graph.node("Unsqueeze", mask, graph.constant([1], np.int64)))
    return graph.node("ReduceMax", kept, axes=[2], keepdims=0)


def random_words(vocabulary: Vocabulary, generator: random.Random) -> Iterator[InputBatch]:
    """Sentences of many lengths, of known words, new spellings of them, and other words."""
    known = [chr(code) for code in vocabulary.alphabet.chars] or ["x"]
    forms = [form for form in vocabulary.words if form]
    odd = ["Ａ", "９", "😀", "\u200d", "\U0010ffff", "𠮷", "\ud800", "\0", "é", "ア", " "]

    def word() -> str:
        if forms and generator.random() < 0.5:
            form = generator.choice(forms)
            return generator.choice((form, form.upper(), form.title(), form + generator.choice(known)))
        length = generator.choice((1, 2, 3, 5, 8, 13, LONGEST, LONGEST + 7))
        return "".join(generator.choice(known if generator.random() < 0.85 else odd) for _ in range(length))

    for n_sentences in (1, 1, 2, 7, 16, 16):
        lengths = np.array([generator.choice((1, 2, 3, 5, 8, 13, 21, 55)) for _ in range(n_sentences)], np.int32)
        spelled = [spell(word() for _ in range(length)) for length in lengths]
        yield pad(spelled, BLANK), lengths

"""The part of a graph that reads characters: code points to ids to vectors."""

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto

from ...text.alphabet import Alphabet
from ...text.characters import PAD, PAGE
from ...text.context import ContextTables
from ...text.pair_table import PairTable
from ..nets.embedding import Embedding
from .graph import Graph, to_numpy

PagedTable = tuple[NDArray[np.int32], NDArray[np.int32]]
BLOCK = 2**7  # slots, among which a byte counts
LAST = 2**31 - 1  # the end of a slice that goes to the end of its axis


def character_ids(graph: Graph, alphabet: Alphabet) -> str:
    """Character ids `[time, batch]`, PAD past the lengths. Time comes first, as ONNX's recurrent operators want it."""
    codes = graph.node("Transpose", "code_points", perm=[1, 0])
    ids = look_up(graph, alphabet.char_table, codes)
    time = graph.node("Gather", graph.node("Shape", codes), graph.constant(0, np.int64))
    steps = graph.node("Range", graph.constant(0, np.int64), time, graph.constant(1, np.int64))
    column = graph.node("Unsqueeze", graph.node("Cast", steps, to=TensorProto.INT32), graph.constant([1], np.int64))
    ids = graph.node("Where", graph.node("Less", column, "lengths"), ids, graph.constant(PAD, np.int32))
    return in_context(graph, alphabet.context, ids)


def in_context(graph: Graph, tables: ContextTables, ids: str) -> str:
    """Character ids `[time, batch]` in their context; see `ContextTables`. Only the characters that have a rule, which
    are few, look at their neighbours."""
    sources = np.flatnonzero(tables.source)
    if not len(sources):
        return ids
    masks = [graph.node("Equal", ids, graph.constant(id, np.int32)) for id in sources.tolist()]
    mask = masks[0]
    for other in masks[1:]:
        mask = graph.node("Or", mask, other)
    here = graph.node("Transpose", graph.node("NonZero", mask), perm=[1, 0])  # shape: [n_found, 2]
    padded = graph.node("Pad", ids, graph.constant([1, 0, 1, 0], np.int64))
    after = graph.node("Add", here, graph.constant([2, 0], np.int64))
    found = graph.node("GatherND", ids, here)
    left, right = graph.node("GatherND", padded, here), graph.node("GatherND", padded, after)
    parts = ((tables.source, found), (tables.before, left), (tables.after, right))
    numbers = [graph.node("Gather", graph.constant(table), index) for table, index in parts]
    place = graph.node("Add", graph.node("Add", numbers[0], numbers[1]), numbers[2])
    change = graph.node("Gather", graph.constant(tables.change), place)
    return graph.node("ScatterND", ids, here, graph.node("Add", found, change))


def look_up(graph: Graph, table: PagedTable, codes: str) -> str:
    """Ids of code points, of any shape, from a table in two levels (see `text.characters.pages_of`).

    The file holds, for each page, how far its cells lie from its code points.
    """
    pages, cells = table
    shifts = (pages - np.arange(len(pages))) * PAGE
    page = graph.node("Div", codes, graph.constant(PAGE, np.int32))
    shift = graph.node("Gather", graph.constant(shifts, np.int32), page)
    return graph.node("Gather", graph.constant(cells), graph.node("Add", codes, shift))


def embed(graph: Graph, embedding: Embedding, alphabet: Alphabet, ids: str) -> str:
    """Vectors `[time, batch, size]` of character ids `[time, batch]`: characters, bigrams and lexicon features."""
    is_sum = embedding.combine == "sum"
    parts = [graph.table(embedding.char.weight, ids)]
    if embedding.bigram is not None:
        neighbours = embed_bigrams(graph, embedding.bigram.weight, alphabet, ids)
        parts += [graph.node("Concat", *neighbours, axis=2)] if is_sum else neighbours
    if embedding.word is not None:
        lexicon = embed_lexicon(graph, embedding.word.weight, alphabet, ids)
        parts += lexicon if is_sum else [graph.node("Sum", *lexicon)]
    return graph.node("Sum", *parts) if is_sum else graph.node("Concat", *parts, axis=2)


def embed_bigrams(graph: Graph, weight: torch.Tensor, alphabet: Alphabet, ids: str) -> list[str]:
    """Vectors `[time, batch, bigram_size]` of the bigrams that end in each character and that begin with it."""
    padded = graph.node("Pad", ids, graph.constant([1, 0, 1, 0], np.int64))
    left, right = graph.slice(padded, 0, -1), graph.slice(padded, 1, LAST)
    bigrams = pair_numbers(graph, alphabet.bigram_table, left, right)
    around = graph.table(weight, bigrams)  # shape: [time + 1, batch, bigram_size]
    return [graph.slice(around, 0, -1), graph.slice(around, 1, LAST)]


def pair_numbers(graph: Graph, table: PairTable, left: str, right: str) -> str:
    """The numbers that `table` gives to pairs of a number and a character id; 0 for other pairs."""
    slot = graph.node("Add", _gather_int(graph, table.bases, left), right)
    match = graph.node("Equal", _gather_int(graph, table.lefts, slot), left)
    is_ordered = np.array_equal(table.rows, table.in_order().rows)
    number = _count_slots(graph, table.is_taken, slot) if is_ordered else _gather_int(graph, table.rows, slot)
    return graph.node("Where", match, number, graph.constant(0, np.int32))


def _count_slots(graph: Graph, is_taken: NDArray[np.bool_], slot: str) -> str:
    """The number of a taken slot among those taken, from 1: that of the first one of its block, and in a byte how many
    follow it within the block up to this one."""
    before: NDArray[np.int64] = np.cumsum(is_taken) - is_taken
    firsts = before[::BLOCK]
    within = before - np.repeat(firsts, BLOCK)[: len(before)]
    block = graph.node("Div", slot, graph.constant(BLOCK, np.int32))
    first = graph.node("Gather", graph.constant(firsts + 1, np.int32), block)
    return graph.node("Add", first, _gather_int(graph, within, slot))


def _gather_int(graph: Graph, table: NDArray[np.int64], index: str) -> str:
    """Entries of a table as int32. They are stored in 8, 16 or 32 bits, -1 as the largest number of 16."""
    largest = table.max()
    if largest >= 2**16 - 1:
        return graph.node("Gather", graph.constant(table, np.int32), index)
    dtype = np.uint8 if largest < 2**8 - 1 and table.min() >= 0 else np.uint16
    short = graph.constant(np.where(table < 0, 2**16 - 1, table), dtype)
    return graph.node("Cast", graph.node("Gather", short, index), to=TensorProto.INT32)


def embed_lexicon(graph: Graph, weight: torch.Tensor, alphabet: Alphabet, ids: str) -> list[str]:
    """Vectors `[time, batch, word_size]` of the words of each length that begin or end at each character. Their sum is
    the lexicon features (see `nets.embedding`)."""
    tables = alphabet.word_tables
    longest = 1 + len(tables)
    padded = graph.node("Pad", ids, graph.constant([0, 0, longest - 1, 0], np.int64))
    rows = np.split(to_numpy(weight), 2 * len(tables))
    number, vectors = ids, list[str]()
    for length, (table, kinds_of) in enumerate(tables, 2):
        right = graph.slice(padded, length - 1, length - longest or LAST)
        # The number of the word of this length that begins at each character; 0 if there is none.
        number = pair_numbers(graph, table, number, right)  # shape: [time, batch]
        kinds_by_number = graph.constant(kinds_of, np.uint8 if alphabet.n_kinds <= 2**8 else np.int32)
        begins = graph.node("Cast", graph.node("Gather", kinds_by_number, number), to=TensorProto.INT32)
        earlier = graph.node("Pad", begins, graph.constant([length - 1, 0, 0, 0], np.int64))
        ends = graph.slice(earlier, 0, 1 - length)
        vectors += (graph.node("Gather", graph.constant(rows.pop(0)), kinds) for kinds in (begins, ends))
    return vectors

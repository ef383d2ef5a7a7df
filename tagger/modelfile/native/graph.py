"""The arrays of a tagger's graph by what they are for, as `learning.export` writes it.

A graph is followed from its scores back to its code points. Any other node than export writes there is an
UnknownGraphError: the model is then left to onnxruntime.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from ...errors import TaggerError
from ...text.pair_table import taken
from ..protobuf import Node, read_nodes
from ..tensors import Array, read_tensors


class UnknownGraphError(TaggerError):
    """A graph that the kernel cannot compute."""


@dataclass(frozen=True)
class VectorTable:
    """Vectors `[n_rows, size]`: floats, or int8 with a scale for each row `[n_rows, 1]`; and what chooses a row."""

    values: Array
    scales: Array | None
    index: str


@dataclass(frozen=True)
class Pairs:
    """Pairs of a number and the id of a character, and the number of each, all `[n_pairs]`."""

    lefts: Array
    rights: Array
    numbers: Array


@dataclass(frozen=True)
class WordVectors:
    """Known strings of one length: numbers of pairs, a kind for each number, a vector for each kind."""

    pairs: Pairs
    kinds: Array
    begin: Array
    end: Array


@dataclass(frozen=True)
class Recurrent:
    """The weights of an LSTM operator, as ONNX has them."""

    input: Array
    hidden: Array
    bias: Array


@dataclass(frozen=True)
class Graph:
    """Nodes by the name of their result, and constants by name; those in fp16 are widened."""

    makers: Mapping[str, Node]
    constants: Mapping[str, Array]

    @classmethod
    def of(cls, model: bytes) -> Self:
        """Raises ModelError when the bytes are no ONNX file."""
        constants = read_tensors(model)
        nodes = read_nodes(model)
        for node in nodes:
            value = constants.get(node.inputs[0]) if node.operator == "Cast" else None
            if value is not None and value.dtype == np.float16:
                constants[node.outputs[0]] = value.astype(np.float32)
        return cls({name: node for node in nodes for name in node.outputs}, constants)

    def inputs(self, name: str, operator: str) -> tuple[str, ...]:
        """The inputs of the node that makes a value. Raises UnknownGraphError for another operator."""
        node = self.makers.get(name)
        if node is None or node.operator != operator:
            raise UnknownGraphError(f"expected {operator} for {name}, got {node.operator if node else 'none'}")
        return node.inputs

    def makes(self, name: str, operator: str) -> bool:
        """Whether an operator makes a value."""
        return name in self.makers and self.makers[name].operator == operator

    def constant(self, name: str) -> Array:
        """Raises UnknownGraphError when a value is no constant."""
        if name not in self.constants:
            raise UnknownGraphError(f"expected a constant {name}, got a value that is computed")
        return self.constants[name]

    def number(self, name: str) -> int:
        """Raises UnknownGraphError when a value is no constant of one integer."""
        value = self.constant(name)
        if value.size != 1 or value.dtype.kind != "i":
            raise UnknownGraphError(f"expected an integer {name}, got {value.dtype} of shape {value.shape}")
        return int(value.reshape(-1)[0])

    def vectors(self, name: str) -> VectorTable:
        """The table whose rows are a value. A table in int8 is widened as a whole, or in files of earlier versions its
        rows are."""
        if self.makes(name, "Mul"):
            widened, scale = self.inputs(name, "Mul")
            (table, index), (scales, same) = (
                self.inputs(part, "Gather") for part in (self.inputs(widened, "Cast")[0], scale)
            )
            if same != index:
                raise UnknownGraphError(f"expected scales of the rows {index}, got those of {same}")
            return VectorTable(self.constant(table), self.constant(scales), index)
        table, index = self.inputs(name, "Gather")
        if not self.makes(table, "Mul"):
            return VectorTable(self.constant(table), None, index)
        widened, scales = self.inputs(table, "Mul")
        return VectorTable(self.constant(self.inputs(widened, "Cast")[0]), self.constant(scales), index)

    def pairs(self, name: str, n_chars: int) -> Pairs:
        """The table that makes the numbers of pairs (see `text.pair_table`)."""
        if self.makes(name, "Cast"):
            return self._hashed_pairs(name, n_chars)
        match, number, _ = self.inputs(name, "Where")
        found, wanted = self.inputs(match, "Equal")
        first, within = self.inputs(number, "Add") if self.makes(number, "Add") else ("", number)
        (rows, slot), (left_table, same) = self._widened(within), self._widened(found)
        bases, left = self._widened(self.inputs(slot, "Add")[0])
        if same != slot or left != wanted:
            raise UnknownGraphError(f"expected a slot for each pair of {name}, got other look-ups")
        lefts, bases_of = self.constant(left_table), self.constant(bases).astype(np.int64)
        numbers = self.constant(rows).astype(np.int64)
        if first:
            numbers = np.where(taken(lefts), self._firsts(first, slot, len(lefts)) + numbers, 0)
        [slots] = np.nonzero(numbers)
        of_slots = lefts[slots].astype(np.int64)
        if len(of_slots) and int(of_slots.max()) >= len(bases_of):
            raise UnknownGraphError(f"expected left ids below {len(bases_of)} for {name}, got {of_slots.max()}")
        return Pairs(of_slots, slots - bases_of[of_slots], numbers[slots])

    def _widened(self, name: str) -> tuple[str, ...]:
        """The inputs of the look-up that makes a value, which a table in 8 or 16 bits widens afterwards."""
        return self.inputs(self.inputs(name, "Cast")[0] if self.makes(name, "Cast") else name, "Gather")

    def _firsts(self, name: str, slot: str, n_slots: int) -> Array:
        """The number of the first pair in the block of each slot."""
        table, block = self.inputs(name, "Gather")
        divided, size = self.inputs(block, "Div")
        firsts, n_block = self.constant(table).astype(np.int64), self.number(size)
        if divided != slot or n_block < 1 or len(firsts) * n_block < n_slots:
            raise UnknownGraphError(
                f"expected blocks of all {n_slots} slots for {name}, got {len(firsts)} of {n_block}"
            )
        numbers: Array = np.repeat(firsts, n_block)[:n_slots]
        return numbers

    def _hashed_pairs(self, name: str, n_chars: int) -> Pairs:
        """The pairs of a hash table, which files of earlier versions have."""
        rows, place = self.inputs(self.inputs(name, "Cast")[0], "Gather")
        match, slot, _ = self.inputs(place, "Where")
        keys, same = self.inputs(self.inputs(match, "Equal")[0], "Gather")
        if same != slot or not self.makes(slot, "Mod"):
            raise UnknownGraphError(f"expected a hash table of pairs for {name}, got other look-ups")
        [slots] = np.nonzero(self.constant(keys) >= 0)
        taken = self.constant(keys)[slots].astype(np.int64)
        return Pairs(taken // n_chars, taken % n_chars, self.constant(rows)[slots])

    def word(self, begin: str, end: str, n_chars: int) -> WordVectors:
        """The strings of one length, of whose vectors two values are those of the first and of the last character."""
        begins, kinds = self.inputs(begin, "Gather")
        ends, _ = self.inputs(end, "Gather")
        table, numbers = self.inputs(self.inputs(kinds, "Cast")[0], "Gather")
        vectors = self.constant(begins), self.constant(ends)
        return WordVectors(self.pairs(numbers, n_chars), self.constant(table), *vectors)

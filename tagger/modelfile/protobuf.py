"""The operators of an ONNX file, and a copy of the file that also gives what flows between them.

Inference has no `onnx` package, and needs two things of the format only: the list of nodes, read here from protobuf's
wire format, and more outputs. Messages that are written one after the other are read as one (protobuf's documentation,
"Last One Wins"), so outputs are added by writing them behind the file's bytes.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import ModelError

# Field numbers of onnx.proto3.
_MODEL_GRAPH, _GRAPH_NODE, _GRAPH_OUTPUT, _VALUE_NAME = 7, 1, 12, 1
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_GRAPH, _ATTRIBUTE_STRINGS = 1, 6, 9
_VARINT, _BYTES = 0, 2
_FIXED = {1: 8, 5: 4}


class Node(NamedTuple):
    """An operator, the names of what it reads and writes, and those of its attributes that are lists of strings.

    `body` are the nodes of its graph, if it has one: that of a loop.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    strings: dict[str, tuple[str, ...]]
    body: tuple["Node", ...] = ()


def nodes(model: bytes) -> list[Node]:
    """The nodes of a model file's graph, in order. Raises ModelError when the bytes are no protobuf."""
    try:
        return _nodes(_parts(memoryview(model), _MODEL_GRAPH))
    except (IndexError, ValueError, KeyError) as error:
        raise ModelError(f"expected an ONNX file, cannot read its nodes ({error!r}); export it again") from error


def with_outputs(model: bytes, names: Iterable[str]) -> bytes:
    """The model with further outputs: results of its nodes, or constants, by name."""
    outputs = b"".join(_field(_GRAPH_OUTPUT, _field(_VALUE_NAME, name.encode())) for name in names)
    return model + _field(_MODEL_GRAPH, outputs)


def _nodes(graphs: Iterable[memoryview]) -> list[Node]:
    return [_node(part) for graph in graphs for part in _parts(graph, _GRAPH_NODE)]


def _node(message: memoryview) -> Node:
    texts: dict[int, list[str]] = {_NODE_INPUT: [], _NODE_OUTPUT: [], _NODE_OPERATOR: [""]}
    strings, body = {}, []
    for number, value in _fields(message):
        if number in texts:
            texts[number].append(bytes(value).decode())
        elif number == _NODE_ATTRIBUTE:
            values = tuple(bytes(part).decode() for part in _parts(value, _ATTRIBUTE_STRINGS))
            if values:
                strings[bytes(*_parts(value, _ATTRIBUTE_NAME)).decode()] = values
            body += _nodes(_parts(value, _ATTRIBUTE_GRAPH))
    return Node(texts[_NODE_OPERATOR][-1], tuple(texts[_NODE_INPUT]), tuple(texts[_NODE_OUTPUT]), strings, tuple(body))


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    return (value for number, value in _fields(message) if number == wanted)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Numbers and contents of a message's fields; of numbers, which nothing here needs, the bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind, start = key & 7, at
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _BYTES:
            size, start = _varint(message, at)
            at = start + size
        else:
            at += _FIXED[kind]
        if at > len(message):
            raise ValueError("a field goes past its message's end")
        yield key >> 3, message[start:at]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])

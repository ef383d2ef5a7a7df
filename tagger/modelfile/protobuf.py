"""ONNX files read and changed without the `onnx` package, which tagging does not need.

Three things are needed of the format: the list of nodes, read from protobuf's wire format; further outputs; and another
value of a metadata property. Protobuf reads messages of one field that follow each other as one ("Last One Wins" in
its documentation), so outputs are added by writing them behind the file's bytes. A property is replaced in its place:
all other bytes stay as they are.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import ModelError

# Field numbers of onnx.proto3.
MODEL_GRAPH, _MODEL_PROPERTY, _GRAPH_NODE, _GRAPH_OUTPUT, _VALUE_NAME = 7, 14, 1, 12, 1
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INTEGER, _ATTRIBUTE_GRAPH, _ATTRIBUTE_STRINGS = 1, 3, 6, 9
_PROPERTY_KEY, _PROPERTY_VALUE = 1, 2
_VARINT, _BYTES = 0, 2
_FIXED = {1: 8, 5: 4}


class Field(NamedTuple):
    """A field of a message: its number, its content, and the bytes of the message that it takes up.

    The content of a field that is a number is its bytes: nothing here needs numbers.
    """

    number: int
    content: memoryview
    start: int
    end: int


class Node(NamedTuple):
    """An operator, the names of its inputs and outputs, and its attributes that are lists of strings.

    `body` holds the nodes of the operator's own graph, if it has one, as loops do, and `flags` the names of the
    attributes that are integers other than 0.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    strings: dict[str, tuple[str, ...]]
    body: tuple["Node", ...] = ()
    flags: frozenset[str] = frozenset()


def read_nodes(model: bytes) -> list[Node]:
    """The nodes of a model's graph, in order. Raises ModelError when the bytes are no protobuf."""
    try:
        return _nodes(parts(memoryview(model), MODEL_GRAPH))
    except (IndexError, ValueError, KeyError) as error:
        raise ModelError(f"expected an ONNX file, cannot read its nodes ({error!r}); export it again") from error


def add_outputs(model: bytes, names: Iterable[str]) -> bytes:
    """The model with further outputs: results of its nodes, or constants, by name."""
    outputs = b"".join(_encode(_GRAPH_OUTPUT, _encode(_VALUE_NAME, name.encode())) for name in names)
    return model + _encode(MODEL_GRAPH, outputs)


def read_property(model: bytes, key: str) -> str:
    """The value of a metadata property. Raises ModelError when the model does not have it once."""
    values = parts(_find_property(model, key).content, _PROPERTY_VALUE)
    return b"".join(values).decode()


def replace_property(model: bytes, key: str, value: str) -> bytes:
    """The model with another value of a metadata property, all other bytes unchanged.

    Raises ModelError when the model does not have the property once.
    """
    place = _find_property(model, key)
    entry = _encode(_PROPERTY_KEY, key.encode()) + _encode(_PROPERTY_VALUE, value.encode())
    return model[: place.start] + _encode(_MODEL_PROPERTY, entry) + model[place.end :]


def _find_property(model: bytes, key: str) -> Field:
    try:
        properties = [field for field in fields(memoryview(model)) if field.number == _MODEL_PROPERTY]
        places = [field for field in properties if key.encode() in map(bytes, parts(field.content, _PROPERTY_KEY))]
    except (IndexError, ValueError, KeyError) as error:
        raise ModelError(f"expected an ONNX file, cannot read its properties ({error!r}); export it again") from error
    if len(places) != 1:
        raise ModelError(f"expected one property {key!r} in the model file, got {len(places)}; export it again")
    return places[0]


def _nodes(graphs: Iterable[memoryview]) -> list[Node]:
    return [_node(part) for graph in graphs for part in parts(graph, _GRAPH_NODE)]


def _node(message: memoryview) -> Node:
    texts: dict[int, list[str]] = {_NODE_INPUT: [], _NODE_OUTPUT: [], _NODE_OPERATOR: [""]}
    strings, body, flags = {}, [], set()
    for field in fields(message):
        if field.number in texts:
            texts[field.number].append(bytes(field.content).decode())
        elif field.number == _NODE_ATTRIBUTE:
            values = tuple(bytes(part).decode() for part in parts(field.content, _ATTRIBUTE_STRINGS))
            name = bytes(*parts(field.content, _ATTRIBUTE_NAME)).decode()
            if values:
                strings[name] = values
            if any(decode_varint(part, 0)[0] for part in parts(field.content, _ATTRIBUTE_INTEGER)):
                flags.add(name)
            body += _nodes(parts(field.content, _ATTRIBUTE_GRAPH))
    inputs, outputs = (tuple(texts[number]) for number in (_NODE_INPUT, _NODE_OUTPUT))
    return Node(texts[_NODE_OPERATOR][-1], inputs, outputs, strings, tuple(body), frozenset(flags))


def parts(message: memoryview, number: int) -> Iterator[memoryview]:
    """Contents of the fields of a number."""
    return (field.content for field in fields(message) if field.number == number)


def fields(message: memoryview) -> Iterator[Field]:
    """Raises IndexError, ValueError or KeyError when the bytes are no message."""
    end = 0
    while end < len(message):
        start = end
        key, end = decode_varint(message, start)
        wire_type, first = key & 7, end
        if wire_type == _VARINT:
            _, end = decode_varint(message, first)
        elif wire_type == _BYTES:
            size, first = decode_varint(message, first)
            end = first + size
        else:
            end += _FIXED[wire_type]
        if end > len(message):
            raise ValueError("a field goes past its message's end")
        yield Field(key >> 3, message[first:end], start, end)


def decode_varint(message: memoryview, start: int) -> tuple[int, int]:
    """A number in groups of 7 bits, the lowest first, and where its bytes end."""
    value = shift = 0
    end = start
    while True:
        byte = message[end]
        end += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, end
        shift += 7


def _encode_varint(value: int) -> bytes:
    groups = []
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def _encode(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return _encode_varint(number << 3 | _BYTES) + _encode_varint(len(content)) + content

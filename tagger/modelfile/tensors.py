"""The arrays of an ONNX file, read without the `onnx` package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .protobuf import MODEL_GRAPH, decode_varint, fields, parts

Array = NDArray[Any]

# Field numbers of onnx.proto3, and the types that our graphs have by their numbers there.
_GRAPH_TENSOR, _DIMENSIONS, _TYPE, _NAME, _RAW = 5, 1, 2, 8, 9
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2"}


def read_tensors(model: bytes) -> dict[str, Array]:
    """The constants of a model's graph, by name. They share the memory of `model`. Left out are those of types that our
    graphs do not have, or not written as raw bytes.

    Raises ModelError for bytes that are no ONNX file.
    """
    try:
        graphs = parts(memoryview(model), MODEL_GRAPH)
        tensors = (_tensor(part) for graph in graphs for part in parts(graph, _GRAPH_TENSOR))
        return {name: values for name, values in tensors if values is not None}
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"expected an ONNX file, cannot read its arrays ({error!r}); export it again") from error


def _tensor(message: memoryview) -> tuple[str, Array | None]:
    shape: list[int] = []
    name, kind, raw = "", 0, memoryview(b"")
    for field in fields(message):
        if field.number == _DIMENSIONS:
            shape += _numbers(field.content)
        elif field.number == _TYPE:
            [kind] = _numbers(field.content)
        elif field.number == _NAME:
            name = bytes(field.content).decode()
        elif field.number == _RAW:
            raw = field.content
    n = int(np.prod(shape))
    if kind not in _TYPES or (not raw and n):
        return name, None
    values = np.frombuffer(raw, _TYPES[kind])
    if len(values) != n:
        raise ValueError(f"{name} has {len(values)} values and the shape {shape}")
    return name, values.reshape(shape)


def _numbers(content: memoryview) -> list[int]:
    """The numbers of a field, which holds one or, packed, several."""
    numbers, end = [], 0
    while end < len(content):
        number, end = decode_varint(content, end)
        numbers.append(number)
    return numbers

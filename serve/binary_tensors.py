"""The binary tensor extension of the Open Inference Protocol, for tensors of BYTES.

A body is JSON, whose length the header `Inference-Header-Content-Length` says, then the data of the tensors one after
another. An element of a BYTES tensor is its length, four bytes with the lowest first, and so many bytes.
"""

from collections.abc import Iterable
from typing import Any

from .errors import ApiError
from .refusals import Json, wrong_value
from .schema import FEWER_TEXTS, describe_byte

HEADER = "inference-header-content-length"
_LENGTH_BYTES = 4


def split_body(body: bytes, header: str | None) -> tuple[bytes, memoryview]:
    """The JSON of a body and the data behind it; `header` says how long the JSON is, None that there is no data.

    Raises ApiError for a length that the body does not have.
    """
    if header is None:
        return body, memoryview(b"")
    if not header.isascii() or not header.isdigit() or int(header) > len(body):
        raise wrong_value(f"a length of at most {len(body)} in {HEADER}", header[:80], "give the length of the JSON")
    return body[: int(header)], memoryview(body)[int(header) :]


def only_input(value: Any) -> Json | None:
    """The input of a request. None for a value that the schema refuses, as one of several inputs."""
    match value:
        case {"inputs": [dict() as tensor]}:
            return tensor
        case _:
            return None


def fill_in(value: Any, data: memoryview, most: int) -> None:
    """Put the texts of a binary tensor, at most `most`, into the `data` of the input of a request, in place.

    What is no input with a `binary_data_size` is left for the schema to refuse. Raises ApiError for a size that is not
    that of the data, and for data that are no texts, or too many.
    """
    tensor = only_input(value)
    if tensor is None:
        return
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if type(size) is int:
        where = '"inputs[0].parameters.binary_data_size"'
        if not 0 <= size <= len(data):
            raise wrong_value(f"{where} of at most {len(data)}", str(size), "let sizes and data agree")
        if "data" in tensor:
            raise wrong_value(f'"data" or {where}', "both", "send a tensor once")
        tensor["data"] = read_texts(data[:size], most)
        data = data[size:]
    if len(data):
        raise wrong_value("data of the inputs", f"{len(data)} bytes behind them", "let sizes and data agree")


def read_texts(data: memoryview, most: int) -> list[str]:
    """The elements of a BYTES tensor, as text. Raises ApiError for elements that are cut short, or not in UTF-8, and
    for more than `most`, which are not counted."""
    texts: list[str] = []
    while len(data):
        if len(texts) == most:
            raise ApiError("too_large", f"expected at most {most} texts, got more; {FEWER_TEXTS}")
        size = int.from_bytes(data[:_LENGTH_BYTES], "little")
        end = _LENGTH_BYTES + size
        if end > len(data):
            raise wrong_value(f"{end} bytes for element {len(texts)}", str(len(data)), "write whole elements")
        element, data = data[_LENGTH_BYTES:end], data[end:]
        texts.append(decode(element, len(texts)))
    return texts


def decode(element: bytes | memoryview, index: int) -> str:
    """The text of an element. Raises ApiError for bytes that are not UTF-8."""
    try:
        return str(element, "utf-8")
    except UnicodeDecodeError as error:
        got = describe_byte(error)
        raise ApiError("bad_request", f"expected UTF-8 in element {index}, got {got}; convert the text") from None


def write_elements(elements: Iterable[bytes]) -> bytes:
    """A BYTES tensor of these elements."""
    return b"".join(len(element).to_bytes(_LENGTH_BYTES, "little") + element for element in elements)

"""The binary tensor extension of the Open Inference Protocol, for tensors of BYTES.

A body is JSON, whose length the header `Inference-Header-Content-Length` says, then the data of the tensors one after
another. An element of a BYTES tensor is its length, four bytes with the lowest first, and so many bytes.
"""

from collections.abc import Iterable
from typing import Any

from .errors import ApiError
from .refusals import wrong_value

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


def fill_in(value: Any, data: memoryview) -> None:
    """Put the texts of binary tensors into the `data` of the inputs of a request, in place.

    What is no input with a `binary_data_size` is left for the schema to refuse. Raises ApiError for sizes that are not
    those of the data, and for data that are no texts.
    """
    inputs = value.get("inputs") if isinstance(value, dict) else None
    for index, tensor in enumerate(inputs if isinstance(inputs, list) else ()):
        parameters = tensor.get("parameters") if isinstance(tensor, dict) else None
        size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
        if type(size) is not int:
            continue
        where = f'"inputs[{index}].parameters.binary_data_size"'
        if not 0 <= size <= len(data):
            raise wrong_value(f"{where} of at most {len(data)}", str(size), "let sizes and data agree")
        if "data" in tensor:
            raise wrong_value(f'"data" or {where}', "both", "send a tensor once")
        tensor["data"] = read_texts(data[:size])
        data = data[size:]
    if len(data):
        raise wrong_value("data of the inputs", f"{len(data)} bytes behind them", "let sizes and data agree")


def read_texts(data: memoryview) -> list[str]:
    """The elements of a BYTES tensor, as text. Raises ApiError for elements that are cut short, or not in UTF-8."""
    texts: list[str] = []
    while len(data):
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
        raise ApiError("bad_request", f"expected UTF-8 in element {index}, got {error}; convert the text") from None


def write_elements(elements: Iterable[bytes]) -> bytes:
    """A BYTES tensor of these elements."""
    return b"".join(len(element).to_bytes(_LENGTH_BYTES, "little") + element for element in elements)

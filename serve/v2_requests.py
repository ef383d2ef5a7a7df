"""The `infer` request of the Open Inference Protocol v2: one BYTES tensor `text`, its check beside its schema."""

from dataclasses import dataclass
from typing import Any

from tagger.text.block import Unit

from .schema import (
    Field,
    Json,
    Name,
    OffsetUnit,
    Texts,
    fields_schema,
    json_type,
    object_schema,
    read_fields,
    read_object,
    wrong_value,
)
from .settings import Settings
from .v1_requests import STANDARD, read_json

PARAMETERS: dict[str, Field] = {"offsets": OffsetUnit(), "standard": STANDARD}


@dataclass(frozen=True)
class InferRequest:
    """The body of an `infer` request; the answer repeats its `id`."""

    id: str | None
    texts: list[str]
    unit: Unit
    standard: str | None


class InferReader:
    """Reads the body of an `infer` request."""

    def __init__(self, settings: Settings) -> None:
        self._fields: dict[str, Field] = {
            "id": Name(remedy="leave it out or send a string"),
            "parameters": Parameters(),
            "inputs": Inputs(Texts(settings.max_texts, settings.max_chars)),
            "outputs": Outputs(),
        }

    @property
    def schema(self) -> Json:
        return fields_schema(self._fields, ["inputs"])

    def read(self, body: bytes) -> InferRequest:
        """Raises ApiError for a body that its schema does not allow."""
        values = read_fields(read_json(body), self._fields, "the body", required=["inputs"])
        parameters = values["parameters"] or {}
        unit: Unit = parameters.get("offsets") or "codepoint"
        return InferRequest(values["id"], values["inputs"], unit, parameters.get("standard"))


@dataclass(frozen=True)
class Inputs:
    """The list of one tensor. Its data may be nested as its shape says, or flat."""

    texts: Texts

    @property
    def schema(self) -> Json:
        tensor: Json = {
            "name": {"const": "text"},
            "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            "datatype": {"const": "BYTES"},
            "parameters": {"type": "object"},
            "data": self.texts.schema,
        }
        required = ["name", "shape", "datatype", "data"]
        return {"type": "array", "items": object_schema(tensor, required), "minItems": 1, "maxItems": 1}

    def read(self, value: Any, where: str) -> list[str]:
        if not isinstance(value, list) or len(value) != 1:
            got = f"{len(value)} tensors" if isinstance(value, list) else json_type(value)
            raise wrong_value(f"one tensor in {where}", got, 'send one tensor called "text"')
        tensor = read_object(value[0], ("name", "shape", "datatype", "parameters", "data"), '"inputs[0]"')
        if tensor.get("name") != "text" or tensor.get("datatype") != "BYTES":
            got = f"{tensor.get('name')!r} of {tensor.get('datatype')!r}"[:80]
            raise wrong_value('a tensor "text" of BYTES in "inputs[0]"', got, "see /v2/models/NAME")
        data, shape = _flatten(tensor.get("data")), tensor.get("shape")
        if shape not in ([len(data)], [len(data), 1]) or any(isinstance(size, bool) for size in shape):
            wanted = f'"shape" [{len(data)}] for {len(data)} texts'
            raise wrong_value(wanted, repr(shape)[:80], "let shape and data agree")
        return self.texts.read(data, '"inputs[0].data"')


@dataclass(frozen=True)
class Outputs:
    """The wanted outputs: none but `words`, or null."""

    @property
    def schema(self) -> Json:
        words = {"type": "object", "properties": {"name": {"const": "words"}}, "required": ["name"]}
        return {"type": ["array", "null"], "items": words}

    def read(self, value: Any, where: str) -> None:
        wanted = [] if value is None else value
        if not isinstance(wanted, list) or any(not isinstance(o, dict) or o.get("name") != "words" for o in wanted):
            raise wrong_value(f'no output but "words" in {where}', repr(value)[:80], "leave it out")


@dataclass(frozen=True)
class Parameters:
    """An object with `offsets` and `standard`, or null; other parameters are ignored, as the protocol wants it."""

    @property
    def schema(self) -> Json:
        return {"type": ["object", "null"], "properties": {name: field.schema for name, field in PARAMETERS.items()}}

    def read(self, value: Any, where: str) -> Json:
        parameters = {} if value is None else read_object(value, None, where)
        known = {name: parameters[name] for name in PARAMETERS if name in parameters}
        return read_fields(known, PARAMETERS, where)


def _flatten(data: Any) -> list[Any]:
    """The items of `[n]` or `[n, 1]`."""
    if not isinstance(data, list):
        raise wrong_value(
            'a list of strings in "inputs[0].data"', json_type(data), "binary tensors are not read: send JSON"
        )
    if data and all(isinstance(row, list) and len(row) == 1 for row in data):
        return [row[0] for row in data]
    return data

"""The `infer` request of the Open Inference Protocol v2: one BYTES tensor `text`.

Unknown fields are ignored, as by the protocol's other servers; unknown parameters are refused, for they ask for
something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .binary_tensors import fill_in, only_input, split_body
from .choices import CHOICES, NOT_BOTH, TagChoices, choice_schemas, nbest_chars
from .fair_queue import URGENCIES
from .refusals import Json, wrong_value
from .schema import COUNT, Statement, check_number_of_texts, object_schema, read_json, texts_schema
from .settings import Settings

OUTPUTS = ("words", "spans")  # the tensors of answers; `spans` of a model that finds entities beside words
_FLAG: Json = {"type": "boolean", "default": False}
# What Triton's clients send for their arguments `timeout` and `priority`: X-Request-Timeout and Priority in its terms.
_TERMS: Json = {
    "timeout": COUNT | {"description": "Microseconds until the answer is wanted; 0: as X-Request-Timeout says."},
    "priority": COUNT
    | {
        "maximum": URGENCIES,
        "description": f"From 1, the most urgent (u=0), to {URGENCIES} (u={URGENCIES - 1}); 0: as Priority says.",
    },
}


@dataclass(frozen=True)
class InferRequest:
    """The body of an `infer` request; the answer repeats its `id`. `outputs` are the tensors asked for by name, each
    with whether its data are to be binary; without names all are asked for, with binary data if `binary`. `seconds` and
    `urgency` are None where the body does not say them."""

    id: str | None
    texts: list[str]
    choices: TagChoices
    outputs: Mapping[str, bool]
    binary: bool
    seconds: float | None = None
    urgency: int | None = None


def infer_schema(settings: Settings) -> Json:
    """The schema of the JSON of an `infer` request, with the texts of a binary tensor in its `data`."""
    choices = choice_schemas(settings)
    parameters = {name: choices[name] for name in CHOICES if name != "model"} | _TERMS | {"binary_data_output": _FLAG}
    fields: Json = {
        "id": {"type": ["string", "null"], "description": "The answer repeats it."},
        "parameters": _parameters(parameters) | {"not": NOT_BOTH},
        "inputs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": _input_schema(settings),
            "x-wanted": 'one tensor called "text"',
            "x-remedy": "see /v2/models/NAME",
        },
        "outputs": {"type": ["array", "null"], "items": _output_schema()},
    }
    shorter = {"maxLength": nbest_chars(settings), "x-remedy": "split the text, or raise --max-nbest-chars"}
    data = {"properties": {"data": {"items": shorter}}}
    return {
        "type": "object",
        "properties": fields,
        "required": ["inputs"],
        "if": {"properties": {"parameters": {"type": "object", "required": ["nbest"]}}, "required": ["parameters"]},
        "then": {"properties": {"inputs": {"items": data}}},
    }


def _input_schema(settings: Settings) -> Json:
    tensor: Json = {
        "name": {"const": "text", "x-remedy": "see /v2/models/NAME"},
        "shape": {
            "type": "array",
            "items": COUNT | {"x-remedy": "let shape and data agree"},
            "minItems": 1,
            "maxItems": 2,
            "description": "[n] or [n, 1] for n texts.",
            "x-wanted": "[n] or [n, 1] for n texts",
            "x-remedy": "let shape and data agree",
        },
        "datatype": {"const": "BYTES", "x-remedy": "see /v2/models/NAME"},
        "parameters": _parameters({"binary_data_size": COUNT, "content_type": {"const": "str"}}),
        "data": texts_schema(settings.max_texts, settings.max_chars)
        | {"description": "Flat or nested as the shape says, or left out with binary data."},
    }
    return {"type": "object", "properties": tensor, "required": ["name", "shape", "datatype", "data"]}


def _output_schema() -> Json:
    name = {
        "enum": OUTPUTS,
        "x-remedy": "leave it out",
        "description": "`spans` are the entities of a model that finds both; without names all that it has.",
    }
    properties = {"name": name, "parameters": _parameters({"binary_data": _FLAG})}
    return {"type": "object", "properties": properties, "required": ["name"]}


def _parameters(properties: Json) -> Json:
    return object_schema(properties, ()) | {"type": ["object", "null"]}


class InferReader:
    """Reads an `infer` request, under the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.max_texts = settings.max_texts
        self._statement = Statement(infer_schema(settings))

    def read(self, body: bytes, model: str, json_length: str | None = None) -> InferRequest:
        """The request to a model. `json_length` is the header of the binary tensor extension.

        Raises ApiError for a body that the schema does not allow.
        """
        json, data = split_body(body, json_length)
        value = read_json(json)
        fill_in(value, data, self.max_texts)
        return self.check(value, model)

    def check(self, value: Any, model: str) -> InferRequest:
        """The request from its JSON value. Raises ApiError for a value that the schema does not allow."""
        _flatten(value, self.max_texts)
        self._statement.check(value)
        (tensor,) = value["inputs"]
        texts, shape = tensor["data"], tensor["shape"]
        if shape not in ([len(texts)], [len(texts), 1]):
            wanted = f'[{len(texts)}] for {len(texts)} texts in "inputs[0].shape"'
            raise wrong_value(wanted, str(shape)[:80], "let shape and data agree")
        parameters = value.get("parameters") or {}
        is_binary = bool(parameters.get("binary_data_output"))
        outputs = {
            output["name"]: bool((output.get("parameters") or {}).get("binary_data"))
            for output in value.get("outputs") or ()
        }
        choices = TagChoices.of(parameters | {"model": model})
        microseconds, level = parameters.get("timeout"), parameters.get("priority")
        seconds, urgency = microseconds / 1e6 if microseconds else None, int(level) - 1 if level else None
        return InferRequest(value.get("id"), texts, choices, outputs, is_binary, seconds, urgency)


def _flatten(value: Any, most: int) -> None:
    """Make the data of the input, `[n, 1]`, a list of `n`, in place. What has another form is left as it is. Raises
    ApiError for more than `most` texts."""
    data = (tensor := only_input(value) or {}).get("data")
    if isinstance(data, list) and data:
        check_number_of_texts(len(data), most)
        if all(isinstance(row, list) and len(row) == 1 for row in data):
            tensor["data"] = [row[0] for row in data]

"""What requests may say: JSON bodies and query strings to questions, refused with a Fault that names the field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import orjson

from .answer import UNITS, Unit
from .fault import Fault
from .settings import Settings


@dataclass(frozen=True)
class Question:
    """Texts to tag, by which model, with offsets in which unit, and what else is wanted of their words.

    `dictionary` names one, `entries` is one, `given` says per text what is known: the last two as they came."""

    texts: list[str]
    model: str | None
    unit: Unit
    dictionary: str | None = None
    entries: Any = None
    given: Any = None


@dataclass(frozen=True)
class Limits:
    """The most that one request may hold."""

    texts: int
    chars: int
    entries: int = 0
    entry_chars: int = 0


def limits(settings: Settings) -> Limits:
    """Those of the settings."""
    return Limits(settings.max_texts, settings.max_chars, settings.max_entries, settings.max_entry_chars)


def loads(body: bytes) -> Any:
    """Any JSON value. Raises Fault for what is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Fault(
            "bad_request", f"expected JSON in UTF-8, got none: {error}; check how the body is encoded"
        ) from None


def question(body: bytes, limits: Limits) -> Question:
    """The body of `POST /v1/tag`."""
    names = {"texts", "model", "offsets", "dictionary", "entries", "given"}
    value = _object(loads(body), names, "the body")
    if "texts" not in value:
        raise _wrong('"texts", a list of strings', "no such field", 'send {"texts": ["我喜欢北京。"]}')
    return Question(
        texts(value["texts"], limits, '"texts"'),
        named(value.get("model"), "model"),
        unit(value.get("offsets")),
        named(value.get("dictionary"), "dictionary"),
        value.get("entries"),
        value.get("given"),
    )


def texts(value: Any, limits: Limits, where: str) -> list[str]:
    """A list of texts of allowed number and length."""
    if not isinstance(value, list):
        raise _wrong(f"a list of strings in {where}", _name(value), "put the text into brackets")
    if len(value) > limits.texts:
        raise Fault(
            "too_large",
            f"expected at most {limits.texts} texts, got {len(value)}; send them in parts, or as NDJSON, "
            "or raise --max-texts",
        )
    for i, text in enumerate(value):
        check_text(text, limits, f"{where}[{i}]")
    return value


def check_text(text: Any, limits: Limits, where: str) -> None:
    """Raises Fault unless it is a text of allowed length."""
    if not isinstance(text, str):
        raise _wrong(f"a string in {where}", _name(text), "send text")
    if len(text) > limits.chars:
        raise Fault(
            "too_large",
            f"expected at most {limits.chars} characters in {where}, got {len(text)}; split the text where "
            "sentences or lines end, or raise --max-chars",
        )


def named(value: Any, field: str) -> str | None:
    """A name of a model or dictionary, or None for the default."""
    if value is not None and not isinstance(value, str):
        raise _wrong(f'a string in "{field}"', _name(value), "send a name from /v1/models, or leave it out")
    return value


def unit(value: Any) -> Unit:
    """A unit of offsets; code points unless said otherwise."""
    if value is None:
        return "codepoint"
    for known in UNITS:
        if value == known:
            return known
    raise _wrong(f'"offsets" among {", ".join(get_args(Unit))}', repr(value)[:80], "leave it out for code points")


def options(query: Mapping[str, str]) -> tuple[str | None, Unit, str | None]:
    """Model, unit and dictionary from the query string of a stream."""
    if strange := sorted(set(query) - {"model", "offsets", "dictionary"}):
        raise _wrong("the parameters model, offsets and dictionary", ", ".join(strange)[:80], "leave the others out")
    return query.get("model"), unit(query.get("offsets")), query.get("dictionary")


def line(value: bytes, number: int, limits: Limits, *, json: bool) -> tuple[str, dict[str, Any]]:
    """The text of one line of a stream, and what its answer repeats: the line's number, and its id."""
    where = f"line {number}"
    if not json:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Fault("bad_request", f"expected UTF-8 in {where}, got {error}; convert the text") from None
        check_text(text, limits, where)
        return text, {"line": number}
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Fault("bad_request", f"expected JSON in UTF-8 in {where}, got {error}; one value per line") from None
    if isinstance(content, str):
        content = {"text": content}
    content = _object(content, {"text", "id"}, where)
    if "text" not in content:
        raise _wrong(f'"text" in {where}', "no such field", 'send {"text": "我喜欢北京。"} or a string')
    check_text(content["text"], limits, where)
    repeated = {"id": content["id"]} if "id" in content else {}
    return content["text"], {"line": number, **repeated}


def inference(body: bytes, limits: Limits) -> tuple[Question, str | None]:
    """The body of an Open Inference v2 `infer` request with one BYTES tensor `text`, and its id."""
    value = _object(loads(body), {"id", "parameters", "inputs", "outputs"}, "the body")
    identity, inputs, parameters = value.get("id"), value.get("inputs"), value.get("parameters")
    if identity is not None and not isinstance(identity, str):
        raise _wrong('a string in "id"', _name(identity), "leave it out or send a string")
    if not isinstance(inputs, list) or len(inputs) != 1:
        got = f"{len(inputs)} tensors" if isinstance(inputs, list) else _name(inputs)
        raise _wrong('one tensor in "inputs"', got, 'send one tensor called "text"')
    tensor = _object(inputs[0], {"name", "shape", "datatype", "parameters", "data"}, '"inputs[0]"')
    if tensor.get("name") != "text" or tensor.get("datatype") != "BYTES":
        got = f"{tensor.get('name')!r} of {tensor.get('datatype')!r}"[:80]
        raise _wrong('a tensor "text" of BYTES in "inputs[0]"', got, "see /v2/models/NAME")
    data = _flat(tensor.get("data"))
    shape = tensor.get("shape")
    if shape not in ([len(data)], [len(data), 1]) or any(isinstance(size, bool) for size in shape):
        raise _wrong(f'"shape" [{len(data)}] for {len(data)} texts', repr(shape)[:80], "let shape and data agree")
    wanted = value.get("outputs")
    if wanted is not None and not (
        isinstance(wanted, list) and all(isinstance(o, dict) and o.get("name") == "words" for o in wanted)
    ):
        raise _wrong('no output but "words" in "outputs"', repr(wanted)[:80], "leave it out")
    chosen = unit(_object(parameters, None, '"parameters"').get("offsets")) if parameters is not None else unit(None)
    return Question(texts(data, limits, '"inputs[0].data"'), None, chosen), identity


def _flat(data: Any) -> list[Any]:
    """A tensor's data may be nested as its shape is, or flat."""
    if not isinstance(data, list):
        raise _wrong('a list of strings in "inputs[0].data"', _name(data), "binary tensors are not read: send JSON")
    if data and all(isinstance(row, list) and len(row) == 1 for row in data):
        return [row[0] for row in data]
    return data


def _object(value: Any, known: set[str] | None, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(f"an object in {where}", _name(value), "see /docs")
    if known is not None and (strange := sorted(set(value) - known)):
        names = ", ".join(sorted(known))
        raise _wrong(f"the fields {names} in {where}", ", ".join(strange)[:80], "leave the others out")
    return value


def _name(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _wrong(wanted: str, got: str, remedy: str) -> Fault:
    return Fault("invalid", f"expected {wanted}, got {got}; {remedy}")

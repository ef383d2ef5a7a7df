"""What requests may say: JSON bodies and query strings to questions, refused with a Fault that names the field."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypeGuard, get_args

import orjson

from .answer import PLAIN, UNITS, OutputOptions, Unit
from .errors import ApiError
from .settings import Settings

LEAST = 0.01  # probability of words to search: of those that hold a character there are at most 1 / LEAST


@dataclass(frozen=True)
class Question:
    """Texts to tag, by which model, with offsets in which unit, and what else is wanted of their words.

    `dictionary` names one, `entries` is one, `given` says per text what is known: the last two as they came."""

    texts: list[str]
    model: str | None
    unit: Unit
    view: OutputOptions = PLAIN
    dictionary: str | None = None
    entries: Any = None
    given: Any = None
    standard: str | None = None


@dataclass(frozen=True)
class Classification:
    """Texts to classify, by which model, with how many of the likeliest labels."""

    texts: list[str]
    model: str | None
    top: int


@dataclass(frozen=True)
class Look:
    """A sentence to inspect, with which model, and which of its layers (from 1)."""

    text: str
    model: str | None
    layer: int | None


@dataclass(frozen=True)
class Limits:
    """The most that one request may hold."""

    texts: int
    chars: int
    nbest: int
    nbest_chars: int
    entries: int
    entry_chars: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            settings.max_texts, settings.max_chars, settings.max_nbest, settings.max_nbest_chars,
            settings.max_entries, settings.max_entry_chars,
        )  # fmt: skip

    def under(self, view: OutputOptions) -> Self:
        """Texts whose alternatives are asked for are shorter."""
        return replace(self, chars=min(self.chars, self.nbest_chars)) if view.nbest else self


def loads(body: bytes) -> Any:
    """Any JSON value. Raises Fault for what is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(
            "bad_request", f"expected JSON in UTF-8, got none: {error}; check how the body is encoded"
        ) from None


def question(body: bytes, limits: Limits) -> Question:
    """The body of `POST /v1/tag`."""
    names = {"texts", "model", "offsets", "dictionary", "entries", "given", "standard", *_VIEW}
    value = _object(loads(body), names, "the body")
    if "texts" not in value:
        raise _wrong('"texts", a list of strings', "no such field", 'send {"texts": ["我喜欢北京。"]}')
    asked = view(value, limits)
    found = texts(value["texts"], limits.under(asked), '"texts"')
    return Question(
        found,
        named(value.get("model"), "model"),
        unit(value.get("offsets")),
        asked,
        named(value.get("dictionary"), "dictionary"),
        value.get("entries"),
        value.get("given"),
        named(value.get("standard"), "standard"),
    )


_VIEW = ("confidence", "nbest", "search")


def view(value: Mapping[str, Any], limits: Limits) -> OutputOptions:
    """What else to say of words, from the fields of a body or of a query."""
    confidence, nbest, search = (value.get(name) for name in _VIEW)
    if "confidence" in value and not isinstance(confidence, bool):
        raise _wrong('true or false in "confidence"', repr(confidence)[:80], "leave it out for false")
    if "nbest" in value and not (_is_number(nbest) and nbest % 1 == 0 and 1 <= nbest <= limits.nbest):
        wanted = f'a whole number from 1 to {limits.nbest} in "nbest"'
        raise _wrong(wanted, repr(nbest)[:80], "ask for fewer, or raise --max-nbest")
    if "search" in value and not (_is_number(search) and LEAST <= search <= 1):
        raise _wrong(f'a probability from {LEAST} to 1 in "search"', repr(search)[:80], "try 0.1")
    if "nbest" in value and "search" in value:
        raise _wrong('either "nbest" or "search"', "both", "ask twice")
    return OutputOptions(
        confidence=bool(confidence) and nbest is search is None,
        nbest=0 if nbest is None else int(nbest),
        search=0.0 if search is None else float(search),
    )


def answer_name(view: OutputOptions) -> bytes:
    """What an answer's array is called."""
    return b"alternatives" if view.nbest else b"words"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def classification(body: bytes, limits: Limits) -> Classification:
    """The body of `POST /v1/classify`."""
    value = _object(loads(body), {"texts", "model", "top"}, "the body")
    if "texts" not in value:
        raise _wrong('"texts", a list of strings', "no such field", 'send {"texts": ["Where is my card?"]}')
    top = 1 if value.get("top") is None else value["top"]
    if not isinstance(top, int) or isinstance(top, bool) or top < 1:
        raise _wrong('an integer of 1 or more in "top"', repr(top)[:80], "leave it out for the likeliest label alone")
    return Classification(texts(value["texts"], limits, '"texts"'), named(value.get("model"), "model"), top)


def look(body: bytes, max_chars: int) -> Look:
    """The body of `POST /v1/inspect`."""
    value = _object(loads(body), {"text", "model", "layer"}, "the body")
    text, layer = value.get("text"), value.get("layer")
    if not isinstance(text, str) or not text:
        raise _wrong('"text", a sentence', repr(text)[:80], 'send {"text": "我喜欢北京。"}')
    if len(text) > max_chars:
        raise ApiError(
            "too_large",
            f'expected at most {max_chars} characters in "text", got {len(text)}; send one sentence, or raise '
            "--max-inspect",
        )
    if layer is not None and (isinstance(layer, bool) or not isinstance(layer, int)):
        raise _wrong('a whole number in "layer"', repr(layer)[:80], "leave it out for the last layer")
    return Look(text, named(value.get("model"), "model"), layer)


def texts(value: Any, limits: Limits, where: str) -> list[str]:
    """A list of texts of allowed number and length."""
    if not isinstance(value, list):
        raise _wrong(f"a list of strings in {where}", _name(value), "put the text into brackets")
    if len(value) > limits.texts:
        raise ApiError(
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
        raise ApiError(
            "too_large",
            f"expected at most {limits.chars} characters in {where}, got {len(text)}; split the text where "
            "sentences or lines end, or raise --max-chars (for alternatives --max-nbest-chars)",
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


def options(query: Mapping[str, str], limits: Limits) -> tuple[str | None, Unit, OutputOptions, str | None, str | None]:
    """Model, unit, what else to say of words, dictionary and standard, from the query string of a stream."""
    if strange := sorted(set(query) - {"model", "offsets", "dictionary", "standard", *_VIEW}):
        known = f"the parameters model, offsets, dictionary, standard, {', '.join(_VIEW)}"
        raise _wrong(known, ", ".join(strange)[:80], "leave the others out")
    return (
        query.get("model"),
        unit(query.get("offsets")),
        view({n: _plain(query[n]) for n in _VIEW if n in query}, limits),
        query.get("dictionary"),
        query.get("standard"),
    )


def _plain(text: str) -> Any:
    """A parameter as the JSON value that it looks like, else as it is."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def line(value: bytes, number: int, limits: Limits, *, json: bool) -> tuple[str, dict[str, Any]]:
    """The text of one line of a stream, and what its answer repeats: the line's number, and its id."""
    where = f"line {number}"
    if not json:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ApiError("bad_request", f"expected UTF-8 in {where}, got {error}; convert the text") from None
        check_text(text, limits, where)
        return text, {"line": number}
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ApiError("bad_request", f"expected JSON in UTF-8 in {where}, got {error}; one value per line") from None
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
    chosen = {} if parameters is None else _object(parameters, None, '"parameters"')
    found = texts(data, limits, '"inputs[0].data"')
    return Question(
        found, None, unit(chosen.get("offsets")), standard=named(chosen.get("standard"), "standard")
    ), identity


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


def _wrong(wanted: str, got: str, remedy: str) -> ApiError:
    return ApiError("invalid", f"expected {wanted}, got {got}; {remedy}")

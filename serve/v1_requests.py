"""The requests of API v1: a table of fields for each, from which its check and its schema come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tagger.tagging.output import OutputOptions
from tagger.text.block import Unit

from .errors import ApiError
from .request_constraints import entries_schema, known_schema
from .schema import (
    Count,
    Field,
    Flag,
    Integer,
    Json,
    Name,
    OffsetUnit,
    Probability,
    Sentence,
    Texts,
    Unchecked,
    fields_schema,
    read_fields,
    wrong_value,
)
from .settings import Settings

# The least probability of a search: at most 1 / LEAST_PROBABILITY words that hold the same character are that likely.
LEAST_PROBABILITY = 0.01
MODEL = Name("A name from /v1/models; the default is the first model of its kind.")
STANDARD = Name("A standard of the model, if it has several; the default is its first.")
# The fields of `POST /v1/tag` that decide what the answer holds, and those that are query parameters of a document.
OUTPUT = ("confidence", "nbest", "search")
QUERY = ("model", "offsets", "dictionary", "patterns", "standard", *OUTPUT)


@dataclass(frozen=True)
class TagRequest:
    """The body of `POST /v1/tag`.

    `dictionary` and `patterns` name those of the service. `entries` (a dictionary of the request's own) and `given`
    (what is known of the words of each text) are not checked yet: `request_constraints` does that once the model is
    known.
    """

    texts: list[str]
    model: str | None
    unit: Unit
    output: OutputOptions
    dictionary: str | None
    entries: Any
    given: Any
    standard: str | None
    patterns: str | None


@dataclass(frozen=True)
class DocumentRequest:
    """The query string of `POST /v1/tag` when the body is a document."""

    model: str | None
    unit: Unit
    output: OutputOptions
    dictionary: str | None
    standard: str | None
    patterns: str | None


@dataclass(frozen=True)
class ClassifyRequest:
    """The body of `POST /v1/classify`; `top` is the number of labels for each text."""

    texts: list[str]
    model: str | None
    top: int


@dataclass(frozen=True)
class InspectRequest:
    """The body of `POST /v1/inspect`; layers count from 1, None is the last one."""

    text: str
    model: str | None
    layer: int | None


class TagReader:
    """Reads what `POST /v1/tag` takes, under the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._nbest_chars = min(settings.max_chars, settings.max_nbest_chars)
        self._max_chars = settings.max_chars
        self._fields = _tag_fields(settings, settings.max_chars)
        self._nbest_fields = _tag_fields(settings, self._nbest_chars)
        self._query = {name: self._fields[name] for name in QUERY}

    @property
    def schema(self) -> Json:
        """The schema of a JSON body."""
        shorter = {"properties": {"texts": {"items": {"maxLength": self._nbest_chars}}}}
        return fields_schema(self._fields, ["texts"]) | {
            "not": {"required": ["nbest", "search"]},
            "if": {"required": ["nbest"]},
            "then": shorter,
        }

    @property
    def query_schemas(self) -> dict[str, Json]:
        """The schema of each query parameter."""
        return {name: _without_null(field.schema) for name, field in self._query.items()}

    def read(self, body: bytes) -> TagRequest:
        """Raises ApiError for a body that its schema does not allow."""
        value = read_json(body)
        fields = self._nbest_fields if isinstance(value, dict) and "nbest" in value else self._fields
        values = read_fields(value, fields, "the body")
        _require_texts(values, "我喜欢北京。")
        return TagRequest(
            values["texts"],
            values["model"],
            values["offsets"] or "codepoint",
            _output_options(values),
            values["dictionary"],
            values["entries"],
            values["given"],
            values["standard"],
            values["patterns"],
        )

    def read_query(self, query: Mapping[str, str]) -> DocumentRequest:
        """Raises ApiError for unknown parameters, and for values that their fields do not allow."""
        if unknown := sorted(set(query) - set(QUERY)):
            known = f"the parameters {', '.join(QUERY)}"
            raise wrong_value(known, ", ".join(unknown)[:80], "leave the others out")
        parsed = {name: _parse(text) if name in OUTPUT else text for name, text in query.items()}
        values = read_fields(parsed, self._query, "the query")
        return DocumentRequest(
            values["model"],
            values["offsets"] or "codepoint",
            _output_options(values),
            values["dictionary"],
            values["standard"],
            values["patterns"],
        )

    def max_line_chars(self, output: OutputOptions) -> int:
        """The most characters that a line of a document may have."""
        return self._nbest_chars if output.nbest else self._max_chars


def _tag_fields(settings: Settings, max_chars: int) -> dict[str, Field]:
    return {
        "confidence": Flag("Whether each word has its probabilities."),
        "nbest": Count(
            settings.max_nbest,
            "The number of alternatives for each text, in place of its words; such texts must be shorter.",
            "ask for fewer, or raise --max-nbest",
        ),
        "search": Probability(
            LEAST_PROBABILITY, "The least probability of words: the answer has all words that reach it, which overlap."
        ),
        "texts": Texts(settings.max_texts, max_chars),
        "model": MODEL,
        "offsets": OffsetUnit(),
        "dictionary": Name("A dictionary from /v1/models."),
        "patterns": Name("Patterns from /v1/models."),
        "standard": STANDARD,
        "entries": Unchecked(entries_schema(settings)),
        "given": Unchecked(known_schema()),
    }


def _output_options(values: Json) -> OutputOptions:
    confidence, nbest, search = (values[name] for name in OUTPUT)
    if nbest is not None and search is not None:
        raise wrong_value('either "nbest" or "search"', "both", "ask twice")
    return OutputOptions(
        confidence=bool(confidence) and nbest is search is None, nbest=nbest or 0, search=search or 0.0
    )


def _require_texts(values: Json, example: str) -> None:
    if values["texts"] is None:
        raise wrong_value('"texts", a list of strings', "no such field", f'send {{"texts": ["{example}"]}}')


def _without_null(schema: Json) -> Json:
    """The schema of a query parameter, which is absent rather than null."""
    schema = dict(schema)
    if isinstance(schema.get("type"), list):
        schema["type"] = next(name for name in schema["type"] if name != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema


def _parse(text: str) -> Any:
    """A query parameter as the JSON value that it looks like, else as it is."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


class ClassifyReader:
    """Reads the body of `POST /v1/classify`."""

    def __init__(self, settings: Settings) -> None:
        self._fields: dict[str, Field] = {
            "texts": Texts(settings.max_texts, settings.max_chars),
            "model": MODEL,
            "top": Integer(
                1,
                "The number of likeliest labels; the default is 1.",
                "an integer of 1 or more",
                "leave it out for the likeliest label alone",
            ),
        }

    @property
    def schema(self) -> Json:
        return fields_schema(self._fields, ["texts"])

    def read(self, body: bytes) -> ClassifyRequest:
        """Raises ApiError for a body that its schema does not allow."""
        values = read_fields(read_json(body), self._fields, "the body")
        _require_texts(values, "Where is my card?")
        return ClassifyRequest(values["texts"], values["model"], values["top"] or 1)


class InspectReader:
    """Reads the body of `POST /v1/inspect`."""

    def __init__(self, settings: Settings) -> None:
        self._fields: dict[str, Field] = {
            "text": Sentence(settings.max_inspect),
            "model": MODEL,
            "layer": Integer(
                None,
                "The number of a layer, from 1; the default is the last.",
                "a whole number",
                "leave it out for the last layer",
            ),
        }

    @property
    def schema(self) -> Json:
        return fields_schema(self._fields, ["text"])

    def read(self, body: bytes) -> InspectRequest:
        """Raises ApiError for a body that its schema does not allow."""
        values = read_fields(read_json(body), self._fields, "the body", required=["text"])
        return InspectRequest(values["text"], values["model"], values["layer"])


def read_json(body: bytes) -> Any:
    """Any JSON value. Raises ApiError for bytes that are not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(
            "bad_request", f"expected JSON in UTF-8, got none: {error}; check how the body is encoded"
        ) from None

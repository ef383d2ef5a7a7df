"""The requests of API v1: the schema of each, and what the service reads from a body that it allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tagger.tagging.output import OutputOptions

from .choices import CHOICES, MODEL, NOT_BOTH, TagChoices, choice_schemas, nbest_chars
from .refusals import Json
from .request_constraints import check_number_given, entries_schema, known_schema
from .schema import QueryStatement, Statement, object_schema, read_json, text_schema, texts_schema
from .settings import Settings
from .surrogates import read_texts

SPOILED = "A text with a lone surrogate is answered by an error in its place."


@dataclass(frozen=True)
class TagRequest:
    """The body of `POST /v1/tag`.

    `entries` (a dictionary of the request's own) and `given` (what is known of the words of each text) have the right
    form; `request_constraints` reads them once the model is known. `errors` answer texts that are no Unicode, by index;
    such texts are empty here, and nothing is known of them.
    """

    texts: list[str]
    choices: TagChoices
    entries: Any
    given: Any
    errors: Mapping[int, Json]


@dataclass(frozen=True)
class ClassifyRequest:
    """The body of `POST /v1/classify`; `top` is the number of labels for each text, and `errors` answer texts that are
    no Unicode, which are empty here, by index."""

    texts: list[str]
    model: str | None
    top: int
    errors: Mapping[int, Json]


@dataclass(frozen=True)
class InspectRequest:
    """The body of `POST /v1/inspect`; layers count from 1, None is the last one."""

    text: str
    model: str | None
    layer: int | None


def limits_of(settings: Settings) -> dict[str, int]:
    """The limits that programs need to know to cut what they send."""
    return {
        "body": settings.max_body,
        "document": settings.max_document,
        "texts": settings.max_texts,
        "chars": settings.max_chars,
        "nbest": settings.max_nbest,
        "nbest_chars": nbest_chars(settings),
        "entries": settings.max_entries,
        "entry_chars": settings.max_entry_chars,
        "given": settings.max_given,
        "matches": settings.max_matches,
        "inspect_chars": settings.max_inspect,
    }


def tag_schema(settings: Settings) -> Json:
    """The schema of a JSON body of `POST /v1/tag`."""
    texts = texts_schema(settings.max_texts, settings.max_chars)
    remedy = "split the text where sentences end, or raise --max-nbest-chars"
    shorter = {"maxLength": nbest_chars(settings), "x-remedy": remedy}
    fields = {
        "texts": texts | {"description": f"The texts, each to be tagged by itself. {SPOILED}"},
        **choice_schemas(settings),
        "entries": entries_schema(settings),
        "given": known_schema(),
    }
    return object_schema(fields, ["texts"]) | {
        "not": NOT_BOTH,
        "if": {"required": ["nbest"]},
        "then": {"properties": {"texts": {"items": shorter}}},
    }


def line_schema(max_chars: int) -> Json:
    """The schema of a line of a document."""
    text = text_schema(max_chars) | {"examples": ["我喜欢北京。"], "description": SPOILED}
    return object_schema({"text": text, "id": {"description": "Any value; the answer repeats it."}}, ["text"])


def classify_schema(settings: Settings) -> Json:
    """The schema of the body of `POST /v1/classify`."""
    top = {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "The number of likeliest labels; the default is 1.",
        "x-remedy": "leave it out for the likeliest label alone",
    }
    texts = texts_schema(settings.max_texts, settings.max_chars) | {"examples": [["Where is my card?"]]}
    texts |= {"description": f"The texts, each to be labelled by itself. {SPOILED}"}
    return object_schema({"texts": texts, "model": MODEL, "top": top}, ["texts"])


def inspect_schema(settings: Settings) -> Json:
    """The schema of the body of `POST /v1/inspect`."""
    text = text_schema(settings.max_inspect) | {
        "minLength": 1,
        "description": "One sentence.",
        "examples": ["我喜欢北京。"],
        "x-wanted": "a sentence",
        "x-remedy": "send one sentence, or raise --max-inspect",
    }
    layer = {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "The number of a layer, from 1; the default is the last.",
        "x-remedy": "leave it out for the last",
    }
    return object_schema({"text": text, "model": MODEL, "layer": layer}, ["text"])


class TagReader:
    """Reads what `POST /v1/tag` takes, under the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._max_given = settings.max_given
        # The body, the fields that are lists, a list of what is known for each text, and what these hold.
        self._most_lists = 4 + settings.max_texts + settings.max_entries + settings.max_given
        self._body = Statement(tag_schema(settings))
        self.query = QueryStatement(self._body.schema, CHOICES)
        self._line = Statement(line_schema(settings.max_chars))
        self._nbest_line = Statement(line_schema(nbest_chars(settings)))

    def read(self, body: bytes, query: Mapping[str, str]) -> TagRequest:
        """Raises ApiError for a body and a query that the schema does not allow."""
        value, errors = read_texts(body, self._most_lists)
        value = self.query.merge(query, value)
        if isinstance(value, dict):
            check_number_given(value.get("given"), self._max_given)
        values = self._body.check(value)
        given = values.get("given")
        if given and errors:
            given = [None if index in errors else marks for index, marks in enumerate(given)]
        return TagRequest(values["texts"], TagChoices.of(values), values.get("entries"), given, errors)

    def read_query(self, query: Mapping[str, str]) -> TagChoices:
        """What a document's query says. Raises ApiError for unknown parameters, and for values that are not allowed."""
        return TagChoices.of(self.query.read(query))

    def line(self, output: OutputOptions) -> Statement:
        """What a line of a document may be."""
        return self._nbest_line if output.nbest else self._line


class ClassifyReader:
    """Reads what `POST /v1/classify` takes."""

    def __init__(self, settings: Settings) -> None:
        self._body = Statement(classify_schema(settings))
        self.query = QueryStatement(self._body.schema, ("model", "top"))

    def read(self, body: bytes, query: Mapping[str, str]) -> ClassifyRequest:
        """Raises ApiError for a body and a query that the schema does not allow."""
        value, errors = read_texts(body)
        values = self._body.check(self.query.merge(query, value))
        return ClassifyRequest(values["texts"], values.get("model"), int(values.get("top") or 1), errors)


class InspectReader:
    """Reads what `POST /v1/inspect` takes."""

    def __init__(self, settings: Settings) -> None:
        self._body = Statement(inspect_schema(settings))
        self.query = QueryStatement(self._body.schema, ("model", "layer"))

    def read(self, body: bytes, query: Mapping[str, str]) -> InspectRequest:
        """Raises ApiError for a body and a query that the schema does not allow."""
        values = self._body.check(self.query.merge(query, read_json(body)))
        layer = values.get("layer")
        return InspectRequest(values["text"], values.get("model"), None if layer is None else int(layer))

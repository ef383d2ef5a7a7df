"""API v1: the words or entities of texts and the labels of texts as JSON, those of documents as a stream, and the
models."""

from collections.abc import Mapping, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from .answer_parts import ResultsResponse
from .body import BodyBudget
from .charsets import charset_of
from .choices import TagChoices
from .engine import BatchKey, Engine
from .errors import ApiError
from .inference import ClassifyOptions, Text
from .models import ServedModel
from .refusals import Json
from .request_constraints import annotate_texts, read_entries
from .stream import DocumentStream, array_name
from .v1_requests import ClassifyReader, TagReader, limits_of

# The content types of documents, and whether their lines are JSON.
DOCUMENTS = {"text/plain": False, "application/x-ndjson": True, "application/jsonl": True}

SMALLER = "send fewer texts at a time, a document as text/plain or NDJSON, or raise --max-body"


class V1Handlers:
    """The handlers of `/v1/tag`, `/v1/classify` and `/v1/models`."""

    def __init__(self, engine: Engine, bodies: BodyBudget) -> None:
        self._engine = engine
        self._bodies = bodies
        self._tag_reader = TagReader(engine.settings)
        self._classify_reader = ClassifyReader(engine.settings)

    async def models(self, request: Request) -> Response:
        """The models, dictionaries and patterns that requests may name, and the limits of requests."""
        catalog = self._engine.catalog
        models = [model.description | {"default": model is catalog.get(None, model.kind)} for model in catalog]
        listed = {
            "models": models,
            "dictionaries": list(catalog.dictionaries),
            "patterns": list(catalog.patterns),
            "versions": {
                kind: {name: version for (of_kind, name), version in catalog.versions.items() if of_kind == kind}
                for kind in ("dictionary", "patterns")
            },
            "limits": limits_of(self._engine.settings),
        }
        return Response(orjson.dumps(listed), media_type="application/json")

    async def tag(self, request: Request) -> ASGIApp:
        """The words, or the entities, of texts, or of the lines of a document."""
        content_type = _content_type(request)
        if content_type in DOCUMENTS:
            return self._tag_document(request, json=DOCUMENTS[content_type])
        _expect_json(content_type, "application/json, text/plain or application/x-ndjson")
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        async with self._bodies.read(request, limit=limit, remedy=SMALLER) as body:
            choices, errors, key, texts = await self._engine.preparation.do(
                len(body), lambda: self._read_tag(body, request.query_params), request.receive
            )
            _note(request, key.model, texts)
            answers = await self._engine.answer(key, texts, request.receive)
        form = b'{"%b":%%b}' % array_name(choices.output, key.model.tagger)
        head = {"model": key.model.label, "offsets": choices.unit}
        return ResultsResponse(head, answers, errors, form)

    def _read_tag(
        self, body: bytes, query: Mapping[str, str]
    ) -> tuple[TagChoices, Mapping[int, Json], BatchKey, list[Text]]:
        """What a body asks for, the errors of texts, and the texts. The JSON value is free once it returns. Any thread
        may call it. Raises ApiError."""
        wanted = self._tag_reader.read(body, query)
        key = self._engine.tag_key(wanted.choices, entities=True)
        tagger = key.model.tagger
        texts = annotate_texts(wanted.texts, wanted.given, wanted.choices, tagger)
        return wanted.choices, wanted.errors, key.with_dictionaries(read_entries(wanted.entries, tagger)), texts

    def _tag_document(self, request: Request, *, json: bool) -> ASGIApp:
        choices = self._tag_reader.read_query(request.query_params)
        line = self._tag_reader.line(choices.output)
        charset = charset_of(request.headers.get("content-type", ""))
        return DocumentStream(self._engine, self._bodies, choices, line, json=json, charset=charset)

    async def classify(self, request: Request) -> ASGIApp:
        """The labels of texts."""
        _expect_json(_content_type(request), "application/json")
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        remedy = "send fewer texts at a time, or raise --max-body"
        async with self._bodies.read(request, limit=limit, remedy=remedy) as body:
            wanted = await self._engine.preparation.do(
                len(body), lambda: self._classify_reader.read(body, request.query_params), request.receive
            )
            model = self._engine.versioned(wanted.model, "classifier")
            _note(request, model, wanted.texts)
            key = BatchKey(model, ClassifyOptions(wanted.top))
            answers = await self._engine.answer(key, wanted.texts, request.receive)
        return ResultsResponse({"model": model.label}, answers, wanted.errors)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _expect_json(content_type: str, wanted: str) -> None:
    if content_type != "application/json":
        got = content_type[:80] or "no content type"
        raise ApiError("unsupported_media_type", f"expected {wanted}, got {got}; set Content-Type")


def _note(request: Request, model: ServedModel, texts: Sequence[Text]) -> None:
    """Facts for the log line of the request."""
    request.scope["note"].update(model=model.name, texts=len(texts), chars=sum(map(len, texts)))

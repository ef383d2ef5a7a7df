"""API v1: the words or entities of texts and the labels of texts as JSON, those of documents as a stream, and the
models."""

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from .body import BodyBudget
from .engine import BatchKey, Engine
from .errors import ApiError
from .inference import ClassifyOptions
from .models import ServedModel
from .request_constraints import annotate_texts, read_entries
from .stream import DocumentStream, array_name
from .v1_requests import ClassifyReader, TagReader

# The content types of documents, and whether their lines are JSON.
DOCUMENTS = {"text/plain": False, "application/x-ndjson": True, "application/jsonl": True}


class V1Handlers:
    """The handlers of `/v1/tag`, `/v1/classify` and `/v1/models`."""

    def __init__(self, engine: Engine, bodies: BodyBudget) -> None:
        self._engine = engine
        self._bodies = bodies
        self._tag_reader = TagReader(engine.settings)
        self._classify_reader = ClassifyReader(engine.settings)

    async def models(self, request: Request) -> Response:
        """The models, dictionaries and patterns that requests may name."""
        catalog = self._engine.catalog
        models = [model.description | {"default": model is catalog.get(None, model.kind)} for model in catalog]
        listed = {"models": models, "dictionaries": list(catalog.dictionaries), "patterns": list(catalog.patterns)}
        return Response(orjson.dumps(listed), media_type="application/json")

    async def tag(self, request: Request) -> ASGIApp:
        """The words, or the entities, of texts, or of the lines of a document."""
        content_type = _content_type(request)
        if content_type in DOCUMENTS:
            return self._tag_document(request, json=DOCUMENTS[content_type])
        _expect_json(content_type, "application/json, text/plain or application/x-ndjson")
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        async with self._bodies.read(request, limit=limit, flag="--max-body") as body:
            wanted = self._tag_reader.read(body, request.query_params)
            choices = wanted.choices
            key = self._engine.tag_key(choices)
            _note(request, key.model, wanted.texts)
            key = key.with_dictionaries(read_entries(wanted.entries, key.model.tagger))
            texts = annotate_texts(wanted.texts, wanted.given, choices.unit, key.model.tagger)
            answers = await self._engine.answer(key, texts, request.receive)
        name = array_name(choices.output, key.model.tagger)
        results = [b'{"%b":%b}' % (name, answer) for answer in answers]
        return _results({"model": key.model.label, "offsets": choices.unit}, results)

    def _tag_document(self, request: Request, *, json: bool) -> ASGIApp:
        choices = self._tag_reader.read_query(request.query_params)
        line = self._tag_reader.line(choices.output)
        return DocumentStream(self._engine, self._bodies, choices, line, json=json)

    async def classify(self, request: Request) -> Response:
        """The labels of texts."""
        _expect_json(_content_type(request), "application/json")
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        async with self._bodies.read(request, limit=limit, flag="--max-body") as body:
            wanted = self._classify_reader.read(body, request.query_params)
            model = self._engine.model(wanted.model, "classifier")
            _note(request, model, wanted.texts)
            key = BatchKey(model, ClassifyOptions(wanted.top))
            answers = await self._engine.answer(key, wanted.texts, request.receive)
        return _results({"model": model.label}, answers)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _expect_json(content_type: str, wanted: str) -> None:
    if content_type != "application/json":
        got = content_type[:80] or "no content type"
        raise ApiError("unsupported_media_type", f"expected {wanted}, got {got}; set Content-Type")


def _note(request: Request, model: ServedModel, texts: Sequence[str]) -> None:
    """Facts for the log line of the request."""
    request.scope["note"].update(model=model.name, texts=len(texts), chars=sum(map(len, texts)))


def _results(head: dict[str, object], results: Sequence[bytes]) -> Response:
    """The answer `{…head, "results": […]}`, put together from JSON fragments."""
    body = b'%b,"results":[%b]}' % (orjson.dumps(head)[:-1], b",".join(results))
    return Response(body, media_type="application/json")

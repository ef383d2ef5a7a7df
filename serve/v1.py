"""API v1: words and labels of texts as JSON, words of documents line by line as a stream, and the models."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from .answer import ClassifyRequest, TagRequest
from .body import BodyBudget
from .engine import Engine, Key
from .errors import ApiError
from .request_constraints import inline, known
from .schema import Limits, answer_name, classification, options, question
from .stream import Stream

# Content types of documents, and whether their lines are JSON.
STREAMS = {"text/plain": False, "application/x-ndjson": True, "application/jsonl": True}


class V1:
    """The handlers, over one engine."""

    def __init__(self, engine: Engine, hall: BodyBudget) -> None:
        self._engine = engine
        self._hall = hall
        self._limits = Limits.of(engine.settings)

    async def models(self, request: Request) -> Response:
        """What may be asked for as `model`."""
        catalog = self._engine.catalog
        listed = [m.description | {"default": m is catalog.get(None, m.kind)} for m in catalog]
        names = list(catalog.dictionaries)
        return Response(orjson.dumps({"models": listed, "dictionaries": names}), media_type="application/json")

    async def tag(self, request: Request) -> ASGIApp:
        """The words of texts, or of the lines of a document."""
        kind = _content_type(request)
        if kind in STREAMS:
            name, unit, view, dictionary, standard = options(request.query_params, self._limits)
            model = self._engine.variant(self._engine.model(name), standard)
            key = Key(model, TagRequest(unit, view, self._engine.dictionary(dictionary)))
            limits = self._limits.under(view)
            return Stream(self._engine, self._hall, limits, key=key, view=view, json=STREAMS[kind])
        _expect_json(kind, "application/json, text/plain or application/x-ndjson")
        if self._engine.batcher.full:  # before anything is read
            raise await self._engine.shed()
        limit = self._engine.settings.max_body
        async with self._hall.read(request, limit=limit, flag="--max-body") as body:
            asked = question(body, self._limits)
            model = self._engine.variant(self._engine.model(asked.model), asked.standard)
            request.scope["note"].update(model=model.name, texts=len(asked.texts), chars=sum(map(len, asked.texts)))
            own = inline(asked.entries, self._limits, model.tagger)
            texts = known(asked, model.tagger)
            words = TagRequest(asked.unit, asked.view, (*self._engine.dictionary(asked.dictionary), *own))
            found = await self._engine.ask(Key(model, words), texts, request.receive)
        head = orjson.dumps({"model": model.label, "offsets": asked.unit})
        results = b",".join([b'{"%b":%b}' % (answer_name(asked.view), each) for each in found])
        return Response(b'%b,"results":[%b]}' % (head[:-1], results), media_type="application/json")

    async def classify(self, request: Request) -> Response:
        """The labels of texts."""
        _expect_json(_content_type(request), "application/json")
        if self._engine.batcher.full:
            raise await self._engine.shed()
        limit = self._engine.settings.max_body
        async with self._hall.read(request, limit=limit, flag="--max-body") as body:
            asked = classification(body, self._limits)
            model = self._engine.model(asked.model, "classifier")
            request.scope["note"].update(model=model.name, texts=len(asked.texts), chars=sum(map(len, asked.texts)))
            found = await self._engine.ask(Key(model, ClassifyRequest(asked.top)), asked.texts, request.receive)
        head = orjson.dumps({"model": model.label})
        return Response(b'%b,"results":[%b]}' % (head[:-1], b",".join(found)), media_type="application/json")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _expect_json(kind: str, wanted: str) -> None:
    if kind != "application/json":
        got = kind[:80] or "no content type"
        raise ApiError("unsupported_media_type", f"expected {wanted}, got {got}; set Content-Type")

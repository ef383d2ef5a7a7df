"""API v1: texts as JSON in one answer, documents line by line as a stream, and the models."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from .body import Hall
from .engine import Engine, Key
from .fault import Fault
from .hint import inline, known
from .schema import limits, options, question
from .stream import Stream

# Content types of documents, and whether their lines are JSON.
STREAMS = {"text/plain": False, "application/x-ndjson": True, "application/jsonl": True}


class V1:
    """The handlers, over one engine."""

    def __init__(self, engine: Engine, hall: Hall) -> None:
        self._engine = engine
        self._hall = hall
        self._limits = limits(engine.settings)

    async def models(self, request: Request) -> Response:
        """What may be asked for as `model`."""
        catalog = self._engine.catalog
        listed = [model.description | {"default": model is catalog.default} for model in catalog]
        names = list(catalog.dictionaries)
        return Response(orjson.dumps({"models": listed, "dictionaries": names}), media_type="application/json")

    async def tag(self, request: Request) -> ASGIApp:
        """The words of texts, or of the lines of a document."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in STREAMS:
            name, unit, dictionary = options(request.query_params)
            key = Key(self._engine.model(name), unit, self._engine.dictionary(dictionary))
            return Stream(self._engine, self._hall, self._limits, key=key, json=STREAMS[kind])
        if kind != "application/json":
            raise Fault(
                "unsupported_media_type",
                f"expected application/json, text/plain or application/x-ndjson, got {kind[:80] or 'no content type'}; "
                "set Content-Type",
            )
        if self._engine.batcher.full:  # before anything is read
            raise await self._engine.shed()
        limit = self._engine.settings.max_body
        async with self._hall.read(request, limit=limit, flag="--max-body") as body:
            asked = question(body, self._limits)
            model = self._engine.model(asked.model)
            request.scope["note"].update(model=model.name, texts=len(asked.texts), chars=sum(map(len, asked.texts)))
            own = inline(asked.entries, self._limits, model.tagger)
            texts = known(asked, model.tagger)
            key = Key(model, asked.unit, (*self._engine.dictionary(asked.dictionary), *own))
            found = await self._engine.ask(key, texts, request.receive)
        head = orjson.dumps({"model": model.label, "offsets": asked.unit})
        results = b",".join([b'{"words":%b}' % words for words in found])
        return Response(b'%b,"results":[%b]}' % (head[:-1], results), media_type="application/json")

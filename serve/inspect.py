"""`POST /v1/inspect`: what the net computes for one sentence. Of teaching and debugging use, so one at a time."""

import asyncio
from weakref import WeakKeyDictionary

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tagger.errors import ModelError
from tagger.inspection.inspector import Inspector

from .body import BodyBudget
from .engine import Engine
from .errors import ApiError
from .models import ServedModel, digest
from .schema import Look, look

WAITING = 8  # sentences that may wait for their turn


class Insight:
    """The handler, over one engine. A model's inspector is made when it is first asked for."""

    def __init__(self, engine: Engine, hall: BodyBudget) -> None:
        self._engine = engine
        self._hall = hall
        self._inspectors: WeakKeyDictionary[ServedModel, Inspector] = WeakKeyDictionary()
        self._turn = asyncio.Semaphore()
        self._waiting = 0

    async def inspect(self, request: Request) -> Response:
        settings = self._engine.settings
        async with self._hall.read(request, limit=settings.max_body, flag="--max-body") as body:
            asked = look(body, settings.max_inspect)
        served = self._engine.model(asked.model)
        request.scope["note"].update(model=served.name, texts=1, chars=len(asked.text))
        if self._waiting >= WAITING:
            raise await self._engine.shed()
        self._waiting += 1
        try:
            async with asyncio.timeout(settings.deadline):
                await self._turn.acquire()
        except TimeoutError:
            raise ApiError(
                "deadline",
                f"expected a turn within {settings.deadline:g} s, other sentences are being inspected; ask again later",
            ) from None
        finally:
            self._waiting -= 1
        try:
            answer = await asyncio.to_thread(self._answer, served, asked)
        finally:
            self._turn.release()
        return Response(answer, media_type="application/json")

    def _answer(self, served: ServedModel, asked: Look) -> bytes:
        found = self._inspector(served)(asked.text)
        n_layers = len(found.layers)
        layer = n_layers if asked.layer is None else asked.layer
        if not 1 <= layer <= n_layers:
            raise ApiError("invalid", f'expected "layer" of 1 to {n_layers}, got {layer}; leave it out for the last')
        return orjson.dumps({"model": served.label, **found.to_json(layer - 1)})

    def _inspector(self, served: ServedModel) -> Inspector:
        inspector = self._inspectors.get(served)
        if inspector is None:
            try:
                inspector = Inspector(served.tagger, served.path)
                replaced = digest(served.path) != served.version
            except (ModelError, OSError) as error:
                reason = str(error).removeprefix(f"{served.path}: ")
                raise ApiError("invalid", f"expected a model that can be inspected; {reason}") from error
            if replaced:
                raise ApiError("unavailable", "the model's file was replaced; ask again once it has been read (SIGHUP)")
            self._inspectors[served] = inspector
        return inspector

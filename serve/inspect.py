"""`POST /v1/inspect`: what the net computes for one sentence. For teaching and debugging: one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tagger.errors import InputError, ModelError
from tagger.tagging.inspection.inspector import Inspector

from .body import BodyBudget
from .engine import Engine
from .errors import ApiError
from .models import ServedModel, digest
from .v1_requests import InspectReader, InspectRequest

MAX_WAITING = 8  # sentences that may wait for their turn


class InspectHandler:
    """The handler. A model gets its inspector with its first request."""

    def __init__(self, engine: Engine, bodies: BodyBudget) -> None:
        self._engine = engine
        self._bodies = bodies
        self._reader = InspectReader(engine.settings)
        self._inspectors: WeakKeyDictionary[ServedModel, Inspector] = WeakKeyDictionary()
        self._semaphore = asyncio.Semaphore()
        self._n_waiting = 0

    async def inspect(self, request: Request) -> Response:
        """Words, probabilities, scores, the Viterbi path, and gates and states of a layer."""
        limit = self._engine.settings.max_body
        async with self._bodies.read(request, limit=limit, remedy="send one sentence, or raise --max-body") as body:
            wanted = await self._engine.preparation.do(
                len(body), lambda: self._reader.read(body, request.query_params), request.receive
            )
        served = self._engine.versioned(wanted.model)
        request.scope["note"].update(model=served.name, texts=1, chars=len(wanted.text))
        async with self._turn():
            answer = await asyncio.to_thread(self._inspect, served, wanted)
        return Response(answer, media_type="application/json")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Waits for the one turn. Raises ApiError when too many wait, or when the deadline passes."""
        if self._n_waiting >= MAX_WAITING:
            wanted = f"expected at most {MAX_WAITING} sentences that wait to be inspected, got another"
            raise await self._engine.overloaded(f"{wanted}; ask again after Retry-After")
        deadline = self._engine.settings.deadline
        self._n_waiting += 1
        try:
            async with asyncio.timeout(deadline):
                await self._semaphore.acquire()
        except TimeoutError:
            raise ApiError(
                "deadline",
                f"expected a turn within {deadline:g} s, other sentences are being inspected; ask again later",
            ) from None
        finally:
            self._n_waiting -= 1
        try:
            yield
        finally:
            self._semaphore.release()

    def _inspect(self, served: ServedModel, wanted: InspectRequest) -> bytes:
        inspector = self._inspector(served)
        try:
            inspection = inspector(wanted.text)
        except InputError as error:  # a text of format characters alone
            raise ApiError("invalid", f'in "text": {error}') from None
        n_layers = len(inspection.layers)
        layer = n_layers if wanted.layer is None else wanted.layer
        if not 1 <= layer <= n_layers:
            raise ApiError("invalid", f'expected "layer" of 1 to {n_layers}, got {layer}; leave it out for the last')
        return orjson.dumps({"model": served.label, **inspection.to_json(layer - 1)})

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

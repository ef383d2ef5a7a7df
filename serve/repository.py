"""The repository extension of the Open Inference Protocol: which models there are, load one again, take one away."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tagger.errors import ModelError

from .agreement import CHANGE, PREPARE, Agreement, Answer, Change
from .body import BodyBudget
from .engine import Engine
from .errors import ApiError
from .log import event
from .models import ServedModel
from .refusals import Json
from .schema import Statement, read_json
from .terms import TERMS
from .v2 import json_response
from .waiting import wait_for

INDEX_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean", "default": False, "description": "Whether only models that answer are listed."}
    },
}
MAX_BODY = 4096  # bytes of a body, which has one field


class Repository:
    """The models that the service was started with. Those that were unloaded can be loaded again, and no others.

    With an `agreement`, all processes change their models together. `changing` is held while this process does.
    """

    def __init__(self, engine: Engine, agreement: Agreement | None = None) -> None:
        self.changing = asyncio.Lock()
        self._engine = engine
        self._agreement = agreement
        self._prepared: ServedModel | None = None

    def index(self, *, ready: bool = False) -> list[Json]:
        """The name, version and state of each tagger; `ready` leaves out those that were unloaded."""
        state = "READY" if self._engine.ready else "UNAVAILABLE"
        loaded = [
            {"name": model.name, "version": model.version, "state": state, "reason": ""}
            for model in self._engine.catalog
            if model.kind == "tagger" and not (ready and state != "READY")
        ]
        offered, named = self._offered, self._engine.settings.models
        unloaded = [
            {"name": name, "version": "", "state": "UNAVAILABLE", "reason": "unloaded"}
            for name in named
            if name not in offered
        ]
        return loaded + ([] if ready else unloaded)

    async def load(self, name: str) -> None:
        """Read a model's file again, and offer it. Raises ApiError for an unknown name or a file that cannot serve."""
        self._check_key()
        async with self._alone() as change:
            offered = self._offered
            if name not in offered and name in self._engine.settings.models:
                await change(name, [*offered, name])
            else:
                await change(self._engine.model(name).name, offered)

    async def unload(self, name: str) -> None:
        """Offer a model no more; requests under way are answered. Raises ApiError for an unknown name, and for the
        default model."""
        self._check_key()
        async with self._alone() as change:
            offered = self._offered
            if name not in offered and name in self._engine.settings.models:
                return
            model = self._engine.model(name)
            if model is self._engine.catalog.get(None, model.kind):
                raise ApiError("invalid", f"expected another model than {name}, the default; stop the service instead")
            await change(name, [other for other in offered if other != name])

    def join(self) -> None:
        """Change the models with the other processes from now on."""
        if self._agreement:
            self._agreement.join()

    @property
    def has_news(self) -> bool:
        """Whether the processes change their models, and it is this one's turn."""
        return self._agreement is not None and self._agreement.news is not None

    async def obey(self) -> None:
        """Take the step that all processes take now, unless this one has taken it, and answer."""
        async with self.changing:
            if self._agreement is None or (stated := self._agreement.news) is None:
                return
            problem = "it failed; see the log"
            try:
                if stated.step == CHANGE:
                    self._finish(stated.name)
                else:
                    is_load = stated.step == PREPARE and stated.name in stated.wanted
                    self._prepared = await self._open(stated.name) if is_load else None
                problem = ""
            except ApiError as error:
                problem = error.message
            finally:
                version = self._prepared.version if self._prepared else ""
                self._agreement.answer(Answer(stated.number, version, problem))

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Change]:
        """What changes the models, of this process or of all, while nobody else does."""
        if self._agreement:
            async with self._agreement.alone(self.obey) as change:
                yield change
        else:
            async with self.changing:
                yield self._change

    async def _change(self, name: str, wanted: Sequence[str]) -> None:
        self._prepared = await self._open(name) if name in wanted else None
        self._finish(name)

    async def _open(self, name: str) -> ServedModel:
        try:
            return await asyncio.to_thread(ServedModel.open, name, self._engine.settings.models[name])
        except (ModelError, OSError) as error:
            self._engine.metrics.reloads.labels("model", name, "refused").inc()
            raise ApiError("invalid", f"expected a model file that serves; {error}") from error

    def _finish(self, name: str) -> None:
        """Offer the model that was prepared, or without one that of this name no more."""
        catalog = self._engine.catalog
        model, self._prepared = self._prepared, None
        if model:
            catalog.put(model)
            self._engine.metrics.reloads.labels("model", name, "done").inc()
            event("reloaded", **model.label)
        else:
            event("unloaded", **catalog.remove(name).label)
        self._engine.metrics.show_models(catalog)

    @property
    def _offered(self) -> list[str]:
        return [model.name for model in self._engine.catalog]

    def _check_key(self) -> None:
        if not self._engine.settings.has_keys:
            raise ApiError("forbidden", "expected a service with API keys, this one has none; start it with --api-keys")


class RepositoryHandlers:
    """The handlers of the paths under `/v2/repository`."""

    def __init__(self, repository: Repository, bodies: BodyBudget) -> None:
        self._repository = repository
        self._bodies = bodies
        self._index_body = Statement(INDEX_SCHEMA)

    async def index(self, request: Request) -> Response:
        """All taggers with their states."""
        async with self._bodies.read(request, limit=MAX_BODY, remedy="leave fields out") as body:
            wanted = self._index_body.check(read_json(body)) if body else {}
        return json_response(self._repository.index(ready=wanted.get("ready", False)))

    async def load(self, request: Request) -> Response:
        """Read the file of a model again."""
        await _unless_gone(self._repository.load(request.path_params["name"]), request)
        return json_response({})

    async def unload(self, request: Request) -> Response:
        """Take a model away."""
        await _unless_gone(self._repository.unload(request.path_params["name"]), request)
        return json_response({})


async def _unless_gone(change: Coroutine[Any, Any, None], request: Request) -> None:
    """Wait for a change, which is not made when the caller leaves before it is prepared (GoneError). Other servers than
    ours do not tell whether the caller has left."""
    connection = terms.connection if (terms := TERMS.get()) else None
    await (wait_for(asyncio.ensure_future(change), None, connection, request.receive) if connection else change)

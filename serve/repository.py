"""The repository extension of the Open Inference Protocol: which models there are, load one again, take one away."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from tagger.errors import ModelError

from .body import BodyBudget
from .engine import Engine
from .errors import ApiError
from .log import event
from .models import ServedModel
from .refusals import Json
from .schema import Statement, read_json
from .v2 import json_response

INDEX_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean", "default": False, "description": "Whether only models that answer are listed."}
    },
}
MAX_BODY = 4096  # bytes of a body, which has one field


class Repository:
    """The models that the service was started with. Those that were unloaded can be loaded again, and no others."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._unloaded: dict[str, Path] = {}

    def index(self, *, ready: bool = False) -> list[Json]:
        """The name, version and state of each tagger; `ready` leaves out those that were unloaded."""
        state = "READY" if self._engine.ready else "UNAVAILABLE"
        loaded = [
            {"name": model.name, "version": model.version, "state": state, "reason": ""}
            for model in self._engine.catalog
            if model.kind == "tagger" and not (ready and state != "READY")
        ]
        unloaded = [
            {"name": name, "version": "", "state": "UNAVAILABLE", "reason": "unloaded"} for name in self._unloaded
        ]
        return loaded + ([] if ready else unloaded)

    async def load(self, name: str) -> None:
        """Read a model's file again, and offer it. Raises ApiError for an unknown name or a file that cannot serve."""
        self._check_key()
        path = self._unloaded.get(name) or self._engine.model(name).path
        try:
            model = await asyncio.to_thread(ServedModel.open, name, path)
        except (ModelError, OSError) as error:
            self._engine.metrics.reloads.labels("model", name, "refused").inc()
            raise ApiError("invalid", f"expected a model file that serves; {error}") from error
        self._unloaded.pop(name, None)
        self._engine.catalog.put(model)
        self._engine.metrics.reloads.labels("model", name, "done").inc()
        self._engine.metrics.show_models(self._engine.catalog)
        event("reloaded", **model.label)

    def unload(self, name: str) -> None:
        """Offer a model no more; requests under way are answered. Raises ApiError for an unknown name, and for the
        default model."""
        self._check_key()
        if name in self._unloaded:
            return
        model = self._engine.model(name)
        if model is self._engine.catalog.get(None, model.kind):
            raise ApiError("invalid", f"expected another model than {name}, the default; stop the service instead")
        self._unloaded[name] = model.path
        self._engine.catalog.remove(name)
        self._engine.metrics.show_models(self._engine.catalog)
        event("unloaded", **model.label)

    def _check_key(self) -> None:
        if self._engine.settings.n_processes > 1:
            raise ApiError("forbidden", "expected a single process, got several; replace the file and send SIGHUP")
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
        await self._repository.load(request.path_params["name"])
        return json_response({})

    async def unload(self, request: Request) -> Response:
        """Take a model away."""
        self._repository.unload(request.path_params["name"])
        return json_response({})

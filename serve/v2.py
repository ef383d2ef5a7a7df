"""The Open Inference Protocol v2 over HTTP: one BYTES tensor of texts in, one of words as JSON out."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tagger import __version__

from .answer import TagRequest
from .body import BodyBudget
from .engine import Engine, Key
from .errors import ApiError
from .models import ServedModel
from .schema import Limits, inference


class V2:
    """The handlers, over one engine."""

    def __init__(self, engine: Engine, hall: BodyBudget) -> None:
        self._engine = engine
        self._hall = hall
        self._limits = Limits.of(engine.settings)

    async def server(self, request: Request) -> Response:
        """Who answers."""
        return _json({"name": "tagger", "version": __version__, "extensions": []})

    async def live(self, request: Request) -> Response:
        """Does the process answer?"""
        return _json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Does the service want requests?"""
        return _json({"ready": self._engine.ready}, 200 if self._engine.ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """Does the model answer?"""
        model = self._model(request)
        ready = self._engine.ready
        return _json({"name": model.name, "ready": ready}, 200 if ready else 503)

    async def model(self, request: Request) -> Response:
        """The model's tensors."""
        model = self._model(request)
        return _json(
            {
                "name": model.name,
                "versions": [model.version],
                "platform": "onnxruntime_onnx",
                "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}],
                "outputs": [{"name": "words", "datatype": "BYTES", "shape": [-1]}],
                "parameters": {"licence": model.licence},
            }
        )

    async def infer(self, request: Request) -> Response:
        """Per text a string: the JSON array of its words, as API v1 gives it."""
        if "inference-header-content-length" in request.headers:
            raise ApiError(
                "unsupported_media_type", "expected tensors as JSON, got binary ones; set binary_data to false"
            )
        model = self._model(request)
        if self._engine.batcher.full:
            raise await self._engine.shed()
        limit = self._engine.settings.max_body
        async with self._hall.read(request, limit=limit, flag="--max-body") as body:
            asked, identity = inference(body, self._limits)
            model = self._engine.variant(model, asked.standard)
            request.scope["note"].update(model=model.name, texts=len(asked.texts), chars=sum(map(len, asked.texts)))
            found = await self._engine.ask(Key(model, TagRequest(asked.unit)), asked.texts, request.receive)
        words = {"name": "words", "datatype": "BYTES", "shape": [len(found)], "data": [each.decode() for each in found]}
        answer = {"model_name": model.name, "model_version": model.version, "outputs": [words]}
        return _json(answer if identity is None else answer | {"id": identity})

    def _model(self, request: Request) -> ServedModel:
        model = self._engine.model(request.path_params["name"])
        version = request.path_params.get("version")
        if version not in (None, model.version):
            raise ApiError(
                "not_found", f"expected version {model.version} of {model.name}, got {version!r}; leave it out"
            )
        return model


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")

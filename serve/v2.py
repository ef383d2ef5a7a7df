"""The Open Inference Protocol v2 over HTTP: one BYTES tensor of texts in, one of words as JSON out."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tagger import __version__

from .body import BodyBudget
from .engine import BatchKey, Engine
from .errors import ApiError
from .inference import TagOptions
from .models import ServedModel
from .v2_requests import InferReader


class V2Handlers:
    """The handlers of the paths under `/v2`."""

    def __init__(self, engine: Engine, bodies: BodyBudget) -> None:
        self._engine = engine
        self._bodies = bodies
        self._reader = InferReader(engine.settings)

    async def server(self, request: Request) -> Response:
        """The server's name and version."""
        return _json({"name": "tagger", "version": __version__, "extensions": []})

    async def live(self, request: Request) -> Response:
        """Whether the process answers."""
        return _json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Whether the service wants requests."""
        return _json({"ready": self._engine.ready}, 200 if self._engine.ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """Whether the model answers."""
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
        """A string per text: the JSON array of its words, as API v1 gives it."""
        if "inference-header-content-length" in request.headers:
            raise ApiError(
                "unsupported_media_type", "expected tensors as JSON, got binary ones; set binary_data to false"
            )
        model = self._model(request)
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        async with self._bodies.read(request, limit=limit, flag="--max-body") as body:
            wanted = self._reader.read(body)
            texts = wanted.texts
            model = self._engine.with_standard(model, wanted.standard)
            request.scope["note"].update(model=model.name, texts=len(texts), chars=sum(map(len, texts)))
            fragments = await self._engine.answer(BatchKey(model, TagOptions(wanted.unit)), texts, request.receive)
        data = [fragment.decode() for fragment in fragments]
        words = {"name": "words", "datatype": "BYTES", "shape": [len(data)], "data": data}
        answer = {"model_name": model.name, "model_version": model.version, "outputs": [words]}
        return _json(answer if wanted.id is None else answer | {"id": wanted.id})

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

"""The Open Inference Protocol v2 over HTTP: one BYTES tensor of texts in, one of words as JSON out, and one of entities
of a model that finds both."""

from dataclasses import asdict

import orjson
from starlette.requests import Request
from starlette.responses import Response

from .binary_tensors import HEADER, write_elements
from .body import BodyBudget
from .engine import Engine
from .models import ServedModel
from .protocol_v2 import InferAnswer, ProtocolV2
from .refusals import Json, wrong_value
from .v2_requests import InferReader


class V2Handlers:
    """The handlers of the paths under `/v2`."""

    def __init__(self, engine: Engine, bodies: BodyBudget, protocol: ProtocolV2) -> None:
        self._engine = engine
        self._bodies = bodies
        self._protocol = protocol
        self._reader = InferReader(engine.settings)

    async def server(self, request: Request) -> Response:
        """The server's name, version and extensions."""
        return json_response(asdict(self._protocol.server))

    async def live(self, request: Request) -> Response:
        """Whether the process answers."""
        return json_response({"live": True})

    async def ready(self, request: Request) -> Response:
        """Whether the service wants requests."""
        return json_response({"ready": self._engine.ready}, 200 if self._engine.ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """Whether the model answers."""
        model = self._model(request)
        ready = self._engine.ready
        return json_response({"name": model.name, "ready": ready}, 200 if ready else 503)

    async def model(self, request: Request) -> Response:
        """The model's tensors."""
        model = self._model(request)
        return json_response(self._protocol.metadata(model) | {"parameters": {"licence": model.licence}})

    async def config(self, request: Request) -> Response:
        """The model's configuration, in the terms of Triton."""
        return json_response(self._protocol.config(self._model(request)))

    async def statistics(self, request: Request) -> Response:
        """What the model has done since the service started; without a name, what each has done."""
        models = [self._model(request)] if "name" in request.path_params else self._protocol.models
        return json_response({"model_stats": [self._protocol.statistics(model) for model in models]})

    async def infer(self, request: Request) -> Response:
        """A string per text and output: the JSON array of its words, or of its entities, as API v1 gives it."""
        model = self._model(request)
        if names := ", ".join(request.query_params)[:80]:
            raise wrong_value("no query", names, 'send it in the "parameters" of the body')
        await self._engine.refuse_when_full()
        limit = self._engine.settings.max_body
        remedy = "send fewer texts at a time, or raise --max-body"
        header = request.headers.get(HEADER)
        async with self._bodies.read(request, limit=limit, remedy=remedy, is_utf8=header is None) as body:
            wanted = await self._engine.preparation.do(
                len(body), lambda: self._reader.read(body, model.name, header), request.receive
            )
            texts = wanted.texts
            request.scope["note"].update(model=model.name, texts=len(texts), chars=sum(map(len, texts)))
            answer = await self._protocol.infer(wanted, request.receive)
        return await answer.write(_response)

    def _model(self, request: Request) -> ServedModel:
        return self._protocol.model(request.path_params["name"], request.path_params.get("version"))


def _response(answer: InferAnswer) -> Response:
    contents: dict[str, Json] = {}
    data = []
    for name, is_binary in answer.outputs.items():
        elements = answer.elements(name)
        if is_binary:
            data.append(write_elements(elements))
            contents[name] = {"parameters": {"binary_data_size": len(data[-1])}}
        else:
            # Each element by itself, since no other thread goes on while orjson writes one value.
            contents[name] = {"data": [orjson.Fragment(orjson.dumps(element.decode())) for element in elements]}
    value = answer.json(contents)
    if not data:
        return json_response(value)
    head = orjson.dumps(value)
    headers = {HEADER: str(len(head))}
    return Response(b"".join([head, *data]), headers=headers, media_type="application/octet-stream")


def json_response(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json")

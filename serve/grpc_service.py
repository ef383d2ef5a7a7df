"""The Open Inference Protocol over gRPC, beside HTTP in the same event loop. Needs `pip install hantagger[grpc]`.

A request becomes the value that its JSON would have under `/v2`, so the same schema checks it and the same engine
answers it.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import grpc
from starlette.types import Message

from .binary_tensors import decode, read_texts, write_elements
from .body import BodyBudget
from .engine import Engine
from .errors import ApiError, GoneError
from .grpc_messages import PACKAGE, message_classes
from .log import event, logger
from .protocol_v2 import InferAnswer, ProtocolV2
from .refusals import Json
from .repository import Repository
from .request_ids import new_request_id
from .schema import check_number_of_texts
from .terms import TERMS, read_terms
from .v2_requests import InferReader

if TYPE_CHECKING:
    from .tracing import RequestSpan, Tracer

SERVICE = f"{PACKAGE}.GRPCInferenceService"
_STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.INVALID_ARGUMENT,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
_FAILURES = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
LEAST_CALLS = 4  # at a time: a call ends a little after its answer, so with 1 a caller's next one would be refused
Method = Callable[[Any], Awaitable[Json | bytes]]  # the fields of the answer, or the answer as it is sent


class GrpcServer:
    """The server, on a port of its own."""

    def __init__(
        self,
        engine: Engine,
        protocol: ProtocolV2,
        repository: Repository,
        bodies: BodyBudget,
        tracer: "Tracer | None" = None,
    ) -> None:
        self._engine = engine
        self._tracer = tracer
        self._protocol = protocol
        self._repository = repository
        self._bodies = bodies
        self._reader = InferReader(engine.settings)
        settings = engine.settings
        several = settings.n_processes > 1  # each of which listens on the port
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", settings.max_body),
                ("grpc.so_reuseport", int(several)),
            ],
            maximum_concurrent_rpcs=max(LEAST_CALLS, settings.max_held // settings.max_body),
        )
        methods: dict[str, Method] = {
            "ServerLive": self._live,
            "ServerReady": self._ready,
            "ServerMetadata": self._server_metadata,
            "ModelReady": self._model_ready,
            "ModelMetadata": self._model_metadata,
            "ModelStatistics": self._statistics,
            "ModelInfer": self._infer,
            "RepositoryIndex": self._index,
            "RepositoryModelLoad": self._load,
            "RepositoryModelUnload": self._unload,
        }
        classes = message_classes()
        self._infer_response = classes["ModelInferResponse"]
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                self._wrap(name, method, classes[f"{name}Response"]),
                request_deserializer=classes[f"{name}Request"].FromString,
            )
            for name, method in methods.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def start(self) -> None:
        """Listen. Raises RuntimeError when the port cannot be had."""
        host, port = self._engine.settings.host, self._engine.settings.grpc_port
        self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        await self._server.start()
        event("ready for gRPC", port=port)

    async def stop(self) -> None:
        """Refuse new calls, and wait for those under way."""
        await self._server.stop(self._engine.settings.grace_seconds)

    def _wrap(self, name: str, method: Method, response: Any) -> Callable[[Any, Any], Awaitable[Any]]:
        """A handler of gRPC that answers with errors, counts and logs as requests over HTTP do."""

        async def handle(request: Any, context: Any) -> Any:
            began = time.perf_counter()
            request_id = new_request_id()
            status = grpc.StatusCode.OK
            message = ""
            note: Json = {"client": _address(context.peer()), "id": request_id}
            headers = _headers(context.invocation_metadata())
            with self._open_span(name, headers) as span:
                try:
                    if not name.startswith("Server"):
                        note |= self._check_key(headers)
                    remaining = context.time_remaining()  # None without a deadline
                    seconds = min(self._engine.settings.deadline, math.inf if remaining is None else remaining)
                    TERMS.set(read_terms(headers, note.get("key") or note["client"], seconds))
                    with self._bodies.hold(request.ByteSize()):
                        answer = await method(request)
                        return answer if isinstance(answer, bytes) else response(**answer).SerializeToString()
                except ApiError as error:
                    status, message = _STATUS.get(error.status, grpc.StatusCode.INTERNAL), error.message
                except asyncio.CancelledError:  # the caller has left, or its deadline has passed
                    status = grpc.StatusCode.CANCELLED
                    self._engine.metrics.gone.inc()
                    raise
                except Exception:  # noqa: BLE001 - the last resort: logged, counted and answered
                    logger.exception("bug", extra={"fields": {"id": request_id, "path": f"/{SERVICE}/{name}"}})
                    status = grpc.StatusCode.INTERNAL
                    message = f"the service failed; report the request id {request_id}"
                finally:
                    self._record(name, status, time.perf_counter() - began, note, span)
            return await context.abort(status, message, (("x-request-id", request_id),))

        return handle

    def _check_key(self, headers: Mapping[bytes, bytes]) -> Json:
        """The name of the caller's key, for its log line. Raises ApiError for an unknown one, and beyond its rate."""
        key = self._engine.keys.check(headers.get(b"authorization", b""), headers.get(b"x-api-key", b""))
        self._engine.count_request(key)
        return {"key": key} if key else {}

    def _open_span(self, name: str, headers: Mapping[bytes, bytes]) -> AbstractContextManager["RequestSpan | None"]:
        return self._tracer.open(name, list(headers.items())) if self._tracer else nullcontext()

    def _record(
        self, name: str, status: grpc.StatusCode, seconds: float, note: Json, span: "RequestSpan | None"
    ) -> None:
        """Count and log a call that has ended, and describe its span."""
        self._engine.metrics.requests.labels(name, "gRPC", status.name).inc()
        self._engine.metrics.latency.labels(name).observe(seconds)
        note |= {"route": name, "status": status.name, "ms": round(seconds * 1e3, 2)}
        if span:
            note["trace_id"] = span.trace_id
            rpc = {"rpc.system": "grpc", "rpc.service": SERVICE, "rpc.method": name}
            rpc |= {"rpc.grpc.status_code": status.value[0]}
            span.finish(f"{SERVICE}/{name}", rpc, note, is_failed=status in _FAILURES)
        if self._engine.settings.access_log:
            event("request", method="gRPC", **note)

    async def _live(self, request: Any) -> Json:
        return {"live": True}

    async def _ready(self, request: Any) -> Json:
        return {"ready": self._engine.ready}

    async def _server_metadata(self, request: Any) -> Json:
        return asdict(self._protocol.server)

    async def _model_ready(self, request: Any) -> Json:
        self._protocol.model(request.name, request.version or None)
        return {"ready": self._engine.ready}

    async def _model_metadata(self, request: Any) -> Json:
        return self._protocol.metadata(self._protocol.model(request.name, request.version or None))

    async def _statistics(self, request: Any) -> Json:
        named = [self._protocol.model(request.name, request.version or None)] if request.name else self._protocol.models
        statistics = [self._protocol.statistics(model) for model in named]
        for model in statistics:
            del model["batch_stats"]
        return {"model_stats": statistics}

    async def _index(self, request: Any) -> Json:
        return {"models": self._repository.index(ready=request.ready)}

    async def _load(self, request: Any) -> Json:
        await self._repository.load(request.model_name)
        return {}

    async def _unload(self, request: Any) -> Json:
        await self._repository.unload(request.model_name)
        return {}

    async def _infer(self, request: Any) -> bytes:
        model = self._protocol.model(request.model_name, request.model_version or None)
        await self._engine.refuse_when_full()
        wanted = await self._engine.preparation.do(
            request.ByteSize(), lambda: self._reader.check(_value(request, self._reader.max_texts), model.name), _never
        )
        answer = await self._protocol.infer(wanted, _never)
        return await answer.write(partial(self._write, is_raw=bool(request.raw_input_contents)))

    def _write(self, answer: InferAnswer, *, is_raw: bool) -> bytes:
        elements = {name: answer.elements(name) for name in answer.outputs}
        if is_raw:
            raw = [write_elements(of_output) for of_output in elements.values()]
            fields = answer.json({name: {} for name in elements}) | {"raw_output_contents": raw}
        else:
            fields = answer.json({name: {"contents": {"bytes_contents": of}} for name, of in elements.items()})
        return bytes(self._infer_response(**fields).SerializeToString())


def _headers(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[bytes, bytes]:
    """The metadata of a call as the headers that they would be over HTTP."""
    return {
        name.encode(): value.encode("latin-1", "replace") if isinstance(value, str) else value
        for name, value in metadata or ()
    }


def _address(peer: str) -> str:
    """The address of a caller, `127.0.0.1` of `ipv4:127.0.0.1:50000`, as HTTP has it."""
    kind, _, rest = peer.partition(":")
    return unquote(rest).rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else peer


def _value(request: Any, most: int) -> Json:
    """What the JSON of the request would be. Raises ApiError for contents that are no texts, or more than `most`."""
    inputs: list[Json] = []
    for tensor in request.inputs[:2]:  # two are too many already
        described = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        texts = [] if inputs else _texts(request, tensor, most)
        inputs.append(described | {"data": texts, "parameters": _parameters(tensor.parameters)})
    outputs = [{"name": output.name, "parameters": _parameters(output.parameters)} for output in request.outputs]
    value = {"parameters": _parameters(request.parameters), "inputs": inputs, "outputs": outputs}
    return value | ({"id": request.id} if request.id else {})


def _texts(request: Any, tensor: Any, most: int) -> list[str]:
    """The texts of the first input."""
    if request.raw_input_contents:
        return read_texts(memoryview(request.raw_input_contents[0]), most)
    elements = tensor.contents.bytes_contents
    check_number_of_texts(len(elements), most)
    return [decode(element, number) for number, element in enumerate(elements)]


def _parameters(entries: Iterable[Any]) -> Json:
    chosen = ((entry.key, entry.value, entry.value.WhichOneof("choice")) for entry in entries)
    return {key: None if choice is None else getattr(value, choice) for key, value, choice in chosen}


async def _never() -> Message:
    """A caller over gRPC that leaves cancels the handler, so it is never heard from here."""
    await asyncio.Event().wait()
    raise GoneError

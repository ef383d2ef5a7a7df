"""OpenTelemetry: spans of a request and its steps, in the caller's trace. Needs `pip install hantagger[otel]`."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagger import __version__

from .job import Times
from .refusals import Json
from .steps import JOBS, steps_of

Headers = list[tuple[bytes, bytes]]


class _Headers(Getter[Headers]):
    def get(self, carrier: Headers, key: str) -> list[str] | None:
        values = [value.decode("latin-1") for name, value in carrier if name == key.encode()]
        return values or None

    def keys(self, carrier: Headers) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


class RequestSpan:
    """The span of a request under way: `trace_id` for its log line, `trace` for the caller."""

    def __init__(self, span: Span) -> None:
        ids = span.get_span_context()
        self.trace_id = f"{ids.trace_id:032x}"
        self.trace = f"00-{self.trace_id}-{ids.span_id:016x}-{ids.trace_flags:02x}"
        self._span = span

    def finish(self, name: str, attributes: Mapping[str, str | int], note: Json, *, is_failed: bool) -> None:
        """Name the span and describe it, by the facts of the request's log line too; texts are never among them."""
        self._span.update_name(name)
        facts = {f"tagger.{fact}": note[fact] for fact in ("id", "model", "texts", "chars", "bytes") if fact in note}
        self._span.set_attributes({**attributes, **facts})
        if is_failed:
            self._span.set_status(StatusCode.ERROR)


class Tracer:
    """Opens the spans of requests and sends them to an exporter."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "tagger", "service.version": __version__})
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("serve", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def open(self, name: str, headers: Headers) -> Iterator[RequestSpan]:
        """The span of a request with these headers, for as long as the block lasts, and below it one for each of its
        steps."""
        parent = self._propagator.extract(headers, getter=_Headers())
        with self._tracer.start_as_current_span(name, parent, kind=SpanKind.SERVER) as span:
            began, jobs = time.monotonic(), list[Times]()
            JOBS.set(jobs)
            yield RequestSpan(span)
            self._add_steps(span, jobs, began)

    def _add_steps(self, span: Span, jobs: list[Times], began: float) -> None:
        """Add a span below that of a request for each of its steps."""
        context, origin = set_span_in_context(span), time.time() - time.monotonic()
        for name, start, end in steps_of(jobs, began):
            step = self._tracer.start_span(name, context, start_time=int((origin + start) * 1e9))
            step.end(int((origin + end) * 1e9))

    def close(self) -> None:
        """Send the spans that are left."""
        self._provider.shutdown()


class TracingMiddleware:
    """Wraps the application: a span for each request over HTTP."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with self._tracer.open(method, list(scope["headers"])) as span:
            scope["trace"] = {"trace_id": span.trace_id}  # for the log line

            async def send_trace(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"traceresponse", span.trace.encode())]
                await send(message)

            await self._app(scope, receive, send_trace)
            note = scope.get("note", {})
            route, status = note.get("route", ""), note.get("status", 0)
            http = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            span.finish(f"{method} {route}", http, note, is_failed=not 0 < status < 500)


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Sends to a collector that speaks OTLP over HTTP, such as `http://localhost:4318/v1/traces`."""
    return OTLPSpanExporter(endpoint=endpoint)

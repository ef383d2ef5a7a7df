"""OpenTelemetry: spans of a request and its steps, in the caller's trace. Needs `pip install hantagger[otel]`."""

import time

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
from .steps import JOBS, steps_of

Headers = list[tuple[bytes, bytes]]


class _Headers(Getter[Headers]):
    def get(self, carrier: Headers, key: str) -> list[str] | None:
        values = [value.decode("latin-1") for name, value in carrier if name == key.encode()]
        return values or None

    def keys(self, carrier: Headers) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


class TracingMiddleware:
    """Wraps the application. The facts of a request's log line become attributes of its span; texts never do."""

    def __init__(self, app: ASGIApp, exporter: SpanExporter) -> None:
        self._app = app
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "tagger", "service.version": __version__})
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("serve", __version__)
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = self._propagator.extract(list(scope["headers"]), getter=_Headers())
        with self._tracer.start_as_current_span(scope["method"], parent, kind=SpanKind.SERVER) as span:
            ids = span.get_span_context()
            scope["trace"] = {"trace_id": f"{ids.trace_id:032x}"}  # for the log line
            trace = f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}".encode()

            async def send_trace(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"traceresponse", trace)]
                await send(message)

            began, jobs = time.monotonic(), list[Times]()
            JOBS.set(jobs)
            await self._app(scope, receive, send_trace)
            self._add_steps(span, jobs, began)
            note = scope.get("note", {})
            span.update_name(f"{scope['method']} {note.get('route', '')}")
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("http.route", note.get("route", ""))
            span.set_attribute("http.response.status_code", note.get("status", 0))
            for name in ("id", "model", "texts", "chars", "bytes"):
                if name in note:
                    span.set_attribute(f"tagger.{name}", note[name])
            if note.get("status", 500) >= 500:
                span.set_status(StatusCode.ERROR)

    def _add_steps(self, span: Span, jobs: list[Times], began: float) -> None:
        """Add a span below that of a request for each of its steps."""
        context, origin = set_span_in_context(span), time.time() - time.monotonic()
        for name, start, end in steps_of(jobs, began):
            step = self._tracer.start_span(name, context, start_time=int((origin + start) * 1e9))
            step.end(int((origin + end) * 1e9))

    def close(self) -> None:
        """Send the spans that are left."""
        self._provider.shutdown()


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Sends to a collector that speaks OTLP over HTTP, such as `http://localhost:4318/v1/traces`."""
    return OTLPSpanExporter(endpoint=endpoint)

"""The paths for whoever runs the service: health and figures, beside the API or on a port of their own."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from .engine import Engine
from .middleware import RequestMiddleware
from .shared_metrics import ProcessCounts

Handler = Callable[[Request], Awaitable[ASGIApp]]


def health_paths(engine: Engine) -> list[tuple[str, str, Handler]]:
    """Whether the process is alive, and whether it wants requests."""

    async def healthz(request: Request) -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json")

    async def readyz(request: Request) -> Response:
        if engine.ready:
            counts = ProcessCounts.read()
            processes = {"processes": {"ready": counts.ready, "wanted": counts.wanted}} if counts else {}
            return Response(orjson.dumps({"status": "ready"} | processes), media_type="application/json")
        state = "draining" if engine.draining else "broken"
        return Response(orjson.dumps({"status": state}), 503, media_type="application/json")

    return [("GET", "/healthz", healthz), ("GET", "/readyz", readyz)]


def metrics_paths(engine: Engine) -> list[tuple[str, str, Handler]]:
    """The figures for Prometheus."""

    async def metrics(request: Request) -> Response:
        # Figures of many processes take a while to add up.
        return Response(await asyncio.to_thread(engine.metrics.render), media_type="text/plain; version=0.0.4")

    return [("GET", "/metrics", metrics)]


def build_operations(engine: Engine) -> ASGIApp:
    """The application for a port that only whoever runs the service can reach."""
    paths = [*health_paths(engine), *metrics_paths(engine)]
    routes = [Route(path, handler, methods=[method]) for method, path, handler in paths]
    return RequestMiddleware(Router(routes), engine=engine, routes={handler: path for _, path, handler in paths})

"""The ASGI application: every path of the service and its handler."""

import orjson
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from .body import BodyBudget
from .direct_router import DirectRouter
from .docs_page import render_docs
from .engine import Engine
from .inspect import InspectHandler
from .middleware import RequestMiddleware
from .openapi import document
from .operations import Handler, health_paths, metrics_paths
from .protocol_v2 import ProtocolV2
from .repository import Repository, RepositoryHandlers
from .static import HEADERS, static_routes
from .v1 import V1Handlers
from .v2 import V2Handlers


def build(engine: Engine, repository: Repository, bodies: BodyBudget) -> ASGIApp:
    """The ASGI application over an engine and the models that it may load; `bodies` counts those of requests."""
    v1, v2 = V1Handlers(engine, bodies), V2Handlers(engine, bodies, ProtocolV2(engine))
    models = RepositoryHandlers(repository, bodies)
    api: list[tuple[str, str, Handler]] = [
        ("POST", "/v1/tag", v1.tag),
        ("POST", "/v1/classify", v1.classify),
        ("GET", "/v1/models", v1.models),
        ("POST", "/v1/inspect", InspectHandler(engine, bodies).inspect),
        ("GET", "/v2", v2.server),
        ("GET", "/v2/health/live", v2.live),
        ("GET", "/v2/health/ready", v2.ready),
        ("GET", "/v2/models/stats", v2.statistics),
        *[
            (method, base + path, handler)
            for base in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}")
            for method, path, handler in (
                ("GET", "", v2.model),
                ("GET", "/ready", v2.model_ready),
                ("GET", "/config", v2.config),
                ("GET", "/stats", v2.statistics),
                ("POST", "/infer", v2.infer),
            )
        ],
        ("POST", "/v2/repository/index", models.index),
        ("POST", "/v2/repository/models/{name}/load", models.load),
        ("POST", "/v2/repository/models/{name}/unload", models.unload),
        *_operations(engine),
    ]
    routes = [Route(path, handler, methods=[method]) for method, path, handler in api]
    router = DirectRouter(api, Router([*routes, *static_routes(engine)], redirect_slashes=False))
    # A handler with several paths is counted under its first.
    paths = {handler: path for _, path, handler in reversed(api)}
    app: ASGIApp = RequestMiddleware(router, engine=engine, routes=paths)
    if engine.settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=list(engine.settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=[
                "authorization",
                "content-type",
                "content-encoding",
                "priority",
                "traceparent",
                "x-api-key",
                "x-request-id",
                "x-request-timeout",
            ],
            expose_headers=["tagger-model", "x-request-id", "traceresponse", "retry-after"],
        )
    return app


def _operations(engine: Engine) -> list[tuple[str, str, Handler]]:
    """The paths for whoever runs the service: health, metrics and documentation."""
    described = document(engine.settings)
    openapi_json, docs_html = orjson.dumps(described), render_docs(described).encode()

    async def openapi(request: Request) -> Response:
        return Response(openapi_json, media_type="application/json")

    async def docs(request: Request) -> Response:
        return Response(docs_html, headers=HEADERS, media_type="text/html")

    return [
        *health_paths(engine),
        *([] if engine.settings.metrics_port else metrics_paths(engine)),
        ("GET", "/openapi.json", openapi),
        ("GET", "/docs", docs),
    ]

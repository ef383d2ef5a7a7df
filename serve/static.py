"""The page and its files, sent with headers that forbid anything from outside; and the model, for the browser."""

import asyncio
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from .engine import Engine
from .errors import ApiError
from .local import PAGE, description
from .models import ServedModel, digest

KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def site_routes(engine: Engine) -> list[Route]:
    """`/`, `/local`, a route per file of the page, and the default model."""
    files = sorted(path for path in PAGE.rglob("*") if path.suffix in KINDS)
    routes = [_route(f"/page/{path.relative_to(PAGE).as_posix()}", path) for path in files]
    pages = [_route("/", PAGE / "index.html"), _route("/local", PAGE / "local.html")]

    async def described(request: Request) -> Response:
        return Response(orjson.dumps(description(_given(engine))), headers=HEADERS, media_type="application/json")

    async def model(request: Request) -> Response:
        served = _given(engine)
        name = request.path_params["version"]
        # A file that was replaced and not yet read again is another model than the description's.
        if name != served.version or await asyncio.to_thread(digest, served.path) != served.version:
            raise ApiError("not_found", f"expected the version of model/model.json, got {name!r}; load the page again")
        return FileResponse(served.path, media_type="application/octet-stream", headers=HEADERS)

    return [*pages, *routes, Route("/model/model.json", described), Route("/model/{version}.onnx", model)]


def _given(engine: Engine) -> ServedModel:
    """The tagger that is given away."""
    if not engine.settings.local:
        raise ApiError("not_found", "expected a service that gives its model away, this one does not; see --local")
    return engine.model(None)


def _route(path: str, file: Path) -> Route:
    small = file.read_bytes() if file.stat().st_size < 1 << 20 else None  # the runtime is not kept in memory
    tag = f'"{digest(file)}"'
    headers = HEADERS | {"ETag": tag}

    async def static(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if small is None:
            return FileResponse(file, media_type=KINDS[file.suffix], headers=headers)
        return Response(small, media_type=KINDS[file.suffix], headers=headers)

    return Route(path, static)

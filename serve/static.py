"""The page and its files, with headers that forbid loading anything from elsewhere; and the model for the browser."""

import asyncio
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from .browser import PAGE, RUNTIME, describe_model
from .encodings import choose_encoding
from .engine import Engine
from .errors import ApiError
from .models import ServedModel, digest

CONTENT_TYPES = {
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
LOCAL_LINK = b'<a id="other"'
# A path with the version of a file in it always has the same content.
VERSIONED = HEADERS | {"Cache-Control": "private, max-age=31536000, immutable"}


def static_routes(engine: Engine) -> list[Route]:
    """`/`, `/local`, a route for each file of the page, and the default tagger."""
    files = sorted(path for path in PAGE.rglob("*") if path.suffix in CONTENT_TYPES)
    file_routes = [_file_route(f"/page/{path.relative_to(PAGE).as_posix()}", path) for path in files]
    runs_local = engine.settings.local and RUNTIME.is_dir()
    page_routes = [
        _file_route("/", PAGE / "index.html", hides_local=not runs_local),
        _file_route("/local", PAGE / "local.html"),
    ]

    async def description(request: Request) -> Response:
        content = orjson.dumps(describe_model(_public_model(engine)))
        return Response(content, headers=HEADERS, media_type="application/json")

    async def model(request: Request) -> Response:
        served = _public_model(engine)
        version = request.path_params["version"]
        # A file that was replaced and not yet read again is another model than the one described.
        if version != served.version or await asyncio.to_thread(digest, served.path) != served.version:
            raise ApiError(
                "not_found", f"expected the version of model/model.json, got {version!r}; load the page again"
            )
        return FileResponse(served.path, media_type="application/octet-stream", headers=VERSIONED)

    model_routes = [Route("/model/model.json", description), Route("/model/{version}.onnx", model)]
    return [*page_routes, *file_routes, *model_routes]


def _public_model(engine: Engine) -> ServedModel:
    """The tagger that browsers may download. Raises ApiError when the settings keep it to the service."""
    if not engine.settings.local:
        raise ApiError("not_found", "expected a service that gives its model away, this one does not; see --local")
    return engine.model(None)


def _file_route(path: str, file: Path, *, hides_local: bool = False) -> Route:
    """The route of a file of the page. `hides_local` hides its link to /local, which would not work."""
    # The runtime is too large to be kept in memory.
    content = file.read_bytes() if file.stat().st_size < 1 << 20 else None
    packed = file.with_name(f"{file.name}.gz")  # which `make page` writes
    is_packed = packed.is_file() and not hides_local
    etag = f'"{digest(file)}"'
    if hides_local and content is not None:
        content = content.replace(LOCAL_LINK, LOCAL_LINK + b" hidden")
        etag = f'"{digest(file)}-served"'
    headers = HEADERS | {"ETag": etag} | ({"Vary": "Accept-Encoding"} if is_packed else {})

    async def static(request: Request) -> Response:
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if is_packed and choose_encoding(request.headers.get("accept-encoding", ""), ["gzip"]):
            encoded = headers | {"Content-Encoding": "gzip"}
            return FileResponse(packed, media_type=CONTENT_TYPES[file.suffix], headers=encoded)
        if content is None:
            return FileResponse(file, media_type=CONTENT_TYPES[file.suffix], headers=headers)
        return Response(content, media_type=CONTENT_TYPES[file.suffix], headers=headers)

    return Route(path, static)

"""The page and its files: what lies in `serve/page`, read once, sent with headers that forbid anything from outside."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "page"
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


def site_routes() -> list[Route]:
    """A route per file of the page, and `/` for the page itself."""
    files = sorted(path for path in FOLDER.rglob("*") if path.suffix in KINDS)
    routes = [_route(f"/page/{path.relative_to(FOLDER).as_posix()}", path) for path in files]
    return [_route("/", FOLDER / "index.html"), *routes]


def _route(path: str, file: Path) -> Route:
    content = file.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = HEADERS | {"ETag": tag}

    async def static(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=KINDS[file.suffix], headers=headers)

    return Route(path, static)

"""What every request passes: an id, the API keys, errors as JSON, a log line and the counters."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Message, Receive, Scope, Send

from tagger.cli import did_you_mean

from .compression import PackingSender
from .engine import Engine
from .errors import STATUS, ApiError, GoneError
from .log import event, logger
from .openapi import GUARDED
from .request_ids import new_request_id
from .terms import TERMS, read_terms

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))  # counted by name, others as "any"
_CODES = {status: code for code, status in STATUS.items()}


class RouterLike(Protocol):
    """An ASGI application that shows its routes."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """All of them, in the order in which they are tried."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""


class RequestMiddleware:
    """Wraps the router. Its promises hold even when a handler raises an exception that nobody expected."""

    def __init__(self, router: RouterLike, *, engine: Engine, routes: Mapping[Any, str]) -> None:
        self.router = router
        self._engine = engine
        self._routes = routes
        self._access_log = engine.settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.router(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        scope["note"] = dict(scope.get("trace", {}))  # handlers add facts for the log line
        scope["app"] = self  # the router then raises for a path it does not know, instead of answering in plain text
        sender = _Sender(send, request_id, lambda: self._engine.draining)
        accept = headers.get(b"accept-encoding")
        send_answer = PackingSender(sender.send, accept.decode("latin-1")).send if accept else sender.send
        self._engine.metrics.open.inc()
        try:
            self._check_origin(scope["method"], headers)
            key = self._check_key(scope["path"], headers)
            if key:
                scope["note"]["key"] = key
                self._engine.count_request(key)
            caller = key or (scope["client"][0] if scope.get("client") else "")
            connection = scope.get("state", {}).get("connection")
            TERMS.set(read_terms(headers, caller, self._engine.settings.deadline, connection))
            await self.router(scope, receive, send_answer)
        except GoneError:
            self._engine.metrics.gone.inc()
            sender.status = sender.status or 499
        except Exception as error:  # the last resort: logged, counted and answered
            api_error = _to_api_error(error, scope, self.router.routes)
            if "endpoint" not in scope:  # refused before the router saw it
                scope["endpoint"] = _find_endpoint(self.router, scope)
            if api_error.code == "internal":
                logger.exception("bug", extra={"fields": {"id": request_id, "path": scope["path"]}})
            if sender.status:  # the answer has begun, so it can only be cut short
                raise
            # Its frames hold the body: until the refusal is sent and, as one of them holds the error, beyond.
            error.__traceback__ = error.__context__ = None
            await _error_response(api_error, request_id, scope["path"])(scope, receive, sender.send)
        finally:
            self._record(scope, sender.status, time.perf_counter() - began, request_id)

    def _record(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """Count and log a request that has ended."""
        metrics, note = self._engine.metrics, scope["note"]
        metrics.open.dec()
        route = self._routes.get(scope.get("endpoint"), "other")
        method = scope["method"] if route != "other" and scope["method"] in _METHODS else "any"
        metrics.requests.labels(route, method, status).inc()
        metrics.latency.labels(route).observe(seconds)
        note |= {"route": route, "status": status, "ms": round(seconds * 1e3, 2), "id": request_id}
        if scope.get("client"):
            note["client"] = scope["client"][0]
        if self._access_log:
            event("request", method=scope["method"], **note)

    def _check_origin(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Raises ApiError where a browser asks for a page of another origin, and no other origins are allowed."""
        is_preflight = method == "OPTIONS" and b"access-control-request-method" in headers
        if is_preflight and not self._engine.settings.cors_origins:
            origin = ascii(headers.get(b"origin", b"").decode("latin-1"))[:80]
            raise ApiError(
                "forbidden",
                f"expected a page of this service, got one of the origin {origin}: calls from other origins are off; "
                "start the service with --cors-origins ORIGIN",
            )

    def _check_key(self, path: str, headers: Mapping[bytes, bytes]) -> str:
        """The name of the key that was shown, empty where none is needed. Raises ApiError for a guarded path without
        a known key."""
        if not path.startswith(GUARDED):
            return ""
        return self._engine.keys.check(headers.get(b"authorization", b""), headers.get(b"x-api-key", b""))


class _Sender:
    """Sends an answer with the request's id in its headers, and remembers its status (0 before the answer begins)."""

    def __init__(self, send: Send, request_id: str, is_draining: Callable[[], bool]) -> None:
        self._send = send
        self._request_id = request_id
        self._is_draining = is_draining
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self._request_id.encode())]
            if self._is_draining():
                message["headers"].append((b"connection", b"close"))
        await self._send(message)


def error_body(code: str, message: str, request_id: str, path: str) -> bytes:
    """An error as JSON: in the shape of the Open Inference Protocol under /v2, in that of API v1 elsewhere."""
    if path.startswith("/v2"):
        return orjson.dumps({"error": message, "code": code, "request_id": request_id})
    return orjson.dumps({"error": {"code": code, "message": message, "request_id": request_id}})


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    """The caller's id if it is harmless, else a new one."""
    sent = headers.get(b"x-request-id", b"")
    return sent.decode() if _REQUEST_ID.fullmatch(sent) else new_request_id()


def _find_endpoint(router: RouterLike, scope: Scope) -> object:
    """The handler that the router would call; None for an unknown path."""
    found = [route.matches(scope) for route in router.routes]
    for wanted in (Match.FULL, Match.PARTIAL):
        for match, matched in found:
            if match is wanted:
                return matched.get("endpoint")
    return None


def _to_api_error(error: Exception, scope: Scope, routes: Sequence[BaseRoute]) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException):
        code, message = _CODES.get(error.status_code, "bad_request"), error.detail
        if error.status_code in (404, 405):
            message = _describe_request(scope, [route for route in routes if isinstance(route, Route)])
        return ApiError(code, message, error.headers)
    return ApiError("internal", "expected an answer, the service failed; report the request id to whoever runs it")


def _describe_request(scope: Scope, routes: Sequence[Route]) -> str:
    """What to say of a path that no route has, or of a method that no route of a path has."""
    path = scope["path"][:128]
    got = f"{scope['method']} {path!a}"
    if methods := sorted({method for route in routes if _has_path(route, scope) for method in route.methods or ()}):
        return f"expected {' or '.join(methods)} for this path, got {got}; see /docs"
    hint = did_you_mean(path, _filled(routes, path.split("/")))
    return f"expected a path of this service, got {got}; see /docs{hint}"


def _has_path(route: Route, scope: Scope) -> bool:
    return route.matches(scope)[0] is not Match.NONE


def _filled(routes: Sequence[Route], parts: Sequence[str]) -> Iterator[str]:
    """The paths of routes, in which names and versions are the `parts` of the path that was asked for."""
    for route in routes:
        names = route.path.split("/")
        if len(names) == len(parts):
            yield "/".join(part if "{" in name else name for name, part in zip(names, parts, strict=True))
        else:
            yield route.path


def _error_response(error: ApiError, request_id: str, path: str) -> Response:
    body = error_body(error.code, error.message, request_id, path)
    return Response(body, error.status, headers=error.headers, media_type="application/json")
